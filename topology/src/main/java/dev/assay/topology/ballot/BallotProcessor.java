package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.OrderRule;
import dev.assay.records.Prior;
import dev.assay.records.Verdict;
import dev.assay.schemas.CountedMark;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.RouteRule;
import dev.assay.schemas.UndecodableRecordException;
import dev.assay.topology.Alarm;
import dev.assay.topology.Arrival;
import dev.assay.topology.StoreKey;
import dev.assay.topology.Subject;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps, for each run, prompt, model and checkpoint, which answer stands; makes a verdict or a dead letter of an answer that changes it. */
final class BallotProcessor implements Processor<byte[], byte[], Object, Object> {
  private static final Logger LOG = LoggerFactory.getLogger(BallotProcessor.class);

  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  private final RecordCodec<Answer> answers;
  private final RecordCodec<Verdict> verdicts;
  private final RecordCodec<Prior> priors;
  private ProcessorContext<Object, Object> context;
  private KeyValueStore<String, byte[]> standings;
  private BallotOutlet outlet;
  private AdaptiveBallots adaptive;
  private PrideBallots pride;
  private Alarm alarm;

  BallotProcessor(RecordCodec<Answer> answers, RecordCodec<Verdict> verdicts, RecordCodec<Prior> priors) {
    this.answers = answers;
    this.verdicts = verdicts;
    this.priors = priors;
  }

  @Override
  public void init(ProcessorContext<Object, Object> context) {
    this.context = context;
    this.standings = context.getStateStore(Ballot.STANDING_STORE);
    this.outlet = new BallotOutlet(context, verdicts);
    this.adaptive = new AdaptiveBallots(context.getStateStore(Ballot.ROUNDS_STORE), answers, outlet);
    RecordedPriors recorded = new RecordedPriors(context.getStateStore(Ballot.PRIORS_STORE), priors);
    this.pride = new PrideBallots(context.getStateStore(Ballot.HELD_STORE), recorded, answers, outlet);
    this.alarm = new Alarm(context, LOOK_AGAIN, pride::lookAgain);
    if (pride.isWaiting()) {
      alarm.set();
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    if (CountedMark.isOn(record.headers())) {
      return;
    }
    Arrival arrival = Arrival.of(record, context);
    Answer answer;
    try {
      answer = answers.decode(record.value());
    } catch (UndecodableRecordException e) {
      outlet.giveUp(arrival, Subject.UNKNOWN, e.getMessage());
      return;
    }
    Envelope envelope = answer.getEnvelope();
    String key = key(answer);
    if (envelope.getGold() instanceof ChoiceGold gold && gold.getVoting() != null && gold.getVoting().getRule() == OrderRule.ADAPTIVE) {
      adaptive.process(key, arrival, answer);
      return;
    }
    byte[] kept = standings.get(key);
    Standing before = kept == null ? null : Standing.fromBytes(kept);
    Standing now = Standing.of(!(answer.getOutcome() instanceof Failure), answer.getAnsweredAt().toEpochMilli(), record.value());
    if (!Standing.changes(before, now)) {
      LOG.debug("{}: {} has an answer already; this one is not counted", arrival.where(), key);
      return;
    }
    judge(arrival, answer, key, before, now);
  }

  private void judge(Arrival arrival, Answer answer, String key, @Nullable Standing before, Standing now) {
    Envelope envelope = answer.getEnvelope();
    boolean waits = envelope.getGold() instanceof ChoiceGold gold && PrideBallots.concerns(gold);
    try {
      if (waits) {
        pride.process(arrival, answer);
        if (pride.isWaiting()) {
          alarm.set();
        }
      } else {
        outlet.verdicts(envelope, Judge.verdict(answer), arrival.record().timestamp());
      }
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      Standing failed = new Standing(false, now.answeredAt(), now.hash(), now.hashRest());
      if (Standing.changes(before, failed)) {
        standings.put(key, failed.toBytes());
        Subject.all(envelope, answer.getModel()).forEach(subject -> outlet.giveUp(arrival, subject, String.valueOf(e.getMessage())));
        if (waits) {
          pride.givenUp(arrival, answer);
        }
      }
      return;
    }
    standings.put(key, now.toBytes());
  }

  /** A ballot: what a model was asked for the router is one beside that which it was asked by its own name, should a prompt be put twice. */
  private static String key(Answer answer) {
    Envelope envelope = answer.getEnvelope();
    return Subject.isRouted(envelope, answer.getModel())
        ? StoreKey.of(envelope.getRun(), envelope.getPrompt(), answer.getModel(), answer.getCheckpoint(), RouteRule.ROUTER)
        : StoreKey.of(envelope.getRun(), envelope.getPrompt(), answer.getModel(), answer.getCheckpoint());
  }
}
