package dev.assay.cli.plans;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.Plan;
import dev.assay.records.PlannedEvaluation;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Writes plans and what was decided by them; each write waits until the broker has it. */
public final class PlanOutlet implements AutoCloseable {

  private final KafkaProducer<String, byte[]> producer;
  private final RecordCodec<Plan> plans;
  private final RecordCodec<PlannedEvaluation> evaluations;

  /** Opens an idempotent producer. */
  public PlanOutlet(KafkaSettings settings, SchemaRegistryClient registry) {
    this.producer = new KafkaProducer<>(settings.producer("assay-plans"), new StringSerializer(), new ByteArraySerializer());
    this.plans = RecordCodec.of(registry, Plan.class);
    this.evaluations = RecordCodec.of(registry, PlannedEvaluation.class);
  }

  /** Writes a plan, in the place of one of the same name. */
  public void write(Plan plan) {
    send(Topics.PLANS, plan.getName(), plans.encode(Topics.PLANS, plan));
  }

  /** Removes a plan. */
  public void remove(String plan) {
    send(Topics.PLANS, plan, null);
  }

  void write(PlannedEvaluation evaluation) {
    send(Topics.EVALUATIONS, evaluation.getRun(), evaluations.encode(Topics.EVALUATIONS, evaluation));
  }

  private void send(String topic, String key, byte @Nullable [] value) {
    try {
      producer.send(new ProducerRecord<>(topic, key, value)).get();
    } catch (ExecutionException e) {
      throw new CommandFailure("the broker did not take a record for " + topic + ": " + e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted while " + topic + " was written", e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
