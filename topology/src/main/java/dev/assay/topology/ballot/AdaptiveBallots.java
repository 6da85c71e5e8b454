package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Followup;
import dev.assay.schemas.RecordCodec;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ballots that are asked in rounds: keeps which answer stands for each round, and asks for another until they are decided. */
final class AdaptiveBallots {
  private static final Logger LOG = LoggerFactory.getLogger(AdaptiveBallots.class);

  /** What {@code Followup.round} says when nothing more is wanted. */
  private static final int DECIDED = -1;

  private static final byte[] OF_NO_USE = new byte[0];

  private final KeyValueStore<String, byte[]> store;
  private final RecordCodec<Answer> answers;
  private final BallotOutlet outlet;

  AdaptiveBallots(KeyValueStore<String, byte[]> store, RecordCodec<Answer> answers, BallotOutlet outlet) {
    this.store = store;
    this.answers = answers;
    this.outlet = outlet;
  }

  void process(String key, Arrival arrival, Answer answer) {
    byte[] bytes = store.get(key);
    Rounds before = bytes == null ? Rounds.none() : Rounds.fromBytes(bytes);
    int round = round(answer);
    String fault = fault(answer);
    Standing now = Standing.of(fault == null, answer.getAnsweredAt().toEpochMilli(), arrival.record().value());
    if (!Standing.changes(before.standing(round), now)) {
      LOG.debug("{}: {} has an answer for round {} already; this one is not counted", arrival.where(), key, round);
      letGo(before, answer, arrival);
      return;
    }
    if (fault != null) {
      Subject.all(answer.getEnvelope(), answer.getModel()).forEach(subject -> outlet.giveUp(arrival, subject, fault));
    }
    Rounds after = before.with(round, now, fault == null ? arrival.record().value() : OF_NO_USE);
    store.put(key, judged(after, answer, arrival).toBytes());
  }

  private Rounds judged(Rounds rounds, Answer arrived, Arrival arrival) {
    long time = arrival.record().timestamp();
    SortedMap<Integer, @Nullable Answer> given = new TreeMap<>();
    rounds.kept().forEach((round, kept) -> given.put(round, kept.answer().length == 0 ? null : answers.decode(kept.answer())));
    Answer first = given.get(0);
    // A follow-up goes to the prompt that the first round's answer is about; before there is one, to that of the answer at hand.
    Answer about = first == null ? arrived : first;
    Envelope envelope = about.getEnvelope();
    return switch (AdaptiveJudge.ruling(given, isReadFromTheLog(envelope))) {
      case AdaptiveJudge.Ruling.Ask(int round) when rounds.asked().contains(round) || !isReadFromTheLog(envelope) -> rounds;
      case AdaptiveJudge.Ruling.Ask(int round) -> {
        outlet.followup(followup(about, round), time);
        yield rounds.asking(round);
      }
      case AdaptiveJudge.Ruling.Lost() -> closed(rounds, about, time);
      case AdaptiveJudge.Ruling.Decided(var verdict) -> {
        byte[] bytes = outlet.encode(verdict);
        byte[] hash = Standing.sha256(bytes);
        if (rounds.isRuled(hash)) {
          yield closed(rounds, about, time);
        }
        outlet.verdicts(envelope, verdict, time);
        yield closed(rounds.ruling(hash), about, time);
      }
    };
  }

  private Rounds closed(Rounds rounds, Answer about, long time) {
    Envelope envelope = about.getEnvelope();
    if (rounds.closed() == envelope.getOffset() || !isReadFromTheLog(envelope) || lastRound(about) == 0) {
      return rounds;
    }
    outlet.followup(followup(about, DECIDED), time);
    return rounds.closing(envelope.getOffset());
  }

  /** A prompt that was produced twice is held twice by the intake; the copy whose answers do not count is not needed. */
  private void letGo(Rounds rounds, Answer late, Arrival arrival) {
    Rounds.Kept first = rounds.kept().get(0);
    Envelope envelope = late.getEnvelope();
    if (first != null && first.answer().length > 0 && isReadFromTheLog(envelope) && lastRound(late) > 0) {
      Envelope counted = answers.decode(first.answer()).getEnvelope();
      if (counted.getOffset() != envelope.getOffset() || counted.getPartition() != envelope.getPartition()) {
        outlet.followup(followup(late, DECIDED), arrival.record().timestamp());
      }
    }
  }

  /** Why an answer to a round is of no use; null for one that is. */
  static @Nullable String fault(Answer answer) {
    try {
      AdaptiveJudge.requireUsable(answer);
      return null;
    } catch (IllegalArgumentException | ArithmeticException | IndexOutOfBoundsException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static Followup followup(Answer about, int round) {
    Envelope envelope = about.getEnvelope();
    return new Followup(
        envelope.getRun(), envelope.getPrompt(), about.getModel(), about.getCheckpoint(), envelope.getPartition(), envelope.getOffset(), round);
  }

  private static boolean isReadFromTheLog(Envelope envelope) {
    return envelope.getPartition() >= 0 && envelope.getOffset() >= 0;
  }

  private static int round(Answer answer) {
    return ((ChoiceGold) answer.getEnvelope().getGold()).getVoting().getRound();
  }

  private static int lastRound(Answer answer) {
    return ((ChoiceGold) answer.getEnvelope().getGold()).getVoting().getRounds() - 1;
  }
}
