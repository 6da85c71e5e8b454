package dev.assay.topology.scoring;

import java.util.List;

/** A measure of how well a text answers, given one right answer. */
@FunctionalInterface
public interface TextMetric {
  /** The value in [0, 1], 1 being best; the texts are taken as they are. */
  double score(String gold, String prediction);

  /**
   * The best value over several right answers.
   *
   * @throws IllegalArgumentException if there is none
   */
  default double best(List<String> references, String prediction) {
    return references.stream()
        .mapToDouble(reference -> score(reference, prediction))
        .max()
        .orElseThrow(() -> new IllegalArgumentException("got no reference, expected at least one"));
  }
}
