package dev.assay.topology.tables;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.StopReason;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.ChoiceScorer;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What tables need of one verdict.
 *
 * @param model the model that answered
 * @param checkpoint its version
 * @param task the task
 * @param taskType name of the task type
 * @param answeredAt when the answer was made, in milliseconds since 1970
 * @param given what was answered, for comparing models
 * @param right whether that was right
 * @param values the values that the verdict adds, by metric
 * @param positions where the right option stood and which was chosen; empty for a text and for a perturbed copy
 */
public record Reading(
    String model,
    String checkpoint,
    String task,
    String taskType,
    long answeredAt,
    Given given,
    Right right,
    SortedMap<String, Double> values,
    Optional<Positions> positions) {

  /** Whether an answer was right; unknown where no score of the prompt tells right from wrong. */
  public enum Right {
    /** Right. */
    YES,
    /** Wrong. */
    NO,
    /** Nothing tells. */
    UNKNOWN;

    static Right of(boolean right) {
      return right ? YES : NO;
    }
  }

  /** Keeps the values from change. */
  public Reading {
    values = Collections.unmodifiableSortedMap(values);
  }

  /**
   * Reads a verdict.
   *
   * @throws IllegalArgumentException when it holds a number that no table can count; the message names it
   */
  public static Reading of(Verdict verdict) {
    SortedMap<String, Double> values = new TreeMap<>();
    values.put(Metrics.ANSWERED, 1.0);
    putCount(values, Metrics.TOKENS_ASKED, verdict.getTokensAsked());
    putCount(values, Metrics.TOKENS_COMPUTED, verdict.getTokensComputed());
    putCount(values, Metrics.TOKENS_GENERATED, verdict.getTokensGenerated());
    putCount(values, Metrics.COMPUTE_MICROSECONDS, verdict.getComputeMicros());
    if (verdict.getCostMicros() != null) {
      putCount(values, Metrics.COST, verdict.getCostMicros());
    }
    return switch (verdict.getOutcome()) {
      case ChoiceVerdict choice -> {
        putChoice(values, choice);
        Decision decision = ChoiceScorer.decision(choice);
        yield of(verdict, Given.option(decision.getOption()), Right.of(decision.getRight()), values, Optional.of(Positions.of(choice)));
      }
      case TextVerdict text -> {
        putScores(values, text.getScores());
        yield of(verdict, Given.text(text.getText()), right(text.getScores()), values, Optional.empty());
      }
      default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
    };
  }

  /** Whether it is of a perturbed copy, which tells nothing of the question as published. */
  boolean isOfCopy() {
    return values.keySet().stream().anyMatch(Metrics::isOfCopy);
  }

  /** The model with its version, as pairs name it. */
  String name() {
    return model + '@' + checkpoint;
  }

  /** Whether the answer was made of other models' answers, so that comparing it with them says nothing. */
  boolean isVirtual() {
    return model.startsWith("@");
  }

  boolean isOf(String otherModel, String otherCheckpoint) {
    return model.equals(otherModel) && checkpoint.equals(otherCheckpoint);
  }

  void write(BinaryWriter out) {
    out.putString(model).putString(checkpoint).putString(task).putString(taskType).putLong(answeredAt);
    given.write(out);
    out.putString(right.name()).putInt(values.size());
    values.forEach(
        (metric, value) -> {
          Metrics.write(out, metric);
          out.putDouble(value);
        });
    out.putByte(positions.isPresent() ? 1 : 0);
    positions.ifPresent(found -> found.write(out));
  }

  static Reading read(BinaryReader in) {
    String model = in.getString();
    String checkpoint = in.getString();
    String task = in.getString();
    String taskType = in.getString();
    long answeredAt = in.getLong();
    Given given = Given.read(in);
    Right right = Right.valueOf(in.getString());
    SortedMap<String, Double> values = new TreeMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      values.put(Metrics.read(in), in.getDouble());
    }
    Optional<Positions> positions = in.getByte() == 1 ? Optional.of(Positions.read(in)) : Optional.empty();
    return new Reading(model, checkpoint, task, taskType, answeredAt, given, right, values, positions);
  }

  private static Reading of(
      Verdict verdict, Given given, Right right, SortedMap<String, Double> values, Optional<Positions> positions) {
    return new Reading(
        verdict.getModel(),
        verdict.getCheckpoint(),
        verdict.getTask(),
        verdict.getTaskType().name(),
        verdict.getAnsweredAt().toEpochMilli(),
        given,
        right,
        verdict.getPerturbation() == null ? values : ofCopy(values, verdict.getPerturbation().getName()),
        verdict.getPerturbation() == null ? positions : Optional.empty());
  }

  /** The scores of a perturbed copy under names of their own, so that no cell mixes them with those of the questions as published. */
  private static SortedMap<String, Double> ofCopy(SortedMap<String, Double> values, String perturbation) {
    SortedMap<String, Double> named = new TreeMap<>();
    values.forEach((metric, value) -> named.put(Metrics.ofCopy(metric, perturbation), value));
    return named;
  }

  private static void putChoice(Map<String, Double> values, ChoiceVerdict choice) {
    boolean one = choice.getOne().getRight();
    boolean mean = choice.getMeanLogProb().getRight();
    values.put(Metrics.ACCURACY_ONE, share(one));
    values.put(Metrics.ACCURACY_MAX_VOTE, share(choice.getMaxVote().getRight()));
    values.put(Metrics.ACCURACY_MEAN_LOGPROB, share(mean));
    values.put(Metrics.ACCURACY_EVERY_ORDER, share(choice.getEveryOrder()));
    putShare(values, Metrics.CONFIDENCE_ONE, choice.getOne().getConfidence());
    putShare(values, Metrics.CONFIDENCE_MEAN_LOGPROB, choice.getMeanLogProb().getConfidence());
    boolean decided = ChoiceScorer.decision(choice).getRight();
    values.put(Metrics.CHANGED_HELPED, share(decided && !one));
    values.put(Metrics.CHANGED_HURT, share(one && !decided));
    putCount(values, Metrics.ORDERS_ASKED, choice.getVotes().size());
    if (choice.getVoted() != null) {
      values.put(Metrics.ACCURACY_VOTED, share(decided));
      putShare(values, Metrics.CONFIDENCE_VOTED, choice.getVoted().getDecision().getConfidence());
      if (choice.getVoted().getStopping() != null) {
        values.put(Metrics.VOTING_CERTIFIED, share(choice.getVoted().getStopping().getReason() == StopReason.CERTIFIED));
      }
    }
  }

  private static void putScores(Map<String, Double> values, Map<String, Double> scores) {
    scores.forEach(
        (metric, value) -> {
          if (Metrics.isOwn(metric)) {
            throw new IllegalArgumentException("got the score '%s', a name that the tables use themselves; rename the metric".formatted(metric));
          }
          putShare(values, metric, value);
        });
  }

  /** By the exact-match scores that the prompt asked for: right when one of them is 1. */
  private static Right right(Map<String, Double> scores) {
    Right right = Right.UNKNOWN;
    for (Map.Entry<String, Double> score : scores.entrySet()) {
      if (score.getKey().contains("exact_match")) {
        right = right == Right.YES ? right : Right.of(score.getValue() == 1);
      }
    }
    return right;
  }

  private static void putShare(Map<String, Double> values, String metric, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("got %s = %s; expected a number in [0, 1]".formatted(metric, value));
    }
    values.put(metric, value);
  }

  private static void putCount(Map<String, Double> values, String metric, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("got %s = %d; expected 0 or more".formatted(metric, value));
    }
    values.put(metric, (double) value);
  }

  private static double share(boolean hit) {
    return hit ? 1 : 0;
  }
}
