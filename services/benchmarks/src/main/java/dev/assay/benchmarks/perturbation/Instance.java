package dev.assay.benchmarks.perturbation;

import java.util.List;

/**
 * What a perturbation changes: HELM's instance.
 *
 * @param id seeds the random numbers; not empty; HELM's own are {@code id} and the 0-based place in the scenario, such as {@code id12}
 * @param text the question without worked examples; may be empty
 * @param references the answers or options, in their order; may be none
 */
public record Instance(String id, String text, List<String> references) {
  /** Copies the list and refuses an empty id. */
  public Instance {
    references = List.copyOf(references);
    if (id.isEmpty()) {
      throw new IllegalArgumentException("The id is empty; a perturbation needs one, because it seeds its random numbers");
    }
  }
}
