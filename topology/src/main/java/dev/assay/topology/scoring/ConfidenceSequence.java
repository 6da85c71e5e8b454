package dev.assay.topology.scoring;

/**
 * Intervals for the mean of values in [0, 1] that hold at every look at once: whoever watches a running table and stops when they like is
 * wrong with probability at most alpha, where an ordinary 95 % interval would in the end be wrong almost surely.
 *
 * <p>For a candidate mean m and S = Σxᵢ, let M_n(m) = B(a + S, b + n − S) / B(a, b) / (m^S (1 − m)^(n − S)), the mixture over p ~ Beta(a, b) of
 * the likelihood ratios Π (p/m)^xᵢ ((1 − p)/(1 − m))^(1 − xᵢ). Each factor is convex in xᵢ, hence at most its chord
 * (1 − xᵢ)(1 − p)/(1 − m) + xᵢ·p/m, whose expectation is 1 when xᵢ has mean m given the past: so M_n(m) is a non-negative supermartingale
 * that starts at 1 for the true m, whatever the distribution on [0, 1], not only for 0 and 1. By Ville's inequality it ever reaches 1/alpha
 * with probability at most alpha, and the m for which it has not are a confidence sequence.
 *
 * <p>Sources: Robbins, "Statistical methods related to the law of the iterated logarithm", Ann. Math. Stat. 41, 1970 (mixtures); Howard,
 * Ramdas, McAuliffe, Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Ann. Stat. 49, 2021 (beta-binomial mixture,
 * sub-Bernoulli); Waudby-Smith, Ramdas, "Estimating means of bounded random variables by betting", JRSS B, 2023 (bounded means); Hoeffding,
 * JASA 58, 1963 (the chord).
 *
 * <p>a = b = 1/2 (Jeffreys, Krichevsky-Trofimov): its loss against the best p known beforehand is nearly the same for all S, at most
 * ½ log n + log 2, so that shares near 0 and 1 get narrow intervals too; a = b = 1 loses log(n + 1) there and gains 0.2 to 0.5 in the middle.
 */
public final class ConfidenceSequence {
  /** The usual chance of ever being wrong. */
  public static final double ALPHA = 0.05;

  private static final double A = 0.5;
  private static final double LOG_BETA_A_A = StrictMath.log(StrictMath.PI);

  /** Newton's method needs fewer than ten steps; far more is a programming error. */
  private static final int MOST_STEPS = 200;

  private ConfidenceSequence() {}

  /** The 95 % confidence sequence's interval for the mean of a statistic's values, which must lie in [0, 1]. */
  public static Interval of(ExactStatistic statistic) {
    return betaBinomialMixture(statistic.count(), statistic.sum(), ALPHA);
  }

  /**
   * The interval {m : M_n(m) < 1/alpha}, its ends within rounding errors; [0, 1] when n is 0. It always contains {@code sum / n}.
   *
   * @param n how many values, 0 or more
   * @param sum their sum, in [0, n]
   * @param alpha chance of ever missing the mean, in (0, 1)
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static Interval betaBinomialMixture(long n, double sum, double alpha) {
    if (n < 0 || !(0 <= sum && sum <= n)) {
      throw new IllegalArgumentException(
          "got n = %d and sum = %s, expected n >= 0 and a sum in [0, n]: values must lie in [0, 1]".formatted(n, sum));
    }
    if (!(0 < alpha && alpha < 1)) {
      throw new IllegalArgumentException("got alpha = %s, expected it in (0, 1)".formatted(alpha));
    }
    if (n == 0) {
      return Interval.ALL;
    }
    double rest = n - sum;
    double threshold = LogGamma.logBeta(A + sum, A + rest) - LOG_BETA_A_A + StrictMath.log(alpha);
    double low = lowEnd(sum, rest, threshold);
    double high = 1 - lowEnd(rest, sum, threshold);
    double mean = sum / n;
    return new Interval(Math.min(low, mean), Math.max(high, mean));
  }

  /**
   * The m below the mean at which excess(x) = threshold − hits·x − misses·log(1 − e^x), x = log m, is 0. The excess is convex and falls up to
   * the mean, so that Newton's step from inside the interval lands outside, and from outside creeps up to the end without passing it.
   */
  private static double lowEnd(double hits, double misses, double threshold) {
    if (hits == 0) {
      return 0;
    }
    double x = start(hits, misses, threshold);
    boolean outside = false;
    for (int step = 0; step < MOST_STEPS; step++) {
      double m = StrictMath.exp(x);
      double excess = excess(x, m, hits, misses, threshold);
      double next = x - excess / (misses * m / (1 - m) - hits);
      // Only rounding leads back inside, or to no other point: there is nothing left to gain.
      if ((outside && excess < 0) || Math.abs(next - x) <= Math.ulp(x)) {
        return m;
      }
      outside = excess >= 0;
      x = next;
    }
    throw new IllegalStateException(
        "no end of the interval found for %s of %s within %d steps".formatted(hits, hits + misses, MOST_STEPS));
  }

  /** The normal approximation where there is one; else, as misses·log(1 − e^x) ≤ 0, a point that is outside for certain. */
  private static double start(double hits, double misses, double threshold) {
    double certain = threshold / hits;
    double n = hits + misses;
    double mean = hits / n;
    double room = -excess(StrictMath.log(mean), mean, hits, misses, threshold);
    double m = mean - Math.sqrt(2 * room * mean * (1 - mean) / n);
    return m > 0 && m < mean ? Math.max(certain, StrictMath.log(m)) : certain;
  }

  private static double excess(double x, double m, double hits, double misses, double threshold) {
    double logMisses = misses == 0 ? 0 : misses * StrictMath.log1p(-m);
    return threshold - hits * x - logMisses;
  }
}
