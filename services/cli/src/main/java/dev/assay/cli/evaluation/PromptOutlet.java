package dev.assay.cli.evaluation;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Writes runs and their prompts to the log, each once. */
public final class PromptOutlet implements AutoCloseable {

  private final KafkaProducer<String, byte[]> producer;
  private final RecordCodec<Prompt> prompts;
  private final RecordCodec<Run> runs;

  /** Opens an idempotent producer. */
  public PromptOutlet(KafkaSettings settings, SchemaRegistryClient registry) {
    this.producer = new KafkaProducer<>(settings.producer("assay-prompts"), new StringSerializer(), new ByteArraySerializer());
    this.prompts = RecordCodec.of(registry, Prompt.class);
    this.runs = RecordCodec.of(registry, Run.class);
  }

  /** Writes where a run stands, and waits until the broker has it. */
  public void write(Run run) {
    confirm(List.of(producer.send(new ProducerRecord<>(Topics.RUNS, run.getName(), runs.encode(Topics.RUNS, run)))), Topics.RUNS);
  }

  /** Writes prompts, keyed by their ids, and waits until the broker has them all. */
  public void write(List<Prompt> batch) {
    List<Future<RecordMetadata>> sent = new ArrayList<>(batch.size());
    for (Prompt prompt : batch) {
      sent.add(producer.send(new ProducerRecord<>(Topics.PROMPTS, prompt.getId(), prompts.encode(Topics.PROMPTS, prompt))));
    }
    confirm(sent, Topics.PROMPTS);
  }

  private void confirm(List<Future<RecordMetadata>> sent, String topic) {
    producer.flush();
    try {
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
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
