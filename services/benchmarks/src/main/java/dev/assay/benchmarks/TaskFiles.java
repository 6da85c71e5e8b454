package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.Optional;

/**
 * A task as it lies on disk, not yet read.
 *
 * @param task its name, such as {@code starter/mmlu/astronomy}
 * @param asked file of the questions that are asked
 * @param examples file of the worked examples, where the layout has one
 */
record TaskFiles(String task, Benchmark benchmark, Path asked, Optional<Path> examples) {
  static TaskFiles of(String task, Benchmark benchmark, Path asked) {
    return new TaskFiles(task, benchmark, asked, Optional.empty());
  }
}
