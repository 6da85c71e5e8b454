package dev.assay.topology.scoring;

/** A closed interval within [0, 1]. */
public record Interval(double low, double high) {
  /** The interval that excludes nothing. */
  public static final Interval ALL = new Interval(0, 1);

  /**
   * @throws IllegalArgumentException unless 0 ≤ low ≤ high ≤ 1
   */
  public Interval {
    if (!(0 <= low && low <= high && high <= 1)) {
      throw new IllegalArgumentException("got [%s, %s], expected 0 <= low <= high <= 1".formatted(low, high));
    }
  }

  /** Whether {@code value} lies in the interval, ends included. */
  public boolean contains(double value) {
    return low <= value && value <= high;
  }
}
