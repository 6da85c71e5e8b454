package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.Calibration;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.OrderRule;
import dev.assay.records.Prior;
import dev.assay.records.PriorUsed;
import dev.assay.records.Text;
import dev.assay.records.Verdict;
import dev.assay.records.Votes;
import dev.assay.schemas.RecordCodec;
import dev.assay.topology.Arrival;
import dev.assay.topology.StoreKey;
import dev.assay.topology.Subject;
import dev.assay.topology.scoring.ChoiceScorer;
import dev.assay.topology.scoring.PositionPrior;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Ballots from which a prior is divided out: those that estimate it contribute to it, the others wait until it is in the log. */
final class PrideBallots {
  private final KeyValueStore<String, byte[]> held;
  private final RecordedPriors priors;
  private final RecordCodec<Answer> answers;
  private final BallotOutlet outlet;

  /** Groups that an answer waits for; a cache of the store's keys. */
  private final SortedSet<String> awaited = new TreeSet<>();

  PrideBallots(KeyValueStore<String, byte[]> held, RecordedPriors priors, RecordCodec<Answer> answers, BallotOutlet outlet) {
    this.held = held;
    this.priors = priors;
    this.answers = answers;
    this.outlet = outlet;
    try (KeyValueIterator<String, byte[]> all = held.all()) {
      all.forEachRemaining(entry -> awaited.add(groupIn(entry.key)));
    }
  }

  /**
   * Makes a verdict of an answer that counts, or keeps it.
   *
   * @throws IllegalArgumentException when it has no usable outcome
   */
  void process(Arrival arrival, Answer answer) {
    Envelope envelope = answer.getEnvelope();
    ChoiceGold gold = (ChoiceGold) envelope.getGold();
    Calibration calibration = calibration(gold);
    long time = arrival.record().timestamp();
    String group = group(answer, calibration);
    switch (answer.getOutcome()) {
      case Text text -> {
        send(Judge.verdict(List.of(answer), ChoiceScorer.textual(gold, text, OrderRule.PRIDE, null)), time);
        if (calibration.getMember()) {
          outlet.contribution(group, new Contribution(envelope.getPrompt(), gold.getOptions(), calibration.getQuestions(), null), time);
        }
      }
      case Votes votes when calibration.getMember() -> {
        Verdict verdict = Judge.verdict(List.of(answer), ChoiceScorer.rotated(gold, votes));
        send(verdict, time);
        outlet.contribution(group, new Contribution(envelope.getPrompt(), gold.getOptions(), calibration.getQuestions(), positions(gold, votes)), time);
      }
      case Votes votes -> {
        Judge.verdict(answer);
        Optional<Prior> prior = priors.of(group);
        if (prior.isPresent()) {
          send(debiased(answer, votes, prior.get()), time);
        } else {
          held.put(group + StoreKey.of(envelope.getPrompt()), arrival.record().value());
          if (awaited.add(group)) {
            outlet.contribution(group, Contribution.waiting(gold.getOptions(), calibration.getQuestions()), time);
          }
        }
      }
      default -> Judge.verdict(answer);
    }
  }

  /** A question that was to estimate the prior cannot: the prior is not to wait for it. */
  void givenUp(Arrival arrival, Answer answer) {
    ChoiceGold gold = (ChoiceGold) answer.getEnvelope().getGold();
    Calibration calibration = calibration(gold);
    if (calibration.getMember()) {
      outlet.contribution(
          group(answer, calibration),
          new Contribution(answer.getEnvelope().getPrompt(), gold.getOptions(), calibration.getQuestions(), null),
          arrival.record().timestamp());
    }
  }

  /** Whether any answer waits for its prior. */
  boolean isWaiting() {
    return !awaited.isEmpty();
  }

  /** Makes verdicts of the answers whose prior has come; whether any still waits. */
  boolean lookAgain(long now) {
    List<String> there = awaited.stream().filter(group -> priors.of(group).isPresent()).toList();
    for (String group : there) {
      Prior prior = priors.of(group).orElseThrow();
      List<KeyValue<String, byte[]>> due = new ArrayList<>();
      try (KeyValueIterator<String, byte[]> all = held.prefixScan(group, new StringSerializer())) {
        all.forEachRemaining(due::add);
      }
      for (KeyValue<String, byte[]> entry : due) {
        Answer answer = answers.decode(entry.value);
        send(debiased(answer, (Votes) answer.getOutcome(), prior), now);
        held.delete(entry.key);
      }
      awaited.remove(group);
    }
    return isWaiting();
  }

  /** Whether a question of this gold is asked by this rule. */
  static boolean concerns(ChoiceGold gold) {
    return gold.getVoting() != null && gold.getVoting().getRule() == OrderRule.PRIDE && gold.getVoting().getCalibration() != null;
  }

  private void send(Verdict verdict, long time) {
    outlet.verdict(verdict.getPrompt(), outlet.encode(verdict), time);
  }

  private static Verdict debiased(Answer answer, Votes votes, Prior prior) {
    PriorUsed used = new PriorUsed(prior.getGroup(), prior.getProbabilities(), prior.getQuestions().size());
    return Judge.verdict(List.of(answer), ChoiceScorer.debiased((ChoiceGold) answer.getEnvelope().getGold(), votes, used));
  }

  /** Null when the options could not all stand everywhere, and the question says nothing of positions. */
  static @Nullable List<Double> positions(ChoiceGold gold, Votes votes) {
    try {
      return PositionPrior.ofQuestion(votes.getVotes(), gold.getOptions());
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static Calibration calibration(ChoiceGold gold) {
    return gold.getVoting().getCalibration();
  }

  private static String group(Answer answer, Calibration calibration) {
    return StoreKey.of(answer.getEnvelope().getRun(), answer.getModel(), answer.getCheckpoint(), calibration.getGroup());
  }

  private static String groupIn(String key) {
    List<String> parts = StoreKey.parts(key);
    return StoreKey.of(parts.get(0), parts.get(1), parts.get(2), parts.get(3));
  }
}
