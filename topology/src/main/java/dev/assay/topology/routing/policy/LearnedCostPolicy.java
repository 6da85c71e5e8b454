package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@link CostPolicy} with gain, threshold and, where they are not named, both models learned from the questions of before: the gain by task
 * ({@link TaskGain}), the threshold as the quantile of the gains that it expects of these questions. The strong model is the one with the highest
 * lower confidence bound on them, the weak one of the others that which took the least computing a question, then the one that is right less often,
 * then the first by name.
 *
 * @param named the weak model, then the strong one; empty: learned
 * @param share of the questions that go to the strong model, in [0, 1]
 */
public record LearnedCostPolicy(Optional<Pair> named, double share) implements Policy {
  /** With fewer questions that both have answered nothing is learned. */
  static final int FEWEST = 20;

  /** The two models between which it decides. */
  public record Pair(String weak, String strong) {}

  /**
   * @throws IllegalArgumentException if the share is none
   */
  public LearnedCostPolicy {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("got the share %s of strong calls; expected a number in [0, 1]".formatted(share));
    }
  }

  @Override
  public String name() {
    return named.map(pair -> "cost:%s>%s>%s".formatted(pair.weak, pair.strong, share)).orElse("cost:" + share);
  }

  @Override
  public boolean learns() {
    return true;
  }

  /**
   * @throws IllegalStateException when too few questions were answered by both models
   */
  @Override
  public Choice choose(Query query, Known known) {
    List<Outcome> past = known.experience().without(query.id()).stream().map(Experience.Past::outcome).toList();
    Pair pair = named.orElseGet(() -> learned(query.models(), past));
    List<Outcome> both = past.stream().filter(outcome -> outcome.answers().keySet().containsAll(List.of(pair.weak, pair.strong))).toList();
    if (both.size() < FEWEST) {
      throw new IllegalStateException(
          "%s and %s have both answered %d questions so far, and %d are learned from at least".formatted(pair.weak, pair.strong, both.size(), FEWEST));
    }
    Gain gain = TaskGain.learn(both.stream().map(outcome -> Gain.Example.of(outcome, pair.strong, pair.weak)).toList());
    Choice choice = CostPolicy.calibrated(pair.weak, pair.strong, share, gain, both.stream().map(Outcome::query).toList()).choose(query, known);
    List<String> evidence = new ArrayList<>(choice.evidence());
    evidence.add(String.format(Locale.ROOT, "share of %s = %.4f, learned from %d questions", pair.strong, share, both.size()));
    cells(query.models(), both).values().forEach(cell -> evidence.add(cell.words()));
    return new Choice(choice.model(), choice.asked(), choice.reason(), evidence);
  }

  private static Pair learned(List<String> models, List<Outcome> past) {
    Map<String, Cell> cells = cells(models, past);
    if (cells.size() < 2) {
      throw new IllegalStateException("%d of %s have answered questions so far; two are needed to learn which is strong".formatted(cells.size(), models));
    }
    String strong = cells.values().stream().min(Cell.BEST_FIRST).orElseThrow().model();
    Comparator<Cell> cheapest =
        Comparator.comparingDouble((Cell cell) -> cost(cell.model(), past)).thenComparingDouble(Cell::mean).thenComparing(Cell::model);
    String weak = cells.values().stream().filter(cell -> !cell.model().equals(strong)).min(cheapest).orElseThrow().model();
    return new Pair(weak, strong);
  }

  private static SortedMap<String, Cell> cells(List<String> models, List<Outcome> past) {
    SortedMap<String, Cell> cells = new TreeMap<>();
    for (String model : models) {
      List<Outcome.Answered> answers = past.stream().filter(outcome -> outcome.answers().containsKey(model)).map(outcome -> outcome.of(model)).toList();
      if (!answers.isEmpty()) {
        cells.put(model, Cell.of(model + "/seen", model, answers.size(), answers.stream().mapToDouble(Outcome.Answered::value).sum()));
      }
    }
    return cells;
  }

  private static double cost(String model, List<Outcome> past) {
    return past.stream().filter(outcome -> outcome.answers().containsKey(model)).mapToDouble(outcome -> outcome.of(model).cost()).average().orElse(0);
  }
}
