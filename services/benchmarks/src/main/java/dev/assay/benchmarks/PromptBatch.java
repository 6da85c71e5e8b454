package dev.assay.benchmarks;

import dev.assay.records.Prompt;
import java.util.List;

/**
 * The prompts of an evaluation.
 *
 * @param prompts task after task, in the order the format asks them; ids are distinct
 * @param counts a row a task, in the same order
 */
public record PromptBatch(List<Prompt> prompts, List<TaskCount> counts) {
  /** Copies the lists. */
  public PromptBatch {
    prompts = List.copyOf(prompts);
    counts = List.copyOf(counts);
  }
}
