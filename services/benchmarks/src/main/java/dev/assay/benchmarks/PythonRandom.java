package dev.assay.benchmarks;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.List;

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
}
