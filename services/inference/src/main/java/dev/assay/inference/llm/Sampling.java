package dev.assay.inference.llm;

/**
 * How tokens are chosen. The steps and their order are those of Hugging Face's logits processors and warpers: repetition penalty,
 * temperature, top-k, top-p.
 *
 * @param temperature 0 takes the most probable token each time; more divides the logits
 * @param topK only tokens whose logit is at least the k-th largest may be drawn; 0 is off
 * @param topP the most probable tokens that together reach this probability may be drawn; in (0, 1], 1 is off
 * @param repetitionPenalty a positive logit of a token that the text, prompt included, holds already is divided by it, a negative one
 *     multiplied (Keskar et al., CTRL, 2019); above 0, 1 is off
 * @param seed of the drawing
 */
public record Sampling(double temperature, int topK, double topP, double repetitionPenalty, long seed) {
  /** The most probable token each time. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 1, 0);

  /** Separates the seeds of the samples of one request: 2^64 divided by the golden ratio, as in SplitMix64. */
  private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

  public Sampling {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException("the temperature must be finite and at least 0, but is " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("topK must be at least 0, but is " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be in (0, 1], but is " + topP);
    }
    if (!(repetitionPenalty > 0) || Double.isInfinite(repetitionPenalty)) {
      throw new IllegalArgumentException("the repetition penalty must be finite and above 0, but is " + repetitionPenalty);
    }
  }

  /** The same for one of several samples; the first keeps the seed. */
  public Sampling sample(int number) {
    return new Sampling(temperature, topK, topP, repetitionPenalty, seed + number * SEED_STEP);
  }
}
