package dev.assay.benchmarks.python;

/**
 * MT19937 of Matsumoto and Nishimura (2002), the generator under CPython's {@code random} and NumPy's {@code RandomState}: its
 * reference code's {@code init_genrand}, {@code init_by_array} and {@code genrand_int32}. Not safe for several threads.
 */
final class MersenneTwister {
  private static final int N = 624;
  private static final int M = 397;
  private static final int MATRIX_A = 0x9908b0df;
  private static final int UPPER = 0x80000000;
  private static final int LOWER = 0x7fffffff;
  private static final int ARRAY_SEED = 19650218;

  private final int[] state = new int[N];
  private int index = N;

  private MersenneTwister(int seed) {
    state[0] = seed;
    for (int i = 1; i < N; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
  }

  /** Seeded with one 32-bit word ({@code init_genrand}). */
  static MersenneTwister ofWord(int seed) {
    return new MersenneTwister(seed);
  }

  /** Seeded with a key of one or more 32-bit words ({@code init_by_array}). */
  static MersenneTwister ofKey(int[] key) {
    MersenneTwister twister = new MersenneTwister(ARRAY_SEED);
    int[] s = twister.state;
    int i = 1;
    int j = 0;
    for (int k = Math.max(N, key.length); k > 0; k--) {
      s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >>> 30)) * 1664525)) + key[j] + j;
      i = wrapped(s, i + 1);
      j = (j + 1) % key.length;
    }
    for (int k = N - 1; k > 0; k--) {
      s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >>> 30)) * 1566083941)) - i;
      i = wrapped(s, i + 1);
    }
    s[0] = UPPER;
    return twister;
  }

  private static int wrapped(int[] s, int i) {
    if (i < N) {
      return i;
    }
    s[0] = s[N - 1];
    return 1;
  }

  /** The next 32 random bits. */
  int next() {
    if (index == N) {
      twist();
    }
    int y = state[index++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  private void twist() {
    for (int k = 0; k < N; k++) {
      int y = (state[k] & UPPER) | (state[(k + 1) % N] & LOWER);
      state[k] = state[(k + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : MATRIX_A);
    }
    index = 0;
  }
}
