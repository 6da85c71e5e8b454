package dev.assay.topology.scoring;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Corrects for asking many questions at once: among twenty equal models some pair nearly always looks different. Holm's procedure keeps the
 * chance of even one false "different" at most alpha, whatever pairs depend on each other, as all pairs of the same models do. Source: Holm,
 * "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6, 1979.
 *
 * <p>With p-values that may be looked at any time ({@link PairedOutcomes#anytimePValue}, {@link PairedDifference#anytimePValue}) the chance
 * holds over all pairs and all looks together. Intervals that are to hold for all m pairs at once take alpha/m each (Bonferroni).
 */
public final class MultipleComparisons {
  private MultipleComparisons() {}

  /** In words: how p-values over m comparisons were corrected. */
  public static String explanation(int comparisons) {
    return "p-values corrected over %,d comparisons by Holm's procedure: the chance of any false difference among them is at most alpha"
        .formatted(comparisons);
  }

  /**
   * The p-values by Holm's procedure, in the order given: a difference is significant when its corrected p-value is at most alpha.
   *
   * @throws IllegalArgumentException if one is not in [0, 1]
   */
  public static List<Double> holm(List<Double> pValues) {
    for (double pValue : pValues) {
      if (!(0 <= pValue && pValue <= 1)) {
        throw new IllegalArgumentException("got the p-value %s, expected 0 to 1".formatted(pValue));
      }
    }
    int m = pValues.size();
    List<Integer> ascending = IntStream.range(0, m).boxed().sorted(Comparator.comparing(pValues::get)).toList();
    Double[] corrected = new Double[m];
    double highest = 0;
    for (int rank = 0; rank < m; rank++) {
      highest = Math.max(highest, Math.min(1, (m - rank) * pValues.get(ascending.get(rank))));
      corrected[ascending.get(rank)] = highest;
    }
    return List.of(corrected);
  }
}
