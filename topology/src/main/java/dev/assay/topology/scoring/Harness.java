package dev.assay.topology.scoring;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What lm-evaluation-harness makes of log-likelihoods and of groups of tasks ({@code api/task.py}, {@code api/metrics.py},
 * {@code tasks/truthfulqa/utils.py}). Its mean and standard error of a task are those of {@link ExactStatistic}; its answer filters for
 * gsm8k are among {@link TextMetrics}.
 */
public final class Harness {
  private Harness() {}

  /** How a choice's log-likelihood is weighed against its length, which does not count the space before the choice. */
  public enum Length {
    /** {@code acc}: not at all. */
    NONE,
    /** {@code acc_norm}: per character, as Python counts them. */
    CHARACTERS,
    /** {@code acc_bytes}: per byte of UTF-8. */
    BYTES;

    private double of(String choice) {
      return switch (this) {
        case NONE -> 1;
        case CHARACTERS -> choice.codePointCount(0, choice.length());
        case BYTES -> choice.getBytes(StandardCharsets.UTF_8).length;
      };
    }
  }

  /**
   * The index of the most likely choice, the first of equal ones.
   *
   * @param logLikelihoods of each choice
   * @param choices their texts, none empty where length counts
   * @throws IllegalArgumentException if there is no choice, or the numbers of both differ
   */
  public static int choice(double[] logLikelihoods, List<String> choices, Length length) {
    if (logLikelihoods.length == 0 || logLikelihoods.length != choices.size()) {
      throw new IllegalArgumentException(
          "got %d log-likelihoods of %d choices, expected one of each and at least one".formatted(logLikelihoods.length, choices.size()));
    }
    int best = 0;
    for (int i = 1; i < logLikelihoods.length; i++) {
      if (weighed(logLikelihoods, choices, length, i) > weighed(logLikelihoods, choices, length, best)) {
        best = i;
      }
    }
    return best;
  }

  /**
   * TruthfulQA's mc2: the probability of the true answers together, among all.
   *
   * @throws IllegalArgumentException if there is no answer, or the arrays' lengths differ
   */
  public static double truthfulShare(double[] logLikelihoods, boolean[] isTrue) {
    if (logLikelihoods.length == 0 || logLikelihoods.length != isTrue.length) {
      throw new IllegalArgumentException(
          "got %d log-likelihoods of %d answers, expected one of each and at least one".formatted(logLikelihoods.length, isTrue.length));
    }
    double highest = Double.NEGATIVE_INFINITY;
    for (double logLikelihood : logLikelihoods) {
      highest = Math.max(highest, logLikelihood);
    }
    double all = 0;
    double ofTrue = 0;
    for (int i = 0; i < isTrue.length; i++) {
      double probability = StrictMath.exp(logLikelihoods[i] - highest);
      all += probability;
      ofTrue += isTrue[i] ? probability : 0;
    }
    return ofTrue / all;
  }

  /**
   * A group's value: the mean of its tasks' values, by size ({@code weight_by_size}) or each alike.
   *
   * @throws IllegalArgumentException if there is no task, the arrays' lengths differ, or a size is below 1
   */
  public static double groupMean(double[] values, long[] sizes, boolean bySize) {
    requireSizes(values, sizes);
    double sum = 0;
    double weights = 0;
    for (int i = 0; i < values.length; i++) {
      double weight = bySize ? sizes[i] : 1;
      sum += values[i] * weight;
      weights += weight;
    }
    return sum / weights;
  }

  /**
   * A group's standard error ({@code pooled_sample_stderr}): that of the pooled variance within tasks over all values. It leaves out how
   * tasks differ from each other; {@link ClusteredError} counts that in.
   *
   * @throws IllegalArgumentException if there is no task, the arrays' lengths differ, a size is below 1, or all are 1
   */
  public static double pooledStandardError(double[] standardErrors, long[] sizes) {
    requireSizes(standardErrors, sizes);
    double squares = 0;
    long n = 0;
    for (int i = 0; i < sizes.length; i++) {
      squares += (sizes[i] - 1) * standardErrors[i] * standardErrors[i] * sizes[i];
      n += sizes[i];
    }
    if (n == sizes.length) {
      throw new IllegalArgumentException("got %d tasks of one value each, expected at least two values of one".formatted(sizes.length));
    }
    return Math.sqrt(squares / (n - sizes.length) / n);
  }

  private static double weighed(double[] logLikelihoods, List<String> choices, Length length, int i) {
    return logLikelihoods[i] / length.of(choices.get(i));
  }

  private static void requireSizes(double[] values, long[] sizes) {
    if (values.length == 0 || values.length != sizes.length) {
      throw new IllegalArgumentException(
          "got %d values of %d tasks, expected one of each and at least one".formatted(values.length, sizes.length));
    }
    for (long size : sizes) {
      if (size < 1) {
        throw new IllegalArgumentException("got a task of %d values, expected at least 1".formatted(size));
      }
    }
  }
}
