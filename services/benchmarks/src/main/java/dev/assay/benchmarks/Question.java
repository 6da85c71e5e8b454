package dev.assay.benchmarks;

/** One question as its file states it, before any prompt format is applied. */
public sealed interface Question permits ChoiceQuestion, TextQuestion {
  /** Stable, readable identity: task, part of the benchmark and 0-based row, such as {@code mmlu/anatomy/test/12}. */
  String id();

  /** Where it stands. */
  Source source();
}
