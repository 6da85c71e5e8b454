package dev.assay.platform;

import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.UndecodableRecordException;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A topic as a table: the latest committed record of each key, in the order of the keys. For one thread.
 *
 * @param <T> the record
 */
public final class TopicView<T extends SpecificRecord> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TopicView.class);
  private static final Duration A_MOMENT = Duration.ofMillis(100);

  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordCodec<T> codec;
  private final Map<String, T> rows = new TreeMap<>();
  private BiConsumer<String, @Nullable T> listener = (_, _) -> {};

  private TopicView(KafkaConsumer<String, byte[]> consumer, RecordCodec<T> codec) {
    this.consumer = consumer;
    this.codec = codec;
  }

  /** Opens a topic at its beginning; nothing is read yet. */
  public static <T extends SpecificRecord> TopicView<T> open(
      KafkaSettings settings, SchemaRegistryClient registry, String topic, Class<T> type) {
    KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings.reader("assay-view-" + topic), new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return new TopicView<>(consumer, RecordCodec.of(registry, type));
  }

  /** Hands every change from now on to {@code listener} too: the key with its new row, or with null where the row is gone. */
  public TopicView<T> onChange(BiConsumer<String, @Nullable T> listener) {
    this.listener = listener;
    return this;
  }

  /** Reads all that is committed now. */
  public TopicView<T> catchUp() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      poll(A_MOMENT);
    }
    return this;
  }

  /** Reads what comes within the time; whether anything came. */
  public boolean poll(Duration limit) {
    ConsumerRecords<String, byte[]> records = consumer.poll(limit);
    records.forEach(this::keep);
    return !records.isEmpty();
  }

  /** The rows as they are now; read only. */
  public Map<String, T> rows() {
    return Collections.unmodifiableMap(rows);
  }

  private void keep(ConsumerRecord<String, byte[]> row) {
    if (row.key() == null) {
      LOG.warn("{}/{}/{} has no key and is left out", row.topic(), row.partition(), row.offset());
    } else if (row.value() == null) {
      rows.remove(row.key());
      listener.accept(row.key(), null);
    } else {
      try {
        T decoded = codec.decode(row.value());
        rows.put(row.key(), decoded);
        listener.accept(row.key(), decoded);
      } catch (UndecodableRecordException e) {
        LOG.warn("{}/{}/{} is left out: {}", row.topic(), row.partition(), row.offset(), e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
