package dev.assay.gateway.evaluation;

import dev.assay.gateway.http.Problem;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TopicView;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a run and its prompts to the log in one transaction, so that there is never a part of them. The transaction is named after the run:
 * of two gateways that start the same one, the first is fenced off or has it, and the second sees it.
 */
final class RunOutlet {

  private static final Logger LOG = LoggerFactory.getLogger(RunOutlet.class);
  private static final int CONFLICT = 409;
  private static final int BLOCK_MILLIS = 10_000;

  /** An open transaction of a gateway that is killed holds up the intake that long. */
  private static final int TRANSACTION_MILLIS = 30_000;

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;
  private final RecordCodec<Run> runs;
  private final RecordCodec<Prompt> prompts;

  RunOutlet(KafkaSettings settings, SchemaRegistryClient registry) {
    this.settings = settings;
    this.registry = registry;
    this.runs = RecordCodec.of(registry, Run.class);
    this.prompts = RecordCodec.of(registry, Prompt.class);
  }

  /**
   * Begins a run.
   *
   * @throws Problem 409 when there is a run of that name, 503 when the broker does not take it
   */
  void begin(Run run, List<Prompt> asked) {
    try {
      List<ProducerRecord<String, byte[]>> records = new ArrayList<>(asked.size() + 1);
      records.add(record(run));
      asked.forEach(prompt -> records.add(new ProducerRecord<>(Topics.PROMPTS, prompt.getId(), prompts.encode(Topics.PROMPTS, prompt))));
      try (KafkaProducer<String, byte[]> producer = producer(run.getName())) {
        producer.initTransactions();
        if (isThere(run.getName())) {
          throw exists();
        }
        producer.beginTransaction();
        records.forEach(record -> send(producer, record));
        producer.commitTransaction();
      }
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      LOG.info("Another request starts run {}, too: {}", run.getName(), e.toString());
      throw exists();
    } catch (KafkaException | IllegalStateException e) {
      LOG.warn("Run {} was not started", run.getName(), e);
      throw Problem.later(
          Problem.UNAVAILABLE, "stack_unavailable", "the broker did not confirm the run; see /v1/runs whether it is there before it is tried again", 5);
    }
  }

  /** Says that a run is done. */
  void end(Run run) {
    try (KafkaProducer<String, byte[]> producer = producer(run.getName())) {
      producer.initTransactions();
      producer.beginTransaction();
      send(producer, record(run));
      producer.commitTransaction();
    }
  }

  private static void send(KafkaProducer<String, byte[]> producer, ProducerRecord<String, byte[]> record) {
    // The commit fails where the sending does.
    Future<RecordMetadata> _ = producer.send(record);
  }

  static Problem exists() {
    return Problem.of(CONFLICT, "run_exists", "there is a run of that name already; give the new one another name");
  }

  private ProducerRecord<String, byte[]> record(Run run) {
    return new ProducerRecord<>(Topics.RUNS, run.getName(), runs.encode(Topics.RUNS, run));
  }

  /** What was committed before this producer began is seen. */
  private boolean isThere(String name) {
    try (TopicView<Run> view = TopicView.open(settings, registry, Topics.RUNS, Run.class)) {
      return view.catchUp().rows().containsKey(name);
    }
  }

  private KafkaProducer<String, byte[]> producer(String run) {
    Properties producing = settings.transactionalProducer("assay-gateway-runs", "assay-run-" + run);
    producing.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCK_MILLIS);
    producing.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, TRANSACTION_MILLIS);
    return new KafkaProducer<>(producing, new StringSerializer(), new ByteArraySerializer());
  }
}
