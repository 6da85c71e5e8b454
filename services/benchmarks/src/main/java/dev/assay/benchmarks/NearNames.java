package dev.assay.benchmarks;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Names that a mistyped one may have meant. */
final class NearNames {
  private static final int MOST = 5;

  private NearNames() {}

  /** The nearest of the names: those that contain the wanted one first, then by Levenshtein distance; whole names and their beginnings. */
  static List<String> of(String wanted, List<String> names) {
    return names.stream()
        .flatMap(name -> Stream.of(name, name.substring(0, Math.max(0, name.lastIndexOf('/')))))
        .filter(name -> !name.isEmpty())
        .distinct()
        .sorted(
            Comparator.<String>comparingInt(name -> name.contains(wanted) ? 0 : 1)
                .thenComparingInt(name -> distance(wanted, name))
                .thenComparing(Comparator.naturalOrder()))
        .limit(MOST)
        .toList();
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
