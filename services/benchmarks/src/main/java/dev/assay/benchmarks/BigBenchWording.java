package dev.assay.benchmarks;

import java.util.List;
import java.util.Optional;

/** How a BIG-bench task file words its prompts (its JSON schema: {@code docs/doc.md} of google/BIG-bench). */
record BigBenchWording(
    String taskPrefix, String inputPrefix, String outputPrefix, Optional<String> stop, List<String> metrics) implements TaskWording {
  BigBenchWording {
    metrics = List.copyOf(metrics);
  }
}
