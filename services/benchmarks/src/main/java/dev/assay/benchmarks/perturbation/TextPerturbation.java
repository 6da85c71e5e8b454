package dev.assay.benchmarks.perturbation;

import dev.assay.benchmarks.python.PythonRandom;
import dev.assay.records.PerturbationFamily;
import java.util.List;
import java.util.OptionalLong;

/**
 * A perturbation that treats each text by itself, with one generator for all texts of an instance: HELM's {@code TextPerturbation}.
 *
 * @param copy HELM's seed of a further copy of the instance; empty for the only copy
 */
record TextPerturbation(String name, PerturbationFamily family, TextRule rule, OptionalLong copy) implements Perturbation {
  @Override
  public String seed(Instance instance) {
    return (copy.isPresent() ? Long.toString(copy.getAsLong()) : "") + instance.id();
  }

  @Override
  public Instance apply(Instance instance) {
    PythonRandom random = new PythonRandom(seed(instance));
    List<String> references = instance.references();
    if (family == PerturbationFamily.FAIRNESS) {
      references = references.stream().map(reference -> rule.perturb(reference, random)).toList();
    }
    return new Instance(instance.id(), rule.perturb(instance.text(), random), references);
  }
}
