package dev.assay.gateway.dashboard;

import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a topic holds since a time, committed records only, for a few seconds at most.
 *
 * @param <T> the record
 */
final class LogScan<T extends SpecificRecord> {

  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration A_MOMENT = Duration.ofMillis(100);

  private final KafkaSettings settings;
  private final RecordCodec<T> codec;
  private final String topic;
  private final Instant from;
  private final byte @Nullable [] key;

  LogScan(KafkaSettings settings, SchemaRegistryClient registry, String topic, Class<T> type, Instant from) {
    this(settings, RecordCodec.of(registry, type), topic, from, null);
  }

  private LogScan(KafkaSettings settings, RecordCodec<T> codec, String topic, Instant from, byte @Nullable [] key) {
    this.settings = settings;
    this.codec = codec;
    this.topic = topic;
    this.from = from;
    this.key = key;
  }

  /**
   * A record and where it lies.
   *
   * @param at its timestamp
   */
  record Found<T>(String topic, int partition, long offset, Instant at, T record) {}

  /** The same for records of one key. They may lie in any partition: producers in other languages choose it in other ways. */
  LogScan<T> ofKey(String wanted) {
    return new LogScan<>(settings, codec, topic, from, wanted.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Hands over every record until {@code reader} says that it has enough; what cannot be decoded is passed over, being a dead letter elsewhere.
   *
   * @return whether all was read that was wanted; false when the time was over before
   */
  boolean each(Predicate<Found<T>> reader) {
    long until = System.nanoTime() + LIMIT.toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings.reader("assay-gateway-scan-" + topic), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> places =
          consumer.partitionsFor(topic, LIMIT).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
      consumer.assign(places);
      Map<TopicPartition, Long> ends = consumer.endOffsets(places, LIMIT);
      Map<TopicPartition, OffsetAndTimestamp> begins =
          consumer.offsetsForTimes(places.stream().collect(Collectors.toMap(place -> place, _ -> from.toEpochMilli())), LIMIT);
      for (TopicPartition place : places) {
        OffsetAndTimestamp begin = begins.get(place);
        consumer.seek(place, begin == null ? ends.getOrDefault(place, 0L) : begin.offset());
      }
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        if (System.nanoTime() > until) {
          return false;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(A_MOMENT)) {
          Found<T> found = isWanted(record) ? decoded(record) : null;
          if (found != null && !reader.test(found)) {
            return true;
          }
        }
      }
      return true;
    }
  }

  private boolean isWanted(ConsumerRecord<byte[], byte[]> record) {
    return record.value() != null && (key == null || Arrays.equals(key, record.key()));
  }

  private @Nullable Found<T> decoded(ConsumerRecord<byte[], byte[]> record) {
    try {
      return new Found<>(topic, record.partition(), record.offset(), Instant.ofEpochMilli(record.timestamp()), codec.decode(record.value()));
    } catch (UndecodableRecordException e) {
      return null;
    }
  }
}
