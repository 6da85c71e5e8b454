package dev.assay.cli.plans;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * What a planner does, as meters.
 *
 * @param planner the planner
 */
public record PlannerBinder(PlannerService planner) implements MeterBinder {

  @Override
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("assay.planner.at.work", planner, one -> one.isAtWork() ? 1 : 0)
        .description("1 while it follows the plans; of several planners one does")
        .register(registry);
    Gauge.builder("assay.planner.evaluations.running", planner, PlannerService::running)
        .description("evaluations of checkpoints that it has begun and that have not ended")
        .register(registry);
  }
}
