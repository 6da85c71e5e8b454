package dev.assay.benchmarks;

import java.util.List;

/**
 * A question as one format asks it.
 *
 * @param question its wording
 * @param instance what the format's evaluator calls it; seeds its perturbations
 * @param examples worked examples before it, in the order they are written
 */
record AskedQuestion(Question question, String instance, List<Question> examples) {
  AskedQuestion {
    examples = List.copyOf(examples);
  }
}
