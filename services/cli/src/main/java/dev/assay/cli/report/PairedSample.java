package dev.assay.cli.report;

import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.PairedDifference;
import dev.assay.topology.scoring.PairedOutcomes;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How two models fared by one metric on the questions that both answered. Where every value is 0 or 1 the statistics are those of right and
 * wrong ({@link PairedOutcomes}: Tango's interval, McNemar's exact test), else those of means ({@link PairedDifference}: Student's t).
 *
 * @param first the first model's values
 * @param second the second model's values
 * @param outcomes of the questions on which both values are 0 or 1
 * @param difference first minus second
 */
public record PairedSample(ExactStatistic first, ExactStatistic second, PairedOutcomes outcomes, PairedDifference difference) {

  /** No questions. */
  public static final PairedSample EMPTY =
      new PairedSample(ExactStatistic.EMPTY, ExactStatistic.EMPTY, PairedOutcomes.EMPTY, PairedDifference.EMPTY);

  private static final double ALPHA = 0.05;

  /** The 97.5 % and the 80 % point of the normal distribution. */
  private static final double Z_ALPHA = 1.959963984540054;

  private static final double Z_POWER = 0.8416212335729143;

  /** More questions than any benchmark has. */
  private static final double MOST_QUESTIONS = 1e9;

  /** One question. */
  public static PairedSample of(double first, double second) {
    boolean binary = isBinary(first) && isBinary(second);
    return new PairedSample(
        ExactStatistic.of(first),
        ExactStatistic.of(second),
        binary ? PairedOutcomes.of(first == 1, second == 1) : PairedOutcomes.EMPTY,
        PairedDifference.of(first, second));
  }

  /** The questions of both. */
  public PairedSample merge(PairedSample other) {
    return new PairedSample(
        first.merge(other.first), second.merge(other.second), outcomes.merge(other.outcomes), difference.merge(other.difference));
  }

  /** Number of questions. */
  public long questions() {
    return first.count();
  }

  /** Whether every value is 0 or 1. */
  public boolean isBinary() {
    return outcomes.prompts() == questions();
  }

  /** The first model's mean minus the second's, in [−1, 1]. */
  public double mean() {
    return isBinary() ? outcomes.difference() : difference.mean();
  }

  /** The 95 % interval for that, valid at one look chosen beforehand; empty when there are too few questions for one. */
  public Optional<Interval> interval() {
    if (questions() == 0) {
      return Optional.empty();
    }
    return isBinary() ? Optional.of(outcomes.interval()) : difference.interval(ALPHA);
  }

  /** The p-value of "no difference", two-sided, at one look chosen beforehand; 1 when there are too few questions for one. */
  public double pValue() {
    return isBinary() ? outcomes.exactPValue() : difference.pValue().orElse(1);
  }

  /** McNemar's mid-p; empty where values are not right and wrong. */
  public OptionalDouble midPValue() {
    return isBinary() ? OptionalDouble.of(outcomes.midPValue()) : OptionalDouble.empty();
  }

  /** The 95 % interval that holds at every look. */
  public Interval anytimeInterval() {
    return isBinary() ? outcomes.confidenceSequence(ALPHA) : difference.confidenceSequence(ALPHA);
  }

  /** The p-value that holds at every look. */
  public double anytimePValue() {
    return isBinary() ? outcomes.anytimePValue() : difference.anytimePValue();
  }

  /** Whether a difference can be told at 5 %. */
  public boolean differs() {
    return pValue() <= ALPHA;
  }

  /**
   * With how many shared questions a difference as large as the observed one would be told at 5 % in 8 of 10 evaluations; empty where none is
   * observed, or where it is so small that no benchmark would do. Source: Connor, "Sample size for testing differences in proportions for the
   * paired-sample design", Biometrics 43, 1987; with the mean square of the differences, which for right and wrong is the share of questions
   * that only one got right.
   */
  public OptionalLong questionsNeeded() {
    double delta = mean();
    double square = difference.differences().sumOfSquares() / Math.max(1, questions());
    double root = Z_ALPHA * Math.sqrt(square) + Z_POWER * Math.sqrt(Math.max(0, square - delta * delta));
    double needed = Math.ceil(root * root / (delta * delta));
    return needed <= MOST_QUESTIONS ? OptionalLong.of((long) needed) : OptionalLong.empty();
  }

  private static boolean isBinary(double value) {
    return value == 0 || value == 1;
  }
}
