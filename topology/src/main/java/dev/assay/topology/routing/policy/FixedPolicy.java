package dev.assay.topology.routing.policy;

import java.util.List;

/** Always the same model: what every router has to beat. */
public record FixedPolicy(String model) implements Policy {
  @Override
  public String name() {
    return "always:" + model;
  }

  @Override
  public Choice choose(Query query, Known known) {
    return Choice.of(model, "always this one", List.of());
  }
}
