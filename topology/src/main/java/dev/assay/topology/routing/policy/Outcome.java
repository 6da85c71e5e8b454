package dev.assay.topology.routing.policy;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.Collections;

/**
 * A question with what every model made of it: what a policy is tried on, without asking anybody again.
 *
 * @param query the question
 * @param answers what each model answered
 */
public record Outcome(Query query, SortedMap<String, Answered> answers) {
  /**
   * One model's answer.
   *
   * @param value how good it was, in [0, 1]
   * @param cost what it cost, in any one unit, 0 or more
   * @param margin by how much the first option led the second, in [0, 1]; 1 where nobody knows
   */
  public record Answered(double value, double cost, double margin) {
    /**
     * @throws IllegalArgumentException if a number is out of its range
     */
    public Answered {
      if (!(value >= 0 && value <= 1 && margin >= 0 && margin <= 1 && cost >= 0 && cost < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "got value %s, cost %s, margin %s; expected value and margin in [0, 1] and a cost of 0 or more".formatted(value, cost, margin));
      }
    }
  }

  /**
   * @throws IllegalArgumentException when a model that can be asked has no answer
   */
  public Outcome {
    answers = Collections.unmodifiableSortedMap(new TreeMap<>(answers));
    if (!answers.keySet().containsAll(query.models())) {
      throw new IllegalArgumentException(
          "got answers of %s to %s; expected one of each of %s".formatted(answers.keySet(), query.id(), query.models()));
    }
  }

  /** A model's answer. */
  public Answered of(String model) {
    Answered answer = answers.get(model);
    if (answer == null) {
      throw new IllegalArgumentException("got the model %s; expected one of %s".formatted(model, answers.keySet()));
    }
    return answer;
  }

  /** How much better one model's answer was than another's, in [−1, 1]. */
  public double gain(String strong, String weak) {
    return of(strong).value() - of(weak).value();
  }
}
