package dev.assay.topology.intake;

import dev.assay.records.Route;
import dev.assay.records.Routed;
import dev.assay.records.TaskType;
import dev.assay.schemas.RouteRule;
import dev.assay.topology.routing.Fallbacks;
import dev.assay.topology.routing.RoutesInForce;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the model that is asked for {@code @router}, by the routes in force and {@link RouteRule}. No model is explored: the answer counts for
 * the router alone, from which no route learns.
 */
final class RouterChoice {
  private static final String STANDARD = "the first language model by name that a worker announced, or the first model";

  private final RoutesInForce routes;
  private final AnnouncedModels announced;
  private final Fallbacks fallbacks;

  RouterChoice(RoutesInForce routes, AnnouncedModels announced, Fallbacks fallbacks) {
    this.routes = routes;
    this.announced = announced;
    this.fallbacks = fallbacks;
  }

  /** The model for a question; empty while no worker has announced any. */
  Optional<Routed> of(TaskType type, long now) {
    Optional<String> standard = announced.standard();
    if (standard.isEmpty()) {
      return Optional.empty();
    }
    RouteRule.Lead lead = RouteRule.of(type, routes::of, announced::has, () -> new RouteRule.Standard(standard.get(), STANDARD));
    fallbacks.count(lead.isFallback());
    Optional<Route> route = lead.route();
    return Optional.of(
        new Routed(
            lead.model(),
            route.map(found -> "%s, version %d".formatted(found.getPolicy(), found.getVersion())).orElse("standard model"),
            lead.why(),
            route.map(Route::getEvidence).orElse(List.of()),
            now,
            route.map(found -> found.getDecidedAt().toEpochMilli()).orElse(0L)));
  }
}
