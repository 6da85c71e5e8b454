package dev.assay.topology.routing.policy;

import dev.assay.topology.scoring.ExactStatistic;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a policy would have brought on questions that every model has answered already: no model is asked again.
 *
 * @param policy its name
 * @param value mean value of the answers that it would have given
 * @param error standard error of that mean
 * @param cost mean cost of a question, of all models that it would have asked
 * @param chosen on what share of the questions each model's answer counts
 * @param fallbacks how many choices fell back, since the policy threw or named a model that was gone
 */
public record Trial(String policy, double value, double error, double cost, SortedMap<String, Double> chosen, long fallbacks) {
  /**
   * Tries a policy. A policy that names a model whose answer it would have to see first is asked again with that answer's margin.
   *
   * @param known what is known beside the questions
   * @throws IllegalArgumentException when there is no question
   */
  public static Trial of(Policy policy, List<Outcome> outcomes, Known known) {
    GuardedPolicy guarded = new GuardedPolicy(policy);
    return of(policy.name(), outcomes, outcome -> {
      Choice first = guarded.choose(outcome.query(), known);
      double margin = outcome.of(first.model()).margin();
      return guarded.choose(outcome.query(), known.withMargin(first.model(), margin));
    }, guarded);
  }

  /** The best that any router could do: an answer that is as good as any, and of these the cheapest. */
  public static Trial oracle(List<Outcome> outcomes) {
    return of(
        "oracle",
        outcomes,
        outcome -> {
          Comparator<String> best =
              Comparator.comparingDouble((String model) -> -outcome.of(model).value())
                  .thenComparingDouble(model -> outcome.of(model).cost())
                  .thenComparing(Comparator.naturalOrder());
          return Choice.of(outcome.query().models().stream().min(best).orElseThrow(), "the best answer", List.of());
        },
        null);
  }

  /** Every model alone, the best first. */
  public static List<Trial> singles(List<Outcome> outcomes) {
    return outcomes.getFirst().query().models().stream()
        .map(model -> of(new FixedPolicy(model), outcomes, Known.NOTHING))
        .sorted(Comparator.comparingDouble((Trial trial) -> -trial.value).thenComparingDouble(trial -> trial.cost).thenComparing(Trial::policy))
        .toList();
  }

  /** What drawing lots between two models brings on average when the second is drawn for a share of the questions. */
  public static Trial mix(Trial first, Trial second, double share) {
    SortedMap<String, Double> chosen = new TreeMap<>();
    first.chosen.forEach((model, part) -> chosen.merge(model, (1 - share) * part, Double::sum));
    second.chosen.forEach((model, part) -> chosen.merge(model, share * part, Double::sum));
    return new Trial(
        "random mix",
        (1 - share) * first.value + share * second.value,
        (1 - share) * first.error + share * second.error,
        (1 - share) * first.cost + share * second.cost,
        chosen,
        0);
  }

  @FunctionalInterface
  private interface Chooser {
    Choice choose(Outcome outcome);
  }

  private static Trial of(String name, List<Outcome> outcomes, Chooser chooser, @Nullable GuardedPolicy guarded) {
    if (outcomes.isEmpty()) {
      throw new IllegalArgumentException("got no question to try %s on".formatted(name));
    }
    ExactStatistic values = ExactStatistic.EMPTY;
    double cost = 0;
    SortedMap<String, Double> chosen = new TreeMap<>();
    for (Outcome outcome : outcomes) {
      Choice choice = chooser.choose(outcome);
      values = values.add(outcome.of(choice.model()).value());
      cost += choice.asked().stream().mapToDouble(model -> outcome.of(model).cost()).sum();
      chosen.merge(choice.model(), 1.0 / outcomes.size(), Double::sum);
    }
    long fallbacks = guarded == null ? 0 : guarded.thrown() + guarded.gone();
    return new Trial(name, values.mean(), values.standardError().orElse(0), cost / outcomes.size(), chosen, fallbacks);
  }
}
