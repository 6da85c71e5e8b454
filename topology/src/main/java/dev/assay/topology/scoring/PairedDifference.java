package dev.assay.topology.scoring;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How two models, or two checkpoints of one, differ on the prompts that both answered, by a metric with values in [0, 1]. What is hard for
 * one is mostly hard for the other, so that differences prompt by prompt spread less than the two models' values apart. For right and wrong
 * answers {@link PairedOutcomes} is sharper.
 *
 * @param differences the first model's value minus the second's, of each prompt
 */
public record PairedDifference(ExactStatistic differences) {
  /** The difference on no prompts. */
  public static final PairedDifference EMPTY = new PairedDifference(ExactStatistic.EMPTY);

  /**
   * @throws IllegalArgumentException if the sums are not those of differences in [−1, 1]
   */
  public PairedDifference {
    if (Math.abs(differences.sum()) > differences.count() || differences.sumOfSquares() > differences.count()) {
      throw new IllegalArgumentException("got %s, expected sums of differences in [-1, 1]".formatted(differences));
    }
  }

  /**
   * The difference on one prompt.
   *
   * @throws IllegalArgumentException if a value is outside [0, 1]
   */
  public static PairedDifference of(double first, double second) {
    if (!(0 <= first && first <= 1 && 0 <= second && second <= 1)) {
      throw new IllegalArgumentException("got the values %s and %s, expected both in [0, 1]".formatted(first, second));
    }
    return new PairedDifference(ExactStatistic.of(first - second));
  }

  /** The difference on both's prompts. */
  public PairedDifference merge(PairedDifference other) {
    return new PairedDifference(differences.merge(other.differences));
  }

  /**
   * This without the prompts of {@code other}, all of which it must hold.
   *
   * @throws IllegalArgumentException if it cannot hold them
   */
  public PairedDifference subtract(PairedDifference other) {
    return new PairedDifference(differences.subtract(other.differences));
  }

  /** Mean difference in [−1, 1], above 0 when the first model is better; 0 without prompts. */
  public double mean() {
    return differences.mean();
  }

  /**
   * The ordinary interval by Student's t distribution, valid at one look chosen beforehand; empty below two prompts.
   *
   * @param alpha chance of missing the mean, such as 0.05
   */
  public Optional<Interval> interval(double alpha) {
    OptionalDouble error = differences.standardError();
    if (error.isEmpty()) {
      return Optional.empty();
    }
    double half = StudentT.quantile(alpha, differences.count() - 1.0) * error.getAsDouble();
    return Optional.of(new Interval(Math.max(-1, mean() - half), Math.min(1, mean() + half)));
  }

  /** The p-value of "no difference" by the paired t test, at one look chosen beforehand; empty below two prompts. */
  public OptionalDouble pValue() {
    OptionalDouble error = differences.standardError();
    if (error.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (error.getAsDouble() == 0) {
      return OptionalDouble.of(mean() == 0 ? 1 : 0);
    }
    return OptionalDouble.of(StudentT.twoSided(mean() / error.getAsDouble(), differences.count() - 1.0));
  }

  /**
   * The interval that holds at every look at once: see {@link ConfidenceSequence#empiricalBernstein}.
   *
   * @param alpha chance of ever missing the mean, such as 0.05
   */
  public Interval confidenceSequence(double alpha) {
    Interval onUnit = ConfidenceSequence.empiricalBernstein(differences.count(), unitSum(), unitSquares(), alpha);
    return new Interval(2 * onUnit.low() - 1, 2 * onUnit.high() - 1);
  }

  /** A p-value of "no difference" that may be looked at after every prompt; 1 without prompts. */
  public double anytimePValue() {
    return ConfidenceSequence.empiricalBernsteinPValue(differences.count(), unitSum(), unitSquares(), 0.5);
  }

  /** Σ (d + 1)/2, of differences put into [0, 1]. */
  private double unitSum() {
    return (differences.sum() + differences.count()) / 2;
  }

  /** Σ ((d + 1)/2)². */
  private double unitSquares() {
    return (differences.sumOfSquares() + 2 * differences.sum() + differences.count()) / 4;
  }
}
