package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Arrival;
import dev.assay.topology.StoreKey;
import dev.assay.topology.Subject;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps, for each run, prompt, model and checkpoint, which answer stands; makes a verdict or a dead letter of an answer that changes it. */
final class BallotProcessor implements Processor<byte[], byte[], Object, byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(BallotProcessor.class);

  private final RecordCodec<Answer> answers;
  private final RecordCodec<Verdict> verdicts;
  private ProcessorContext<Object, byte[]> context;
  private KeyValueStore<String, byte[]> standings;

  BallotProcessor(RecordCodec<Answer> answers, RecordCodec<Verdict> verdicts) {
    this.answers = answers;
    this.verdicts = verdicts;
  }

  @Override
  public void init(ProcessorContext<Object, byte[]> context) {
    this.context = context;
    this.standings = context.getStateStore(Ballot.STANDING_STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Arrival arrival = Arrival.of(record, context);
    Answer answer;
    try {
      answer = answers.decode(record.value());
    } catch (UndecodableRecordException e) {
      giveUp(arrival, Subject.UNKNOWN, e.getMessage());
      return;
    }
    Envelope envelope = answer.getEnvelope();
    String key = StoreKey.of(envelope.getRun(), envelope.getPrompt(), answer.getModel(), answer.getCheckpoint());
    byte[] kept = standings.get(key);
    Standing before = kept == null ? null : Standing.fromBytes(kept);
    Standing now = Standing.of(!(answer.getOutcome() instanceof Failure), answer.getAnsweredAt().toEpochMilli(), record.value());
    if (!changes(before, now)) {
      LOG.debug("{}: {} has an answer already; this one is not counted", arrival.where(), key);
      return;
    }
    judge(arrival, answer, key, before, now);
  }

  private void judge(Arrival arrival, Answer answer, String key, @Nullable Standing before, Standing now) {
    Envelope envelope = answer.getEnvelope();
    byte[] verdict;
    try {
      verdict = verdicts.encode(Topics.VERDICTS, Judge.verdict(answer));
      requireRoom(verdict);
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      Standing failed = new Standing(false, now.answeredAt(), now.hash(), now.hashRest());
      if (changes(before, failed)) {
        standings.put(key, failed.toBytes());
        giveUp(arrival, Subject.of(envelope, answer.getModel()), String.valueOf(e.getMessage()));
      }
      return;
    }
    standings.put(key, now.toBytes());
    context.forward(new Record<>(envelope.getPrompt(), verdict, arrival.record().timestamp(), new RecordHeaders()), Ballot.VERDICTS);
  }

  /** A usable answer replaces a failure and any later answer; a failure replaces only another failure. */
  private static boolean changes(@Nullable Standing before, Standing now) {
    if (before == null) {
      return true;
    }
    if (before.usable()) {
      return now.usable() && now.goesBefore(before);
    }
    return !now.isSameAs(before);
  }

  private static void requireRoom(byte[] verdict) {
    if (verdict.length > Arrival.LARGEST_VALUE) {
      throw new IllegalArgumentException(
          "the verdict would have %d bytes; expected at most %d: ask for a shorter text".formatted(verdict.length, Arrival.LARGEST_VALUE));
    }
  }

  private void giveUp(Arrival arrival, Subject subject, String reason) {
    context.forward(arrival.deadLetter(Ballot.STAGE, subject, reason), Ballot.DEAD_LETTERS);
  }
}
