package dev.assay.cli.replay;

import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.LogEnd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A partition from its beginning to a given end, committed records only.
 *
 * @param partition the partition
 * @param end the offset behind the last record
 */
record LogSlice(TopicPartition partition, long end) {

  private static final Duration A_MOMENT = Duration.ofMillis(100);

  /** A scan reads far ahead of what it does. */
  private static final int FETCH_BYTES = 4 << 20;

  private static final int MOST_RECORDS = 2_000;

  /** What is done with a record. */
  interface Reader {
    void read(ConsumerRecord<byte[], byte[]> record);
  }

  /** The partitions of topics as they end now. */
  static List<LogEnd> ends(KafkaSettings settings, List<String> topics) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings)) {
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      List<LogEnd> ends = new ArrayList<>();
      consumer.endOffsets(partitions).forEach((partition, offset) -> ends.add(new LogEnd(partition.topic(), partition.partition(), offset)));
      ends.sort((a, b) -> a.getTopic().equals(b.getTopic()) ? Integer.compare(a.getPartition(), b.getPartition()) : a.getTopic().compareTo(b.getTopic()));
      return List.copyOf(ends);
    }
  }

  /** Those of a topic. */
  static List<LogSlice> of(String topic, List<LogEnd> ends) {
    return ends.stream()
        .filter(end -> end.getTopic().equals(topic))
        .map(end -> new LogSlice(new TopicPartition(topic, end.getPartition()), end.getOffset()))
        .toList();
  }

  /** Hands every record to {@code reader}, in their order; whether all were read, rather than an end wished for. */
  boolean each(KafkaSettings settings, Interruption interruption, Reader reader) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings)) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (consumer.position(partition) < end) {
        if (interruption.requested()) {
          return false;
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(A_MOMENT).records(partition)) {
          if (record.offset() < end) {
            reader.read(record);
          }
        }
      }
      return true;
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(KafkaSettings settings) {
    Properties reader = settings.reader("assay-replay");
    reader.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, FETCH_BYTES);
    reader.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_RECORDS);
    return new KafkaConsumer<>(reader, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
