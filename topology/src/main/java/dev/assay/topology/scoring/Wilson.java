package dev.assay.topology.scoring;

/**
 * Wilson's score interval for a share, valid at one look chosen beforehand. Source: Wilson, "Probable inference, the law of succession, and
 * statistical inference", JASA 22, 1927.
 */
public final class Wilson {
  /** The 97.5 % point of the normal distribution: 95 % between both ends. */
  private static final double Z_95 = 1.959963984540054;

  private Wilson() {}

  /**
   * The 95 % interval for the probability behind {@code sum} hits in {@code n} trials; [0, 1] when n is 0.
   *
   * @param n how many values, 0 or more
   * @param sum their sum, in [0, n]; values between 0 and 1 make the interval wider than needed, never narrower
   * @throws IllegalArgumentException if an argument is out of its range
   */
  public static Interval of(long n, double sum) {
    if (n < 0 || !(0 <= sum && sum <= n)) {
      throw new IllegalArgumentException("got n = %d and sum = %s, expected n >= 0 and a sum in [0, n]".formatted(n, sum));
    }
    if (n == 0) {
      return Interval.ALL;
    }
    double mean = sum / n;
    double z2 = Z_95 * Z_95;
    double centre = (mean + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z_95 * Math.sqrt(mean * (1 - mean) / n + z2 / (4.0 * n * n)) / (1 + z2 / n);
    return new Interval(
        Math.clamp(centre - half, 0, mean),
        Math.clamp(centre + half, mean, 1));
  }
}
