package dev.assay.benchmarks.python;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * CPython's {@code random.Random} (3.2 and later) to the bit: the published few-shot examples and perturbations were drawn with it.
 * Lib/random.py and Modules/_randommodule.c are the source. Not safe for several threads.
 */
public final class PythonRandom {
  private static final BigInteger WORD = BigInteger.ONE.shiftLeft(Integer.SIZE);

  private final MersenneTwister twister;

  /** {@code random.seed(seed)} with an integer; like there, the sign does not matter. */
  public PythonRandom(long seed) {
    this(BigInteger.valueOf(seed).abs());
  }

  /** {@code random.seed(seed)} with a string. */
  public PythonRandom(String seed) {
    this(ofText(seed.getBytes(StandardCharsets.UTF_8)));
  }

  private PythonRandom(BigInteger seed) {
    int[] key = new int[Math.max(1, (seed.bitLength() + Integer.SIZE - 1) / Integer.SIZE)];
    BigInteger rest = seed;
    for (int i = 0; i < key.length; i++) {
      key[i] = rest.mod(WORD).intValue();
      rest = rest.shiftRight(Integer.SIZE);
    }
    twister = MersenneTwister.ofKey(key);
  }

  private static BigInteger ofText(byte[] text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(text);
      byte[] joined = new byte[text.length + digest.length];
      System.arraycopy(text, 0, joined, 0, text.length);
      System.arraycopy(digest, 0, joined, text.length, digest.length);
      return new BigInteger(1, joined);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java has no SHA-512, which every Java must have", e);
    }
  }

  /** {@code getrandbits(bits)} for 1 to 32 bits, in the low bits of the result. */
  public long bits(int bits) {
    if (bits < 1 || bits > Integer.SIZE) {
      throw new IllegalArgumentException("bits must be 1 to 32; got " + bits);
    }
    return Integer.toUnsignedLong(twister.next()) >>> (Integer.SIZE - bits);
  }

  /** {@code random()}: uniform in [0, 1) with 53 bits. */
  public double nextDouble() {
    long high = bits(27);
    long low = bits(26);
    return (high * 0x1p26 + low) * 0x1p-53;
  }

  /** {@code randrange(bound)}: uniform in [0, bound); bound is at least 1. */
  public int below(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound must be at least 1; got " + bound);
    }
    int width = Integer.SIZE - Integer.numberOfLeadingZeros(bound);
    long drawn = bits(width);
    while (drawn >= bound) {
      drawn = bits(width);
    }
    return (int) drawn;
  }

  /** {@code randint(least, most)}: uniform, both ends included. */
  public int between(int least, int most) {
    return least + below(most - least + 1);
  }

  /** {@code choice(values)}; values are not empty. */
  public <T> T choice(List<T> values) {
    return values.get(below(values.size()));
  }

  /** {@code shuffle(values)}, in place. */
  public void shuffle(List<?> values) {
    for (int i = values.size() - 1; i > 0; i--) {
      Collections.swap(values, i, below(i + 1));
    }
  }

  /**
   * {@code sample(values, count)}: different places, in the order they are drawn.
   *
   * @param count 0 to the number of values
   */
  public <T> List<T> sample(List<T> values, int count) {
    int n = values.size();
    if (count < 0 || count > n) {
      throw new IllegalArgumentException("count must be 0 to " + n + ", the number of values; got " + count);
    }
    return n <= poolBound(count) ? sampleFromPool(values, count) : sampleByRejection(values, count);
  }

  /** Up to this many values CPython draws from a shrinking copy of the list, beyond it by rejecting places it has drawn. */
  private static long poolBound(int count) {
    final int smallSet = 21;
    return count <= 5 ? smallSet : smallSet + (1L << (2 * (int) Math.ceil(Math.log(count * 3.0) / Math.log(4))));
  }

  private <T> List<T> sampleFromPool(List<T> values, int count) {
    List<T> pool = new ArrayList<>(values);
    List<T> drawn = new ArrayList<>(count);
    for (int left = pool.size(); drawn.size() < count; left--) {
      int place = below(left);
      drawn.add(pool.get(place));
      pool.set(place, pool.get(left - 1));
    }
    return drawn;
  }

  private <T> List<T> sampleByRejection(List<T> values, int count) {
    Set<Integer> places = new LinkedHashSet<>();
    while (places.size() < count) {
      places.add(below(values.size()));
    }
    return places.stream().map(values::get).toList();
  }
}
