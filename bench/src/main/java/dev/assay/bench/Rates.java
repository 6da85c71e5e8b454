package dev.assay.bench;

import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.schemas.TopicSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The baseline: the records of a run written to plain topics and read from them at the same time, and nothing else done with them. */
final class Rates {

  private static final Duration A_MOMENT = Duration.ofMillis(100);

  private Rates() {}

  /** All committed records of a topic. */
  static List<byte[]> read(KafkaSettings settings, String topic) {
    List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings, topic)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(A_MOMENT).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  /** Seconds until every record was written, confirmed and read again. */
  static double writeAndRead(Stack stack, String topic, List<byte[]> values) {
    stack.ensureTopics(List.of(new TopicSpec(topic, 4, Map.of())));
    long begin = System.nanoTime();
    CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> count(stack.settings(), topic, values.size()));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(stack.settings().producer("bench-raw"), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (byte[] value : values) {
        var _ =
            producer.send(
                new ProducerRecord<>(topic, value),
                (_, failure) -> {
                  if (failure != null) {
                    reading.completeExceptionally(failure);
                  }
                });
      }
      producer.flush();
    }
    reading.join();
    return (System.nanoTime() - begin) / 1e9;
  }

  private static void count(KafkaSettings settings, String topic, int expected) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(settings, topic)) {
      int seen = 0;
      while (seen < expected) {
        seen += consumer.poll(A_MOMENT).count();
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(KafkaSettings settings, String topic) {
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings.reader("bench-raw"), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream().map(info -> new TopicPartition(topic, info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }
}
