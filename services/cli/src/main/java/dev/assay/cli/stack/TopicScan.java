package dev.assay.cli.stack;

import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads a topic once from its beginning to where it ends now, committed records only, each partition in the order of its log. */
public final class TopicScan {

  private static final Logger LOG = LoggerFactory.getLogger(TopicScan.class);
  private static final Duration A_MOMENT = Duration.ofMillis(100);

  private TopicScan() {}

  /** Hands every record to {@code reader} with its time; what cannot be decoded is logged and left out. */
  public static <T extends SpecificRecord> void each(
      KafkaSettings settings, SchemaRegistryClient registry, String topic, Class<T> type, BiConsumer<T, Instant> reader) {
    RecordCodec<T> codec = RecordCodec.of(registry, type);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings.reader("assay-scan-" + topic), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      records(
          consumer,
          topic,
          found -> {
            if (found.value() == null) {
              return;
            }
            T record;
            try {
              record = codec.decode(found.value());
            } catch (UndecodableRecordException e) {
              LOG.warn("{}/{}/{} is left out: {}", found.topic(), found.partition(), found.offset(), e.getMessage());
              return;
            }
            reader.accept(record, Instant.ofEpochMilli(found.timestamp()));
          });
    }
  }

  /** Hands every record as it lies there to {@code reader}. */
  static <K> void records(KafkaConsumer<K, byte[]> consumer, String topic, Consumer<ConsumerRecord<K, byte[]>> reader) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer.poll(A_MOMENT).forEach(reader);
    }
  }
}
