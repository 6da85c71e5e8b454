package dev.assay.topology.scoring;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * Count, sum and sum of squares of values, exactly: adding, merging and taking away commute and associate to the last digit, so that the
 * same values give the same bytes in any order and on any number of machines.
 *
 * <p>Each value is rounded half-even to 12 decimals and held as an integer number of 10⁻¹²; its square is that of the rounded value, rounded
 * half-even to 12 decimals itself. Sums are integers without bound. The standard error therefore has an absolute error below 10⁻⁶/√n, which
 * shows only where all values are equal and not short decimals.
 */
public final class ExactStatistic {
  /** Decimals kept of every value and square. */
  public static final int DECIMALS = 12;

  /** The statistic of no values. */
  public static final ExactStatistic EMPTY = new ExactStatistic(0, BigInteger.ZERO, BigInteger.ZERO);

  /** Units of sums in 1. */
  static final long UNITS = 1_000_000_000_000L;

  private static final long ROOT_OF_UNITS = 1_000_000L;
  private static final BigInteger BIG_UNITS = BigInteger.valueOf(UNITS);

  /** Values up to this size take the way without BigInteger: their units are at most 10¹⁵, and (10¹⁵/10⁶)² fits a long. */
  private static final double SMALL = 1000;

  /** Up to here a whole double is a long, and microseconds and tokens are whole. */
  private static final double LARGEST_EXACT = 0x1p53;

  private static final int MANTISSA_BITS = 52;
  private static final int LONGEST_BYTES = 1 << 16;

  private final long count;
  private final BigInteger sum;
  private final BigInteger sumOfSquares;

  private ExactStatistic(long count, BigInteger sum, BigInteger sumOfSquares) {
    this.count = count;
    this.sum = sum;
    this.sumOfSquares = sumOfSquares;
  }

