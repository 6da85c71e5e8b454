package dev.assay.topology.routing.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known when a policy decides.
 *
 * @param cells how well the models have done at this kind of question so far
 * @param inForce the model that the route in force names
 * @param margins of the models that have answered the question already: by how much of the votes or of the probability the first option
 *     leads the second, in [0, 1]
 * @param experience the questions that models have answered before
 */
public record Known(List<Cell> cells, Optional<String> inForce, Map<String, Double> margins, Experience experience) {
  /** Nothing is known. */
  public static final Known NOTHING = new Known(List.of(), Optional.empty(), Map.of());

  /** Without experience. */
  public Known(List<Cell> cells, Optional<String> inForce, Map<String, Double> margins) {
    this(cells, inForce, margins, new Experience(0));
  }

  public Known {
    cells = List.copyOf(cells);
    margins = Map.copyOf(margins);
  }

  /** The same, and what one model's answer was like. */
  public Known withMargin(String model, double margin) {
    return new Known(cells, inForce, Map.of(model, margin), experience);
  }
}
