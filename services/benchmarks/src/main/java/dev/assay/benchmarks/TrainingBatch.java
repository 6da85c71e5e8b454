package dev.assay.benchmarks;

import java.util.List;

/**
 * The training parts of benchmarks.
 *
 * @param prompts at least one
 * @param asked the tasks that ask what must not be among them
 */
public record TrainingBatch(List<TrainingPrompt> prompts, TaskSelector asked) {
  /** Copies the list. */
  public TrainingBatch {
    prompts = List.copyOf(prompts);
  }
}
