package dev.assay.benchmarks.perturbation;

import dev.assay.benchmarks.python.PythonRandom;

/** How one text is perturbed. */
@FunctionalInterface
interface TextRule {
  /** The text perturbed with draws from {@code random}, in HELM's order of drawing. */
  String perturb(String text, PythonRandom random);

  /** This rule, then another on what it gives, with the same generator. */
  default TextRule then(TextRule next) {
    return (text, random) -> next.perturb(perturb(text, random), random);
  }
}
