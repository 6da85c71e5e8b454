package dev.assay.inference.worker;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A record that the share group delivered to this worker.
 *
 * @param source key and value as they came
 * @param deliveredNanos when, on the clock of {@link System#nanoTime}
 */
record Delivery(ConsumerRecord<byte[], byte[]> source, long deliveredNanos) {

  /** Where a record stands in Kafka: what identifies a lease. */
  record Place(TopicPartition partition, long offset) {
    static Place of(ConsumerRecord<?, ?> source) {
      return new Place(new TopicPartition(source.topic(), source.partition()), source.offset());
    }

    @Override
    public String toString() {
      return partition.topic() + "/" + partition.partition() + "@" + offset;
    }
  }

  Place place() {
    return Place.of(source);
  }

  /** How often the group has delivered this record, this time included; 1 or more. */
  int count() {
    return source.deliveryCount().map(Short::intValue).orElse(1);
  }
}
