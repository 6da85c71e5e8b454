package dev.assay.inference.llm;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * A token that may stand in a place.
 *
 * @param id its number
 * @param logProb natural logarithm of its probability there
 */
record Likely(int id, double logProb) {

  private static final Comparator<Likely> MOST_PROBABLE_FIRST =
      Comparator.comparingDouble(Likely::logProb).reversed().thenComparingInt(Likely::id);

  /**
   * The most probable tokens, most probable first; of equal ones the one with the lower number.
   *
   * @param logits one a token
   * @param logSum the logarithm of the sum of their exponentials
   */
  static List<Likely> most(float[] logits, float logSum, int count) {
    if (count <= 0) {
      return List.of();
    }
    PriorityQueue<Likely> best = new PriorityQueue<>(MOST_PROBABLE_FIRST.reversed());
    double least = Double.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      float logProb = logits[id] - logSum;
      if (best.size() < count || logProb > least) {
        best.add(new Likely(id, logProb));
        if (best.size() > count) {
          best.remove();
        }
        least = best.size() < count ? Double.NEGATIVE_INFINITY : best.element().logProb();
      }
    }
    Likely[] ordered = best.toArray(Likely[]::new);
    Arrays.sort(ordered, MOST_PROBABLE_FIRST);
    return List.of(ordered);
  }
}
