package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import dev.assay.platform.LiveTable;
import dev.assay.records.Model;
import dev.assay.records.Route;
import dev.assay.records.TaskType;
import dev.assay.schemas.RouteRule;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a text to the model that the route of its task type names, by the rule that the intake follows too: {@link RouteRule}. A client's
 * question has no right answer to learn from, so no model is explored here: a route's share of exploration is for evaluations.
 */
public final class Router {

  /** The name by which clients ask it. */
  public static final String NAME = RouteRule.ROUTER;

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);

  private final LiveTable<Route> routes;
  private final Models models;
  private final Function<String, TaskType> typing;
  private final LongAdder byRoute = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  /**
   * A router.
   *
   * @param routes the topic of routes
   * @param typing tells what kind of question a text asks
   */
  public Router(LiveTable<Route> routes, Models models, Function<String, TaskType> typing) {
    this.routes = routes;
    this.models = models;
    this.typing = typing;
  }

  /**
   * A model, and why it is that one.
   *
   * @param model the model
   * @param why in words; begins with {@code fallback} where it is not the one that the route names
   */
  public record Routed(Model model, String why) {}

  /** The routes in force. */
  public Collection<Route> routes() {
    return routes.rows().values();
  }

  /** How many requests went where the route of their own task type says. */
  public long byRoute() {
    return byRoute.sum();
  }

  /** How many went elsewhere, since there was no such route or its model was gone. */
  public long fallbacks() {
    return fallbacks.sum();
  }

  /** When a route was last decided; empty when there is none. */
  public Optional<Instant> decidedAt() {
    return routes().stream().map(Route::getDecidedAt).max(Instant::compareTo);
  }

  /**
   * The model for texts that are asked together.
   *
   * @param parameter what the client calls them
   * @throws Problem 400 when they ask several kinds of questions, 503 when no model is served that could answer
   */
  public Routed route(String parameter, List<String> texts) {
    List<TaskType> types = texts.stream().map(typing).distinct().toList();
    if (types.size() != 1) {
      throw Problem.invalid(
          parameter, "%s has questions of several kinds, %s, which different models may answer; ask %s for each kind by itself".formatted(parameter, types, NAME));
    }
    return route(types.getFirst());
  }

  private Routed route(TaskType type) {
    RouteRule.Lead lead =
        RouteRule.of(
            type,
            wanted -> routes().stream().filter(route -> route.getTaskType() == wanted).findFirst(),
            this::isServed,
            () -> new RouteRule.Standard(models.standard().getName(), "the gateway's standard model"));
    (lead.isFallback() ? fallbacks : byRoute).increment();
    if (lead.isFallback()) {
      LOG.info("{} answers: {}", lead.model(), lead.why());
    }
    return new Routed(models.find(lead.model()), lead.why());
  }

  private boolean isServed(String model) {
    try {
      return models.find(model).getName().equals(model);
    } catch (Problem _) {
      return false;
    }
  }
}
