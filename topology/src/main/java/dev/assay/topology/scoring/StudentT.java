package dev.assay.topology.scoring;

/**
 * Student's t distribution with {@link StrictMath}, so that it is bit-identical on every machine. Tails by the regularised incomplete beta
 * function, NIST DLMF 8.17.22 (continued fraction, evaluated by Lentz's method), within 10⁻¹⁰ of their value up to 10⁵ degrees of freedom.
 */
final class StudentT {
  private static final int MOST_TERMS = 100_000;
  private static final double TINY = 1e-300;

  private StudentT() {}

  /** P(|T| ≥ |t|) for t with {@code degrees} degrees of freedom, at least 1. */
  static double twoSided(double t, double degrees) {
    if (Double.isInfinite(t)) {
      return 0;
    }
    return incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
  }

  /** The t above 0 with P(|T| ≥ t) = {@code alpha}, in (0, 1). */
  static double quantile(double alpha, double degrees) {
    double low = 0;
    double high = 1;
    while (twoSided(high, degrees) > alpha) {
      low = high;
      high *= 2;
    }
    while (true) {
      double middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) {
        return high;
      }
      if (twoSided(middle, degrees) > alpha) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  private static double incompleteBeta(double a, double b, double x) {
    if (x <= 0 || x >= 1) {
      return x <= 0 ? 0 : 1;
    }
    double front = StrictMath.exp(a * StrictMath.log(x) + b * StrictMath.log1p(-x) - LogGamma.logBeta(a, b));
    return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b;
  }

  private static double fraction(double a, double b, double x) {
    double c = 1;
    double d = 1 / notZero(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int m = 1; m <= MOST_TERMS; m++) {
      double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / notZero(1 + even * d);
      c = notZero(1 + even / c);
      value *= d * c;
      double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / notZero(1 + odd * d);
      c = notZero(1 + odd / c);
      double change = d * c;
      value *= change;
      if (Math.abs(change - 1) <= 0x1p-52) {
        return value;
      }
    }
    throw new IllegalStateException("no value of the incomplete beta function at a = %s, b = %s, x = %s".formatted(a, b, x));
  }

  private static double notZero(double x) {
    return Math.abs(x) < TINY ? TINY : x;
  }
}
