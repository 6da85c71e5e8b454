package dev.assay.schemas;

import dev.assay.records.Route;
import dev.assay.records.TaskType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Which model answers what is asked of {@code @router}: that of the task type's route; where there is no such route or its model is gone, that
 * of the route for all else; and else a standard model. The intake and the gateway share this rule. Pure.
 */
public final class RouteRule {
  /** The name by which prompts and clients ask for the model that a route names. */
  public static final String ROUTER = "@router";

  private RouteRule() {}

  /**
   * Where a question goes.
   *
   * @param model the model
   * @param route the route that names it; empty where it is the standard model
   * @param isFallback whether it is another than the route of the question's own task type names
   * @param why in words; begins with {@code fallback} where it is one
   */
  public record Lead(String model, Optional<Route> route, boolean isFallback, String why) {}

  /** A model that is taken when no route leads to one, and how it was found, in words. */
  public record Standard(String model, String rule) {}

  /**
   * Finds the model.
   *
   * @param type what kind of question it is
   * @param inForce the route of a task type, where there is one
   * @param isThere whether a model can be asked
   * @param standard asked for only when no route leads to a model that is there; what it throws is thrown
   */
  public static Lead of(
      TaskType type, Function<TaskType, Optional<Route>> inForce, Predicate<String> isThere, Supplier<Standard> standard) {
    List<String> failed = new ArrayList<>();
    for (TaskType wanted : type == TaskType.OTHER ? List.of(type) : List.of(type, TaskType.OTHER)) {
      Optional<Route> found = inForce.apply(wanted);
      if (found.isEmpty()) {
        continue;
      }
      Route route = found.get();
      if (!isThere.test(route.getModel())) {
        failed.add("its route names %s, which is not served".formatted(route.getModel()));
        continue;
      }
      String because = "%s route by %s of %s: %s".formatted(wanted, route.getPolicy(), route.getDecidedAt(), route.getReason());
      return wanted == type
          ? new Lead(route.getModel(), found, false, because)
          : new Lead(route.getModel(), found, true, fallback(type, failed.isEmpty() ? List.of("no route of its own") : failed, because));
    }
    Standard taken = standard.get();
    return new Lead(taken.model(), Optional.empty(), true, fallback(type, failed.isEmpty() ? List.of("there is no route yet") : failed, taken.rule()));
  }

  private static String fallback(TaskType type, List<String> failed, String because) {
    return "fallback for %s (%s): %s".formatted(type, String.join("; ", failed), because);
  }
}
