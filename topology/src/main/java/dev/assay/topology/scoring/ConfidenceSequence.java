package dev.assay.topology.scoring;

import java.util.Arrays;
import java.util.stream.IntStream;

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

  private static final double[] LAMBDAS = IntStream.rangeClosed(2, 24).mapToDouble(i -> StrictMath.pow(2, -i / 2.0)).toArray();
  private static final double[] PSIS = Arrays.stream(LAMBDAS).map(lambda -> -StrictMath.log1p(-lambda) - lambda).toArray();

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
    requireSum(n, sum);
    requireAlpha(alpha);
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
   * A p-value for "the mean is {@code mean}" that may be looked at after every value: 1 / M_n(mean), at most 1. When the mean is that, the
   * chance that it ever is at most p is at most p.
   *
   * @param n how many values, 0 or more
   * @param sum their sum, in [0, n]
   * @param mean within (0, 1)
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static double pValue(long n, double sum, double mean) {
    requireSum(n, sum);
    if (!(0 < mean && mean < 1)) {
      throw new IllegalArgumentException("got the mean %s, expected it in (0, 1)".formatted(mean));
    }
    double logMixture =
        LogGamma.logBeta(A + sum, A + n - sum) - LOG_BETA_A_A - sum * StrictMath.log(mean) - (n - sum) * StrictMath.log1p(-mean);
    return Math.min(1, StrictMath.exp(-logMixture));
  }

  /**
   * An interval for the mean of values in [0, 1] that knows their spread, also valid at every look: far narrower than
   * {@link #betaBinomialMixture} where values lie close together, such as the differences of two models that mostly agree.
   *
   * <p>For a candidate m below the mean let ξᵢ = xᵢ − m ≥ −1. As exp(λξ − ψ(λ)ξ²) ≤ 1 + λξ with ψ(λ) = −log(1 − λ) − λ, the product of
   * the left sides is a non-negative supermartingale for the true m, and so is its mean over several λ; it depends on n, Σx and Σx² alone. The
   * end is where it reaches 2/alpha, and the other end follows from 1 − xᵢ. For λ ≤ 1/2 it grows as m falls, so that the end is the only one.
   * Sources: Fan, Grama, Liu, "Exponential inequalities for martingales with applications", Electron. J. Probab. 20, 2015, lemma 4.1; Howard
   * et al. and Waudby-Smith, Ramdas as above. λ = 2^−1, 2^−1.5, …, 2^−12 with equal weights serve some hundred to some million values.
   *
   * @param values must lie in [0, 1]
   * @param alpha chance of ever missing the mean, in (0, 1)
   * @throws IllegalArgumentException if the sums are not those of values in [0, 1], or alpha is out of range
   */
  public static Interval empiricalBernstein(ExactStatistic values, double alpha) {
    requireSum(values.count(), values.sum());
    requireAlpha(alpha);
    return empiricalBernstein(values.count(), values.sum(), values.sumOfSquares(), alpha);
  }

  static Interval empiricalBernstein(long n, double sum, double sumOfSquares, double alpha) {
    if (n == 0) {
      return Interval.ALL;
    }
    double mean = sum / n;
    double spread = Math.max(0, sumOfSquares - sum * mean);
    double below = farthest(n, spread, mean, alpha);
    double above = farthest(n, spread, 1 - mean, alpha);
    return new Interval(Math.max(0, mean - below), Math.min(1, mean + above));
  }

  /** Like {@link #pValue}, by the spread-aware supermartingales of {@link #empiricalBernstein}; for both sides. */
  static double empiricalBernsteinPValue(long n, double sum, double sumOfSquares, double mean) {
    if (n == 0) {
      return 1;
    }
    double spread = Math.max(0, sumOfSquares - sum * sum / n);
    return Math.min(1, 2 * StrictMath.exp(-logBernsteinMixture(n, spread, Math.abs(sum / n - mean))));
  }

  /** The distance from the mean, {@code most} at most, at which the mixture reaches 2/alpha. */
  private static double farthest(long n, double spread, double most, double alpha) {
    double threshold = StrictMath.log(2 / alpha);
    double inside = 0;
    double outside = most;
    if (logBernsteinMixture(n, spread, outside) < threshold) {
      return outside;
    }
    while (true) {
      double middle = inside + (outside - inside) / 2;
      if (middle <= inside || middle >= outside) {
        return outside;
      }
      if (logBernsteinMixture(n, spread, middle) < threshold) {
        inside = middle;
      } else {
        outside = middle;
      }
    }
  }

  /** log of the mean over λ of exp(λ n δ − ψ(λ)(Σ(x − mean)² + n δ²)). */
  private static double logBernsteinMixture(long n, double spread, double distance) {
    double highest = Double.NEGATIVE_INFINITY;
    double[] logs = new double[LAMBDAS.length];
    for (int i = 0; i < logs.length; i++) {
      logs[i] = LAMBDAS[i] * n * distance - PSIS[i] * (spread + n * distance * distance);
      highest = Math.max(highest, logs[i]);
    }
    double sum = 0;
    for (double log : logs) {
      sum += StrictMath.exp(log - highest);
    }
    return highest + StrictMath.log(sum / logs.length);
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

  private static void requireSum(long n, double sum) {
    if (n < 0 || !(0 <= sum && sum <= n)) {
      throw new IllegalArgumentException(
          "got n = %d and sum = %s, expected n >= 0 and a sum in [0, n]: values must lie in [0, 1]".formatted(n, sum));
    }
  }

  private static void requireAlpha(double alpha) {
    if (!(0 < alpha && alpha < 1)) {
      throw new IllegalArgumentException("got alpha = %s, expected it in (0, 1)".formatted(alpha));
    }
  }
}
