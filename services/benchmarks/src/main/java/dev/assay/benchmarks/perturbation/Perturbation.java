package dev.assay.benchmarks.perturbation;

import dev.assay.records.PerturbationFamily;

/** One way to word a question otherwise. Pure and safe for several threads: the same instance and seed give the same text. */
public sealed interface Perturbation permits TextPerturbation, PersonNamePerturbation {
  /** What it is called everywhere, such as {@code misspelling_0.1}. */
  String name();

  /** What a drop of the score under it speaks against. */
  PerturbationFamily family();

  /** The text that seeds its random numbers for this instance: HELM's {@code Perturbation.get_rng}. */
  String seed(Instance instance);

  /** The instance perturbed; its id stays. References are perturbed first, as in HELM, and only by perturbations of fairness. */
  Instance apply(Instance instance);
}
