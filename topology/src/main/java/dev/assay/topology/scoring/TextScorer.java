package dev.assay.topology.scoring;

import dev.assay.records.TextGold;
import dev.assay.records.TextVerdict;
import java.util.Map;
import java.util.TreeMap;

/** Scores a generated answer. */
public final class TextScorer {
  private TextScorer() {}

  /**
   * The verdict on a completion: each metric that the gold asks for, over all references its best value. Metrics see the completion without
   * the white space at its ends, as in HELM ({@code compute_reference_metrics}); the verdict keeps it as it is.
   *
   * @throws IllegalArgumentException if there is no reference, or a metric has an unknown name
   */
  public static TextVerdict score(TextGold gold, String completion) {
    String prediction = PythonText.strip(completion);
    Map<String, Double> scores = new TreeMap<>();
    for (String metric : gold.getMetrics()) {
      scores.put(metric, TextMetrics.byName(metric).best(gold.getReferences(), prediction));
    }
    return new TextVerdict(completion, gold.getReferences(), scores);
  }
}
