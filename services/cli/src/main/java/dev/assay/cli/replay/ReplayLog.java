package dev.assay.cli.replay;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.platform.KafkaSettings;
import dev.assay.records.MetricRow;
import dev.assay.records.Prior;
import dev.assay.records.Run;
import dev.assay.records.Verdict;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Arrival;
import dev.assay.topology.StoreKey;
import dev.assay.topology.Subject;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Where one part of a replay writes, in transactions that also hold how far it has come: killed at any moment and begun again, it goes on
 * behind what the log has of it. A second one of the same part ends the first. For one thread.
 */
final class ReplayLog implements AutoCloseable {

  /** Large enough that its two round trips weigh nothing, small enough to be done within the time that an open one may take. */
  private static final int RECORDS_A_TRANSACTION = 4_000;

  private static final long LONGEST_OPEN_NANOS = Duration.ofSeconds(2).toNanos();

  private static final String STAGE = "replay";

  private final KafkaProducer<byte[], byte[]> producer;
  private final RecordCodec<Verdict> verdicts;
  private final RecordCodec<MetricRow> rows;
  private final RecordCodec<Prior> priors;
  private final RecordCodec<Run> runs;
  private final String run;
  private final TopicPartition part;
  private final long begin;
  private final ConsumerGroupMetadata group;
  private boolean open;
  private int unconfirmed;
  private long openedNanos;

  /**
   * Ends what an earlier process left open, and looks how far it came.
   *
   * @param run the replay
   * @param part what the offsets of its progress are of
   */
  ReplayLog(KafkaSettings settings, SchemaRegistryClient registry, String run, TopicPartition part) {
    this.run = run;
    this.part = part;
    String id = group(run) + "-" + part;
    this.producer =
        new KafkaProducer<>(settings.transactionalProducer(id, id), new ByteArraySerializer(), new ByteArraySerializer());
    this.verdicts = RecordCodec.of(registry, Verdict.class);
    this.rows = RecordCodec.of(registry, MetricRow.class);
    this.priors = RecordCodec.of(registry, Prior.class);
    this.runs = RecordCodec.of(registry, Run.class);
    try {
      producer.initTransactions();
      try (KafkaConsumer<byte[], byte[]> consumer =
          new KafkaConsumer<>(settings.consumer(group(run), id), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
        OffsetAndMetadata committed = consumer.committed(Set.of(part)).get(part);
        this.begin = committed == null ? 0 : committed.offset();
        this.group = consumer.groupMetadata();
      }
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw new CommandFailure("the broker did not let the replay %s write: %s".formatted(run, e.getMessage()), e);
    }
  }

  /** The group whose offsets are the progress of a replay. */
  static String group(String run) {
    return "assay-replay-" + run;
  }

  /** From which offset on the log has nothing of this part yet. */
  long begin() {
    return begin;
  }

  void verdict(Verdict verdict, long timestamp) {
    Headers headers = new RecordHeaders();
    CountedMark.write(headers, run);
    send(new ProducerRecord<>(Topics.VERDICTS, null, timestamp, utf8(verdict.getPrompt()), verdicts.encode(Topics.VERDICTS, verdict), headers));
  }

  /** A dead letter that keeps the answer it is about. */
  void deadLetter(Arrival answer, Subject subject, String reason) {
    Record<byte[], byte[]> letter = answer.deadLetter(STAGE, subject, reason);
    CountedMark.write(letter.headers(), run);
    send(new ProducerRecord<>(Topics.DEAD_LETTERS, null, letter.timestamp(), letter.key(), letter.value(), letter.headers()));
  }

  void row(MetricRow row) {
    send(new ProducerRecord<>(Topics.METRICS, utf8(MetricKey.of(row).toString()), rows.encode(Topics.METRICS, row)));
  }

  void prior(Prior prior) {
    String key = StoreKey.of(prior.getRun(), prior.getModel(), prior.getCheckpoint(), prior.getGroup());
    send(new ProducerRecord<>(Topics.PRIORS, utf8(key), priors.encode(Topics.PRIORS, prior)));
  }

  void run(Run record) {
    send(new ProducerRecord<>(Topics.RUNS, utf8(record.getName()), runs.encode(Topics.RUNS, record)));
  }

  /** Says that all before the offset is done, and commits when it is time. */
  void doneTo(long offset) {
    if (open && (unconfirmed >= RECORDS_A_TRANSACTION || System.nanoTime() - openedNanos > LONGEST_OPEN_NANOS)) {
      commit(offset);
    }
  }

  /** Commits that all before the offset is done. */
  void commit(long offset) {
    begin(open);
    try {
      producer.sendOffsetsToTransaction(Map.of(part, new OffsetAndMetadata(offset)), group);
      producer.commitTransaction();
    } catch (KafkaException e) {
      throw failed(e);
    }
    open = false;
    unconfirmed = 0;
  }

  private void send(ProducerRecord<byte[], byte[]> record) {
    begin(open);
    try {
      var _ = producer.send(record);
    } catch (KafkaException e) {
      throw failed(e);
    }
    unconfirmed++;
  }

  private void begin(boolean already) {
    if (!already) {
      producer.beginTransaction();
      open = true;
      openedNanos = System.nanoTime();
    }
  }

  private CommandFailure failed(KafkaException e) {
    return new CommandFailure(
        "the broker did not take what the replay %s wrote: %s; 'assay replay --continue %s' goes on behind what it took".formatted(run, e.getMessage(), run), e);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Ends without a commit: what was not committed was never written. */
  @Override
  public void close() {
    try {
      if (open) {
        producer.abortTransaction();
      }
    } catch (KafkaException _) {
      // It was ended by another process that goes on with this replay, or the broker is away; it ends by itself.
    }
    producer.close(Duration.ofSeconds(5));
  }
}
