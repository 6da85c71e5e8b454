package dev.assay.bench;

import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * When the records of each topic between the stages became readable. Only the mean is known: mean arrival less mean beginning is the mean
 * delay, whatever the order (Little's law), as long as each prompt gives one record.
 */
final class HopMeter implements AutoCloseable {

  private static final Duration A_MOMENT = Duration.ofMillis(5);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<String, double[]> sums = new LinkedHashMap<>();
  private final Thread thread;
  private volatile boolean done;

  /**
   * Watches from the end of the topics on, in a thread of its own, until it is closed.
   *
   * @param begin the value of {@link System#nanoTime} from which arrivals are counted
   */
  HopMeter(KafkaSettings settings, long begin, List<String> topics) {
    this.consumer = new KafkaConsumer<>(settings.reader("bench-hop-meter"), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    topics.forEach(topic -> sums.put(topic, new double[2]));
    List<TopicPartition> partitions =
        topics.stream()
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position);
    this.thread = Thread.ofPlatform().name("hop-meter").start(() -> watch(begin));
  }

  private void watch(long begin) {
    while (!done && !sums.isEmpty()) {
      var records = consumer.poll(A_MOMENT);
      double now = (System.nanoTime() - begin) / 1e6;
      for (var record : records) {
        double[] sum = sums.get(record.topic());
        sum[0]++;
        sum[1] += now;
      }
    }
    consumer.close();
  }

  /** Ends the watch; the mean arrival of each topic's records, ms after the beginning. */
  Map<String, Double> means() {
    close();
    Map<String, Double> means = new LinkedHashMap<>();
    sums.forEach((topic, sum) -> means.put(topic, sum[1] / sum[0]));
    return means;
  }

  @Override
  public void close() {
    done = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