  /**
   * The statistic of one value.
   *
   * @throws IllegalArgumentException if {@code value} is infinite or NaN
   */
  public static ExactStatistic of(double value) {
    if (Math.abs(value) <= SMALL) {
      long units = smallUnits(value);
      return new ExactStatistic(1, BigInteger.valueOf(units), BigInteger.valueOf(smallSquare(Math.abs(units))));
    }
    if (value == Math.rint(value) && Math.abs(value) <= LARGEST_EXACT) {
      BigInteger whole = BigInteger.valueOf((long) value);
      BigInteger units = whole.multiply(BIG_UNITS);
      return new ExactStatistic(1, units, units.multiply(whole));
    }
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("got the value %s, expected a finite number".formatted(value));
    }
    BigDecimal rounded = new BigDecimal(value).setScale(DECIMALS, RoundingMode.HALF_EVEN);
    return new ExactStatistic(
        1,
        rounded.unscaledValue(),
        rounded.multiply(rounded).setScale(DECIMALS, RoundingMode.HALF_EVEN).unscaledValue());
  }

  /**
   * This with one value more.
   *
   * @throws IllegalArgumentException if {@code value} is infinite or NaN
   */
  public ExactStatistic add(double value) {
    return merge(of(value));
  }

  /** The statistic of both's values. */
  public ExactStatistic merge(ExactStatistic other) {
    return new ExactStatistic(
        Math.addExact(count, other.count), sum.add(other.sum), sumOfSquares.add(other.sumOfSquares));
  }

  /**
   * This without the values of {@code other}, all of which it must hold.
   *
   * @throws IllegalArgumentException if it cannot hold them: fewer values, a smaller sum of squares, or a rest of no values that is not 0
   */
  public ExactStatistic subtract(ExactStatistic other) {
    var rest =
        new ExactStatistic(count - other.count, sum.subtract(other.sum), sumOfSquares.subtract(other.sumOfSquares));
    if (!rest.isPossible()) {
      throw new IllegalArgumentException("%s does not hold the values of %s to take away".formatted(this, other));
    }
    return rest;
  }

  /** How many values were added. */
  public long count() {
    return count;
  }

  /** The sum, to the nearest double. */
  public double sum() {
    return new BigDecimal(sum, DECIMALS).doubleValue();
  }

  /** The exact sum in units of 10⁻¹². */
  BigInteger sumUnits() {
    return sum;
  }

  /** The sum of the rounded squares, to the nearest double. */
  public double sumOfSquares() {
    return new BigDecimal(sumOfSquares, DECIMALS).doubleValue();
  }

  /** The exact sum as a decimal with 12 decimals, such as {@code 3.250000000000}. */
  public String sumDecimal() {
    return new BigDecimal(sum, DECIMALS).toPlainString();
  }

  /** The exact sum of the rounded squares as a decimal with 12 decimals. */
  public String sumOfSquaresDecimal() {
    return new BigDecimal(sumOfSquares, DECIMALS).toPlainString();
  }

  /** The arithmetic mean, within 2 units in the last place; 0 when there are no values. */
  public double mean() {
    // Numerator and denominator are each the nearest double to an integer, so that the mean of n ones is exactly 1.
    return count == 0 ? 0 : sum.doubleValue() / (count * (double) UNITS);
  }

  /** Sample standard deviation (n − 1) over √n; empty when there are fewer than two values. */
  public OptionalDouble standardError() {
    if (count < 2) {
      return OptionalDouble.empty();
    }
    // n·Σx² − (Σx)² in units of 10⁻²⁴, exact; below 0 only where the squares were rounded down.
    BigInteger spread =
        BigInteger.valueOf(count).multiply(sumOfSquares).multiply(BIG_UNITS).subtract(sum.multiply(sum));
    double variance = Math.max(0, spread.doubleValue()) / ((double) count * (count - 1));
    return OptionalDouble.of(Math.sqrt(variance / count) / UNITS);
  }

  /**
   * Reads what {@link #sumDecimal} and {@link #sumOfSquaresDecimal} wrote.
   *
   * @throws IllegalArgumentException if the texts are no decimals, have more than 12 of them, or are no sums of any values
   */
  public static ExactStatistic ofDecimals(long count, String sum, String sumOfSquares) {
    var statistic = new ExactStatistic(count, units(sum), units(sumOfSquares));
    if (!statistic.isPossible()) {
      throw new IllegalArgumentException("%s is no statistic of any values".formatted(statistic));
    }
    return statistic;
  }

  private static BigInteger units(String decimal) {
    try {
      return new BigDecimal(decimal).setScale(DECIMALS).unscaledValue();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("got the sum %s, expected a number with at most %d decimals".formatted(decimal, DECIMALS), e);
    }
  }

  /** A compact form: 8 bytes of count, 2 bytes of length, the sum, the sum of squares; big-endian two's complement, shortest form. */
  public byte[] toBytes() {
    byte[] sumBytes = sum.toByteArray();
    byte[] squareBytes = sumOfSquares.toByteArray();
    return ByteBuffer.allocate(Long.BYTES + Short.BYTES + sumBytes.length + squareBytes.length)
        .putLong(count)
        .putShort((short) sumBytes.length)
        .put(sumBytes)
        .put(squareBytes)
        .array();
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if {@code bytes} are not such
   */
  public static ExactStatistic fromBytes(byte[] bytes) {
    int head = Long.BYTES + Short.BYTES;
    if (bytes.length < head + 2 || bytes.length > LONGEST_BYTES) {
      throw new IllegalArgumentException(
          "got %d bytes, expected a statistic of %d to %d".formatted(bytes.length, head + 2, LONGEST_BYTES));
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    long count = buffer.getLong();
    int sumLength = buffer.getShort();
    if (sumLength < 1 || head + sumLength >= bytes.length) {
      throw new IllegalArgumentException(
          "a statistic of %d bytes gives its sum %d, expected 1 to %d".formatted(bytes.length, sumLength, bytes.length - head - 1));
    }
    var statistic =
        new ExactStatistic(
            count,
            new BigInteger(bytes, head, sumLength),
            new BigInteger(bytes, head + sumLength, bytes.length - head - sumLength));
    if (!statistic.isPossible()) {
      throw new IllegalArgumentException("%s is no statistic of any values".formatted(statistic));
    }
    return statistic;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExactStatistic that
        && count == that.count
        && sum.equals(that.sum)
        && sumOfSquares.equals(that.sumOfSquares);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(new int[] {Long.hashCode(count), sum.hashCode(), sumOfSquares.hashCode()});
  }

  @Override
  public String toString() {
    return "n = %d, sum = %s, sum of squares = %s".formatted(count, sumDecimal(), sumOfSquaresDecimal());
  }

  private boolean isPossible() {
    boolean none = sum.signum() == 0 && sumOfSquares.signum() == 0;
    return count == 0 ? none : count > 0 && sumOfSquares.signum() >= 0;
  }

  /** {@code value}·10¹² rounded half-even, without rounding in between; |value| ≤ 1000. */
  private static long smallUnits(double value) {
    long bits = Double.doubleToRawLongBits(value);
    int exponent = Math.getExponent(value);
    if (exponent < Double.MIN_EXPONENT) {
      return 0;
    }
    long mantissa = (bits & ((1L << MANTISSA_BITS) - 1)) | (1L << MANTISSA_BITS);
    // value = mantissa · 2^-shift, so the units are high:low >> shift.
    int shift = MANTISSA_BITS - exponent;
    long high = Math.multiplyHigh(mantissa, UNITS);
    long low = mantissa * UNITS;
    // The product has at most 93 bits.
    if (shift > 94) {
      return 0;
    }
    long magnitude = shiftHalfEven(high, low, shift);
    return value < 0 ? -magnitude : magnitude;
  }

  /** (high:low) / 2^shift rounded half-even, for a product below 2^94, a quotient below 2^63 and shift in 43 to 94. */
  private static long shiftHalfEven(long high, long low, int shift) {
    long quotient;
    long halfHigh;
    long halfLow;
    long restHigh;
    long restLow;
    if (shift < Long.SIZE) {
      quotient = (high << (Long.SIZE - shift)) | (low >>> shift);
      restHigh = 0;
      restLow = low & ((1L << shift) - 1);
      halfHigh = 0;
      halfLow = 1L << (shift - 1);
    } else {
      int beyond = shift - Long.SIZE;
      quotient = high >>> beyond;
      restHigh = high & ((1L << beyond) - 1);
      restLow = low;
      halfHigh = beyond == 0 ? 0 : 1L << (beyond - 1);
      halfLow = beyond == 0 ? Long.MIN_VALUE : 0;
    }
    int against = restHigh == halfHigh ? Long.compareUnsigned(restLow, halfLow) : Long.compare(restHigh, halfHigh);
    boolean up = against > 0 || (against == 0 && (quotient & 1) == 1);
    return up ? quotient + 1 : quotient;
  }

  /** units²/10¹² rounded half-even, for 0 ≤ units ≤ 10¹⁵: by (a·10⁶ + b)² = a²·10¹² + 2ab·10⁶ + b². */
  private static long smallSquare(long units) {
    long a = units / ROOT_OF_UNITS;
    long b = units % ROOT_OF_UNITS;
    long middle = 2 * a * b;
    long rest = (middle % ROOT_OF_UNITS) * ROOT_OF_UNITS + b * b;
    long quotient = a * a + middle / ROOT_OF_UNITS + rest / UNITS;
    long remainder = rest % UNITS;
    long half = UNITS / 2;
    boolean up = remainder > half || (remainder == half && (quotient & 1) == 1);
    return up ? quotient + 1 : quotient;
  }
}
