package dev.assay.benchmarks;

import java.util.List;

/**
 * What is asked of a task in one format: the questions as that format words them.
 *
 * @param examples worked examples, in the order they are written
 * @param asked the questions, in the order they are asked
 * @param format the format whose wording it is
 */
record TaskPrompts(List<Question> examples, List<Question> asked, PromptStyle style, PromptFormat format) {
  TaskPrompts {
    examples = List.copyOf(examples);
    asked = List.copyOf(asked);
  }
}
