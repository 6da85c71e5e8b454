package dev.assay.inference.llm;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** Draws tokens for one text: temperature, then top-k, then top-p, in the order of Hugging Face's logits warpers. */
final class Sampler {
  private final GenerateText settings;
  private final RandomGenerator random;

  Sampler(GenerateText settings) {
    this.settings = settings;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(settings.seed());
  }

  boolean greedy() {
    return settings.temperature() == 0;
  }

  /** Draws a token; equal logits and equal settings give equal tokens. */
  int draw(float[] logits) {
    long[] ranked = ranked(logits);
    int count = settings.topK() > 0 ? Math.min(settings.topK(), ranked.length) : ranked.length;
    double largest = logits[token(ranked[0])];
    double[] weights = new double[count];
    double total = 0;
    for (int i = 0; i < count; i++) {
      weights[i] = Math.exp((logits[token(ranked[i])] - largest) / settings.temperature());
      total += weights[i];
    }
    if (settings.topP() < 1) {
      double within = 0;
      int kept = 0;
      while (kept < count && within < settings.topP() * total) {
        within += weights[kept++];
      }
      count = kept;
      total = within;
    }
    double left = random.nextDouble() * total;
    for (int i = 0; i < count - 1; i++) {
      left -= weights[i];
      if (left < 0) {
        return token(ranked[i]);
      }
    }
    return token(ranked[count - 1]);
  }

  /** The tokens by falling logit, equal ones by rising number, each in the low half of a key that sorts so. */
  private static long[] ranked(float[] logits) {
    long[] keys = new long[logits.length];
    for (int token = 0; token < logits.length; token++) {
      int bits = Float.floatToIntBits(logits[token]);
      // Flipping all but the sign of negative floats makes integers that sort as the floats do.
      int rising = bits ^ (bits >> 31 & Integer.MAX_VALUE);
      keys[token] = (long) ~rising << Integer.SIZE | token;
    }
    Arrays.sort(keys);
    return keys;
  }

  private static int token(long key) {
    return (int) key;
  }
}
