package dev.assay.training;

import dev.assay.records.Checkpoint;
import dev.assay.records.TrainingStep;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces checkpoints in {@code assay.checkpoints} and steps in {@code assay.training}. A broker that is away does not end a training:
 * checkpoints are kept until it takes them, in their order; steps that it does not take are lost. For one thread.
 */
public final class TrainingOutlet implements Training.Listener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingOutlet.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaProducer<byte[], byte[]> producer;
  private final RecordCodec<Checkpoint> checkpoints;
  private final RecordCodec<TrainingStep> steps;
  private final Deque<Checkpoint> pending = new ArrayDeque<>();

  /**
   * @param kafka settings of the client, with the addresses of brokers
   */
  public TrainingOutlet(Map<String, Object> kafka, SchemaRegistryClient registry) {
    Map<String, Object> config = new LinkedHashMap<>(kafka);
    config.put(ProducerConfig.CLIENT_ID_CONFIG, "assay-training");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(PATIENCE.toMillis()));
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(2 * PATIENCE.toMillis()));
    this.producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    this.checkpoints = RecordCodec.of(registry, Checkpoint.class);
    this.steps = RecordCodec.of(registry, TrainingStep.class);
  }

  @Override
  public void stepped(TrainingStep step) {
    try {
      byte[] value = steps.encode(Topics.TRAINING, step);
      var _ =
          producer.send(
              new ProducerRecord<>(Topics.TRAINING, step.getJob().getBytes(StandardCharsets.UTF_8), value),
              (_, failure) -> {
                if (failure != null) {
                  LOG.warn("Step {} of {} is not on {}.", step.getStep(), step.getJob(), Topics.TRAINING, failure);
                }
              });
    } catch (KafkaException e) {
      LOG.warn("Step {} of {} is not on {}.", step.getStep(), step.getJob(), Topics.TRAINING, e);
    }
  }

  @Override
  public void saved(Checkpoint checkpoint) {
    pending.add(checkpoint);
    flush();
  }

  /** How many checkpoints the broker has not taken yet. */
  public int pending() {
    return pending.size();
  }

  /** Announces what is pending, as far as the broker takes it. */
  public void flush() {
    try {
      while (!pending.isEmpty()) {
        Checkpoint next = pending.getFirst();
        byte[] value = checkpoints.encode(Topics.CHECKPOINTS, next);
        producer.send(new ProducerRecord<>(Topics.CHECKPOINTS, next.getName().getBytes(StandardCharsets.UTF_8), value)).get();
        pending.removeFirst();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | KafkaException e) {
      LOG.warn("{} checkpoints are not announced yet, {} the first.", pending.size(), pending.getFirst().getName(), e);
    }
  }

  @Override
  public void close() {
    producer.close(PATIENCE);
  }
}
