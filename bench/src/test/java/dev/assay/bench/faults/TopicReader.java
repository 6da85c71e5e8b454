package dev.assay.bench.faults;

import dev.assay.platform.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Reads a topic from its beginning on. For one thread. */
final class TopicReader implements AutoCloseable {

  private static final Duration A_MOMENT = Duration.ofMillis(20);

  private final KafkaConsumer<String, byte[]> consumer;

  private TopicReader(Properties settings, String topic) {
    this.consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  static TopicReader committed(KafkaSettings settings, String topic) {
    return new TopicReader(settings.reader("faults-reader-" + topic), topic);
  }

  static TopicReader uncommitted(KafkaSettings settings, String topic) {
    Properties reader = settings.reader("faults-reader-" + topic);
    reader.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    return new TopicReader(reader, topic);
  }

  /** What has come since the last call, at once or within a moment. */
  List<ConsumerRecord<String, byte[]>> poll() {
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    consumer.poll(A_MOMENT).forEach(records::add);
    return records;
  }

  /** All that there is now. */
  List<ConsumerRecord<String, byte[]>> readToEnd() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      records.addAll(poll());
    }
    return records;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
