package dev.assay.inference.llm;

import java.util.Arrays;
import java.util.BitSet;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/** Chooses the tokens of one text. */
final class Sampler {
  private final Sampling sampling;
  private final RandomGenerator random;

  Sampler(Sampling sampling) {
    this.sampling = sampling;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(sampling.seed());
  }

  /** Whether the most probable token is always the choice, so that no logits need be looked at. */
  boolean takesTheBest() {
    return sampling.temperature() == 0 && !penalises();
  }

  /** Whether the choice depends on which tokens the text holds already. */
  boolean penalises() {
    return sampling.repetitionPenalty() != 1;
  }

  /**
   * The next token; equal logits, equal settings and an equal past give equal tokens.
   *
   * @param logits all finite
   * @param seen the tokens that the text holds already
   */
  int next(float[] logits, BitSet seen) {
    Candidates candidates = candidates(logits, seen);
    double left = random.nextDouble() * candidates.total();
    int last = candidates.size() - 1;
    for (int i = 0; i < last; i++) {
      left -= candidates.weight(i);
      if (left < 0) {
        return candidates.token(i);
      }
    }
    return candidates.token(last);
  }

  /** Tokens that may be drawn, each with a probability proportional to its weight. */
  static final class Candidates {
    private final int[] tokens;
    private final double[] weights;

    Candidates(int[] tokens, double[] weights) {
      this.tokens = tokens;
      this.weights = weights;
    }

    int size() {
      return tokens.length;
    }

    int token(int place) {
      return tokens[place];
    }

    double weight(int place) {
      return weights[place];
    }

    double total() {
      return Arrays.stream(weights).sum();
    }

    /** Those at the given places, in that order. */
    Candidates at(int[] places) {
      return new Candidates(
          Arrays.stream(places).map(place -> tokens[place]).toArray(), Arrays.stream(places).mapToDouble(place -> weights[place]).toArray());
    }
  }

  /** What the settings leave of the model's distribution. */
  Candidates candidates(float[] logits, BitSet seen) {
    float[] scores = penalised(logits, seen);
    float largest = Float.NEGATIVE_INFINITY;
    for (float score : scores) {
      largest = Math.max(largest, score);
    }
    if (sampling.temperature() == 0) {
      int best = 0;
      while (scores[best] < largest) {
        best++;
      }
      return new Candidates(new int[] {best}, new double[] {1});
    }
    float least = leastOfTopK(scores);
    int[] tokens = new int[scores.length];
    double[] weights = new double[scores.length];
    int count = 0;
    for (int token = 0; token < scores.length; token++) {
      if (scores[token] >= least) {
        tokens[count] = token;
        weights[count++] = Math.exp((scores[token] - (double) largest) / sampling.temperature());
      }
    }
    Candidates all = new Candidates(Arrays.copyOf(tokens, count), Arrays.copyOf(weights, count));
    return sampling.topP() < 1 ? topP(all) : all;
  }

  private float[] penalised(float[] logits, BitSet seen) {
    if (!penalises()) {
      return logits;
    }
    float penalty = (float) sampling.repetitionPenalty();
    float[] scores = logits.clone();
    seen.stream().filter(token -> token < scores.length).forEach(token -> scores[token] = scores[token] < 0 ? scores[token] * penalty : scores[token] / penalty);
    return scores;
  }

  private float leastOfTopK(float[] scores) {
    int k = sampling.topK();
    if (k == 0 || k >= scores.length) {
      return Float.NEGATIVE_INFINITY;
    }
    PriorityQueue<Float> largest = new PriorityQueue<>(k);
    for (float score : scores) {
      if (largest.size() < k) {
        largest.add(score);
      } else if (score > largest.element()) {
        largest.remove();
        largest.add(score);
      }
    }
    return largest.element();
  }

  /** The fewest most probable candidates that reach the probability, the most probable first, of equal ones the lower token. */
  private Candidates topP(Candidates all) {
    double total = all.total();
    // Tokens so improbable that all of them together stay below 1 - p cannot be among the chosen, and need no sorting.
    double negligible = (1 - sampling.topP()) * total / all.size();
    int[] ranked =
        IntStream.range(0, all.size())
            .filter(place -> all.weight(place) >= negligible)
            .boxed()
            .sorted((a, b) -> Double.compare(all.weight(b), all.weight(a)))
            .mapToInt(Integer::intValue)
            .toArray();
    double within = 0;
    int kept = 0;
    while (kept < ranked.length && (kept == 0 || within < sampling.topP() * total)) {
      within += all.weight(ranked[kept++]);
    }
    return all.at(Arrays.copyOf(ranked, kept));
  }
}
