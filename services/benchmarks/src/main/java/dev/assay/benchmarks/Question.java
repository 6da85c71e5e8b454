package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Instance;
import java.util.List;

/** One question as its file states it, before any prompt format is applied. */
public sealed interface Question permits ChoiceQuestion, TextQuestion {
  /** Stable, readable identity: task, part of the benchmark and 0-based row, such as {@code mmlu/anatomy/test/12}. */
  String id();

  /** Where it stands. */
  Source source();

  /** What is asked, without options. */
  String text();

  /** The options or right answers, in their order. */
  List<String> answers();

  /** The same question with the texts of a perturbation, under an id of its own. */
  Question perturbed(String perturbation, Instance texts);
}
