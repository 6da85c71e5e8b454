package dev.assay.topology.scoring;

/** A closed interval of shares, within [0, 1], or of differences of shares, within [−1, 1]. */
public record Interval(double low, double high) {
  /** The interval that excludes no share. */
  public static final Interval ALL = new Interval(0, 1);

  /** The interval that excludes no difference of shares. */
  public static final Interval ALL_DIFFERENCES = new Interval(-1, 1);

  /**
   * @throws IllegalArgumentException unless −1 ≤ low ≤ high ≤ 1
   */
  public Interval {
    if (!(-1 <= low && low <= high && high <= 1)) {
      throw new IllegalArgumentException("got [%s, %s], expected -1 <= low <= high <= 1".formatted(low, high));
    }
  }

  /** Whether {@code value} lies in the interval, ends included. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
