package dev.assay.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What an evaluation that stops when every pair is decided has found, in words. */
public final class DecisionReport {

  private DecisionReport() {}

  /**
   * A line for each decided pair, and what is open and saved.
   *
   * @param decided the pairs as they stood when they were decided
   * @param models all models that were to be told apart
   * @param prompts how many prompts there are
   * @param saved how many of them were not asked
   */
  public static List<String> lines(List<PairStanding> decided, List<String> models, int prompts, int saved) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    for (PairStanding pair : decided) {
      lines.add(line(pair, prompts));
    }
    int pairs = models.size() * (models.size() - 1) / 2;
    if (decided.size() < pairs) {
      lines.add("%,d of %,d pairs cannot be told apart by all %,d questions.".formatted(pairs - decided.size(), pairs, prompts));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "Asked %,d of %,d questions, saved %,d (%.0f %%). Chance of any wrong \"better\" among %,d pair%s, over all looks: at most 5 %%.",
            prompts - saved,
            prompts,
            saved,
            100.0 * saved / Math.max(1, prompts),
            pairs,
            pairs == 1 ? "" : "s"));
    return lines;
  }

  /** "A is better than B, after n of N". */
  static String line(PairStanding pair, long prompts) {
    String better = model(pair.difference() < 0 ? pair.second() : pair.first());
    String worse = model(pair.difference() < 0 ? pair.first() : pair.second());
    return String.format(
        Locale.ROOT,
        "%s is better than %s, after %,d of %,d: by %.1f points (p %s over all pairs and looks).",
        better,
        worse,
        pair.questions(),
        prompts,
        100 * Math.abs(pair.difference()),
        pair.corrected() < 0.0001 ? "< 0.0001" : String.format(Locale.ROOT, "= %.4f", pair.corrected()));
  }

  private static String model(String modelAtCheckpoint) {
    return modelAtCheckpoint.substring(0, modelAtCheckpoint.lastIndexOf('@'));
  }
}
