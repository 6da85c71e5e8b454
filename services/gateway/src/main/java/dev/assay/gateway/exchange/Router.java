package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import dev.assay.platform.LiveTable;
import dev.assay.records.Model;
import dev.assay.records.Route;
import dev.assay.records.TaskType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a text to the model that the route of its task type names. A client's question has no right answer to learn from, so no model is
 * explored here: a route's share of exploration is for evaluations.
 */
public final class Router {

  /** The name by which clients ask it. */
  public static final String NAME = "@router";

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
    List<String> failed = new ArrayList<>();
    for (Route route : candidates(type)) {
      String because =
          "%s route by %s of %s: %s".formatted(route.getTaskType(), route.getPolicy(), route.getDecidedAt(), route.getReason());
      try {
        Model model = models.find(route.getModel());
        if (route.getTaskType() != type) {
          return fallback(type, failed, model, because);
        }
        byRoute.increment();
        return new Routed(model, because);
      } catch (Problem e) {
        failed.add("its route names %s, which is not served".formatted(route.getModel()));
      }
    }
    if (failed.isEmpty()) {
      failed.add("there is no route yet");
    }
    return fallback(type, failed, models.standard(), "the gateway's standard model");
  }

  /** The route of the task type, then that of all else. */
  private List<Route> candidates(TaskType type) {
    List<Route> found = new ArrayList<>();
    for (TaskType wanted : type == TaskType.OTHER ? List.of(type) : List.of(type, TaskType.OTHER)) {
      routes().stream().filter(route -> route.getTaskType() == wanted).forEach(found::add);
    }
    return found;
  }

  private Routed fallback(TaskType type, List<String> failed, Model model, String because) {
    String why = "fallback for %s (%s): %s".formatted(type, failed.isEmpty() ? "no route of its own" : String.join("; ", failed), because);
    fallbacks.increment();
    LOG.info("{} answers: {}", model.getName(), why);
    return new Routed(model, why);
  }
}
