package dev.assay.benchmarks;

import java.util.List;

/**
 * What is asked of a task in one format: the questions as that format words them.
 *
 * @param asked the questions, in the order they are asked
 * @param format the format whose wording it is
 */
record TaskPrompts(List<AskedQuestion> asked, PromptStyle style, PromptFormat format) {
  TaskPrompts {
    asked = List.copyOf(asked);
  }

  /** Most worked examples before a question. */
  int shots() {
    return asked.stream().mapToInt(each -> each.examples().size()).max().orElse(0);
  }
}
