package dev.assay.inference.worker;

import dev.assay.records.Checkpoint;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows {@code assay.checkpoints} for a worker: first what stands there, the oldest first, then what comes. */
final class CheckpointWatch implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWatch.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration REVIEW = Duration.ofSeconds(5);

  private final Map<String, Object> kafka;
  private final RecordCodec<Checkpoint> codec;
  private final Roster roster;
  private final String base;
  private final int most;
  private final BooleanSupplier stopping;
  private long reviewedAt = System.nanoTime();

  /**
   * @param base the model whose checkpoints count
   * @param most how many of those that stand on the topic at the beginning are looked at, the newest
   */
  CheckpointWatch(
      Map<String, Object> kafka, RecordCodec<Checkpoint> codec, Roster roster, String base, int most, BooleanSupplier stopping) {
    this.kafka = new LinkedHashMap<>(kafka);
    this.kafka.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    this.kafka.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    this.codec = codec;
    this.roster = roster;
    this.base = base;
    this.most = most;
    this.stopping = stopping;
  }

  /** Follows until the worker stops, through whatever outages. */
  @Override
  public void run() {
    Backoff backoff = new Backoff(stopping);
    int failures = 0;
    while (!stopping.getAsBoolean()) {
      try (var consumer = new KafkaConsumer<>(kafka, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        follow(consumer);
      } catch (InterruptException e) {
        return;
      } catch (KafkaException e) {
        failures++;
        LOG.warn("Cannot follow {}; the worker goes on trying.", Topics.CHECKPOINTS, e);
        backoff.pause(failures);
      }
    }
  }

  private void follow(KafkaConsumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topics.CHECKPOINTS).stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<String, Checkpoint> standing = new LinkedHashMap<>();
    while (!stopping.getAsBoolean() && partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.getOrDefault(partition, 0L))) {
      consumer.poll(LOOK).forEach(source -> apply(source, one -> standing.put(one.getName(), one), standing::remove));
    }
    roster.retain(standing.keySet());
    List<Checkpoint> ours =
        standing.values().stream()
            .filter(one -> base.equals(one.getBase()))
            .sorted(Comparator.comparing(Checkpoint::getCreatedAt))
            .toList();
    ours.subList(Math.max(0, ours.size() - most), ours.size()).forEach(roster::admit);
    while (!stopping.getAsBoolean()) {
      consumer.poll(LOOK).forEach(source -> apply(source, roster::admit, roster::dismiss));
      if (System.nanoTime() - reviewedAt > REVIEW.toNanos()) {
        roster.review();
        reviewedAt = System.nanoTime();
      }
    }
  }

  private void apply(
      ConsumerRecord<byte[], byte[]> source,
      Consumer<Checkpoint> come,
      Consumer<String> gone) {
    if (source.key() == null) {
      LOG.warn("{}/{}/{} has no key and is left out.", source.topic(), source.partition(), source.offset());
    } else if (source.value() == null) {
      gone.accept(new String(source.key(), StandardCharsets.UTF_8));
    } else {
      try {
        come.accept(codec.decode(source.value()));
      } catch (UndecodableRecordException e) {
        LOG.warn("{}/{}/{} is left out: {}", source.topic(), source.partition(), source.offset(), e.getMessage());
      }
    }
  }
}
