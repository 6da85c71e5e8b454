package dev.assay.topology.scoring;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The standard error of a mean whose values come in clusters, such as prompts in tasks. Values of one cluster rise and fall together, so that
 * each further one tells less than an independent one would: the ordinary standard error is then too small, and this is the honest one for
 * whoever means "on tasks like these" and not "on exactly these tasks".
 *
 * <p>√(G/(G − 1) · Σ over clusters (sum − size · mean)²) / n, exact up to the root, in any order of the clusters. Source: Liang, Zeger,
 * "Longitudinal data analysis using generalized linear models", Biometrika 73, 1986, with the usual small-sample factor; for evaluations:
 * Miller, "Adding error bars to evals", 2024, section 2.2.
 *
 * @param values number of values, n
 * @param clusters number of clusters that hold any, G
 * @param mean of all values
 * @param ordinary standard error that takes all values for independent; empty below two values
 * @param clustered the honest standard error; empty below two clusters
 */
public record ClusteredError(long values, int clusters, double mean, OptionalDouble ordinary, OptionalDouble clustered) {

  /** The error of the mean of all clusters' values; clusters without values do not count. */
  public static ClusteredError of(Collection<ExactStatistic> clusters) {
    ExactStatistic all = clusters.stream().reduce(ExactStatistic.EMPTY, ExactStatistic::merge);
    int groups = (int) clusters.stream().filter(cluster -> cluster.count() > 0).count();
    return new ClusteredError(all.count(), groups, all.mean(), all.standardError(), clustered(clusters, all, groups));
  }

  /** By which factor the variance of the mean grows because values are clustered; empty when either error is, or the ordinary one is 0. */
  public OptionalDouble designEffect() {
    if (clustered.isEmpty() || ordinary.isEmpty() || ordinary.getAsDouble() == 0) {
      return OptionalDouble.empty();
    }
    double ratio = clustered.getAsDouble() / ordinary.getAsDouble();
    return OptionalDouble.of(ratio * ratio);
  }

  /**
   * The 95 % interval for the mean of values in [0, 1], by the clustered error and Student's t with G − 1 degrees of freedom, which few tasks
   * make wide; valid at one look chosen beforehand. Empty below two clusters.
   */
  public Optional<Interval> interval() {
    if (clustered.isEmpty()) {
      return Optional.empty();
    }
    double half = StudentT.quantile(0.05, clusters - 1.0) * clustered.getAsDouble();
    return Optional.of(new Interval(Math.max(0, mean - half), Math.min(1, mean + half)));
  }

  /** In words: both errors and why they differ. */
  public String explanation() {
    if (clustered.isEmpty()) {
      return "all values are of one task: how tasks differ cannot be told, and the error holds for this task alone";
    }
    if (designEffect().isEmpty()) {
      return "all values are equal: neither error tells anything";
    }
    double effect = designEffect().getAsDouble();
    String both =
        String.format(
            Locale.ROOT, "standard error %.4f by task, %.4f if all prompts were independent: ", clustered.getAsDouble(), ordinary.orElseThrow());
    if (effect > 1) {
      return both
          + String.format(
              Locale.ROOT,
              "prompts of one task rise and fall together, so that these %,d tell as much as %,.0f independent ones would",
              values,
              Math.floor(values / effect));
    }
    return both + "the tasks' means differ no more than chance would make them, so that tasks cost no certainty here";
  }

  private static OptionalDouble clustered(Collection<ExactStatistic> clusters, ExactStatistic all, int groups) {
    if (groups < 2) {
      return OptionalDouble.empty();
    }
    BigInteger n = BigInteger.valueOf(all.count());
    BigInteger squares = BigInteger.ZERO;
    for (ExactStatistic cluster : clusters) {
      BigInteger rest = cluster.sumUnits().multiply(n).subtract(all.sumUnits().multiply(BigInteger.valueOf(cluster.count())));
      squares = squares.add(rest.multiply(rest));
    }
    double factor = (double) groups / (groups - 1);
    double root = Math.sqrt(factor * squares.doubleValue());
    return OptionalDouble.of(root / ((double) all.count() * all.count()) / ExactStatistic.UNITS);
  }
}
