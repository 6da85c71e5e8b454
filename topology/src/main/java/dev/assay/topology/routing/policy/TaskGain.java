package dev.assay.topology.routing.policy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The mean gain of the task's examples, drawn to the mean of all as if some examples more of it had been seen: few examples of a task say
 * little. How many more is chosen by the squared error of each example as predicted from all others.
 */
public final class TaskGain implements Gain {
  /** Weights of the mean over all tasks that are tried, in examples. */
  private static final double[] PRIORS = {2, 5, 10, 20, 40, 80};

  private final Map<String, Double> byTask = new HashMap<>();
  private final double overall;

  private TaskGain(double overall) {
    this.overall = overall;
  }

  private record Sum(double gain, int examples) {
    Sum plus(Sum other) {
      return new Sum(gain + other.gain, examples + other.examples);
    }

    /** The mean when {@code prior} examples with the mean of {@code all} are added. */
    double drawnTo(Sum all, double prior) {
      double mean = all.examples == 0 ? 0 : all.gain / all.examples;
      return (gain + prior * mean) / (examples + prior);
    }

    Sum without(double one) {
      return new Sum(gain - one, examples - 1);
    }
  }

  /**
   * Learns from examples.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static TaskGain learn(List<Example> examples) {
    if (examples.isEmpty()) {
      throw new IllegalArgumentException("got no example to learn from");
    }
    Map<String, Sum> sums = new HashMap<>();
    examples.forEach(example -> sums.merge(example.query().task(), new Sum(example.gain(), 1), Sum::plus));
    Sum all = sums.values().stream().reduce(new Sum(0, 0), Sum::plus);
    double best = PRIORS[0];
    double least = Double.POSITIVE_INFINITY;
    for (double prior : PRIORS) {
      double error = 0;
      for (Example example : examples) {
        Sum others = sums.getOrDefault(example.query().task(), all).without(example.gain());
        double off = example.gain() - others.drawnTo(all.without(example.gain()), prior);
        error += off * off;
      }
      if (error < least) {
        least = error;
        best = prior;
      }
    }
    double prior = best;
    TaskGain learned = new TaskGain(all.gain / all.examples);
    sums.forEach((task, sum) -> learned.byTask.put(task, sum.drawnTo(all, prior)));
    return learned;
  }

  @Override
  public double of(Query query) {
    return byTask.getOrDefault(query.task(), overall);
  }
}
