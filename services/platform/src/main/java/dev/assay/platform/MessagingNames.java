package dev.assay.platform;

/** Attributes of spans about records, by OpenTelemetry's semantic conventions for messaging and Kafka (1.37). */
final class MessagingNames {

  static final String SYSTEM = "messaging.system";
  static final String KAFKA = "kafka";
  static final String OPERATION = "messaging.operation.name";
  static final String OPERATION_TYPE = "messaging.operation.type";
  static final String DESTINATION = "messaging.destination.name";
  static final String PARTITION = "messaging.destination.partition.id";
  static final String OFFSET = "messaging.kafka.offset";
  static final String GROUP = "messaging.consumer.group.name";
  static final String ERROR_TYPE = "error.type";

  private MessagingNames() {}
}
