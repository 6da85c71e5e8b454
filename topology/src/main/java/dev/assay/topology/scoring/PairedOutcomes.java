package dev.assay.topology.scoring;

/**
 * How two models, or two checkpoints of one, differ in right and wrong answers to the prompts that both answered: the four-fold table of
 * McNemar's test. Only prompts that one got right and the other wrong tell the models apart.
 *
 * @param both prompts that both got right
 * @param firstOnly prompts that only the first got right
 * @param secondOnly prompts that only the second got right
 * @param neither prompts that neither got right
 */
public record PairedOutcomes(long both, long firstOnly, long secondOnly, long neither) {
  /** The outcomes of no prompts. */
  public static final PairedOutcomes EMPTY = new PairedOutcomes(0, 0, 0, 0);

  /** The 97.5 % point of the normal distribution. */
  private static final double Z_95 = 1.959963984540054;

  /**
   * @throws IllegalArgumentException if a count is below 0
   */
  public PairedOutcomes {
    if (both < 0 || firstOnly < 0 || secondOnly < 0 || neither < 0) {
      throw new IllegalArgumentException(
          "got %d, %d, %d and %d prompts, expected counts of 0 or more".formatted(both, firstOnly, secondOnly, neither));
    }
  }

  /** The outcome of one prompt. */
  public static PairedOutcomes of(boolean firstRight, boolean secondRight) {
    return new PairedOutcomes(
        firstRight && secondRight ? 1 : 0,
        firstRight && !secondRight ? 1 : 0,
        !firstRight && secondRight ? 1 : 0,
        !firstRight && !secondRight ? 1 : 0);
  }

  /**
   * The outcomes behind differences of right (1) and wrong (0): their sum is that of the prompts that only one model got right, with a sign,
   * and the sum of squares that of all of these. Prompts on which both did alike count as ones that neither got right.
   *
   * @throws IllegalArgumentException if the sums are not those of -1, 0 and 1
   */
  public static PairedOutcomes ofDifferences(ExactStatistic differences) {
    long different = Math.round(differences.sumOfSquares());
    long lead = Math.round(differences.sum());
    if (different != differences.sumOfSquares() || lead != differences.sum() || Math.floorMod(different + lead, 2) != 0) {
      throw new IllegalArgumentException("got %s, expected sums of -1, 0 and 1".formatted(differences));
    }
    return new PairedOutcomes(0, (different + lead) / 2, (different - lead) / 2, differences.count() - different);
  }

  /** The outcomes of both's prompts. */
  public PairedOutcomes merge(PairedOutcomes other) {
    return new PairedOutcomes(
        both + other.both, firstOnly + other.firstOnly, secondOnly + other.secondOnly, neither + other.neither);
  }

  /**
   * This without the prompts of {@code other}, all of which it must hold.
   *
   * @throws IllegalArgumentException if it cannot hold them
   */
  public PairedOutcomes subtract(PairedOutcomes other) {
    return new PairedOutcomes(
        both - other.both, firstOnly - other.firstOnly, secondOnly - other.secondOnly, neither - other.neither);
  }

  /** Prompts that both answered. */
  public long prompts() {
    return both + firstOnly + secondOnly + neither;
  }

  /** The first model's accuracy minus the second's; 0 without prompts. */
  public double difference() {
    return prompts() == 0 ? 0 : (double) (firstOnly - secondOnly) / prompts();
  }

  /**
   * McNemar's exact test of "equally accurate", two-sided: the chance that a fair coin splits the prompts that only one got right at least as
   * unevenly. Valid at one look chosen beforehand; 1 when there is none.
   */
  public double exactPValue() {
    return Math.min(1, 2 * tail());
  }

  /**
   * The same with the observed split counted half (mid-p), which errs less on the safe side. Source: Fagerland, Lydersen, Laake, "The McNemar
   * test for binary matched-pairs data", BMC Med. Res. Methodol. 13, 2013.
   */
  public double midPValue() {
    long fewer = Math.min(firstOnly, secondOnly);
    return Math.min(1, 2 * tail() - StrictMath.exp(logCoin(firstOnly + secondOnly, fewer)));
  }

  /** A p-value of "equally accurate" that may be looked at after every prompt; 1 without prompts. */
  public double anytimePValue() {
    return ConfidenceSequence.pValue(firstOnly + secondOnly, (double) firstOnly, 0.5);
  }

  /**
   * Tango's 95 % score interval for the difference, valid at one look chosen beforehand, also for few prompts; [−1, 1] without any. Source:
   * Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design", Stat. Med. 17, 1998.
   */
  public Interval interval() {
    if (prompts() == 0) {
      return Interval.ALL_DIFFERENCES;
    }
    return new Interval(scoreEnd(difference(), -1), scoreEnd(difference(), 1));
  }

  /**
   * The interval for the difference that holds at every look at once: from one sequence for the share of prompts that only one model gets
   * right, and one for the first model's share of these, each with half of {@code alpha}.
   *
   * @param alpha chance of ever missing the difference, such as 0.05
   */
  public Interval confidenceSequence(double alpha) {
    long different = firstOnly + secondOnly;
    Interval share = ConfidenceSequence.betaBinomialMixture(prompts(), (double) different, alpha / 2);
    Interval first = ConfidenceSequence.betaBinomialMixture(different, (double) firstOnly, alpha / 2);
    double least = 2 * first.low() - 1;
    double most = 2 * first.high() - 1;
    return new Interval(
        least * (least < 0 ? share.high() : share.low()), most * (most < 0 ? share.low() : share.high()));
  }

  /** P(a fair coin thrown for each prompt that one got right gives the less frequent outcome at most as often as observed). */
  private double tail() {
    long different = firstOnly + secondOnly;
    double tail = 0;
    for (long k = Math.min(firstOnly, secondOnly); k >= 0; k--) {
      double term = StrictMath.exp(logCoin(different, k));
      tail += term;
      // The terms fall ever faster: what is left is below the rounding error.
      if (term < tail * 0x1p-60) {
        break;
      }
    }
    return tail;
  }

  private static double logCoin(long n, long k) {
    return LogGamma.of(n + 1.0) - LogGamma.of(k + 1.0) - LogGamma.of(n - k + 1.0) - n * StrictMath.log(2);
  }

  /** Where on one side of the observed difference the score statistic is ±z: it moves one way only. */
  private double scoreEnd(double observed, int side) {
    double inside = observed;
    double outside = side;
    while (true) {
      double middle = inside + (outside - inside) / 2;
      if (middle == inside || middle == outside) {
        return middle;
      }
      if (Math.abs(score(middle)) < Z_95) {
        inside = middle;
      } else {
        outside = middle;
      }
    }
  }

  /** Tango's statistic for a true difference; its variance is the greatest-likelihood one under that difference. */
  private double score(double difference) {
    double n = prompts();
    double b = -firstOnly - secondOnly + (2 * n - firstOnly + secondOnly) * difference;
    double c = -secondOnly * difference * (1 - difference);
    // A square of zero may come out below it.
    double secondShare = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
    double variance = n * (2 * secondShare + difference * (1 - difference));
    double distance = firstOnly - secondOnly - n * difference;
    return distance == 0 ? 0 : distance / Math.sqrt(Math.max(0, variance));
  }
}
