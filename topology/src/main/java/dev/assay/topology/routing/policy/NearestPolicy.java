package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The model that did best on the past questions nearest in meaning. Each neighbour weighs by how near it is; ties go to the model named first
 * in the query.
 */
public final class NearestPolicy implements Policy {
  /** Few enough to be near, many enough for the best model to show. */
  public static final int DEFAULT_NEIGHBOURS = 50;

  /** A neighbour at a cosine of 0.8 weighs a third of one at 1. */
  private static final double SHARPNESS = 5;

  private final Meaning meaning;
  private final int neighbours;
  private final List<Past> past = new ArrayList<>();

  private record Past(String id, Point at, Map<String, Double> values) {}

  private record Near(double weight, Past past) {}

  /** A policy that knows no question yet and looks at so many neighbours of each. */
  public NearestPolicy(Meaning meaning, int neighbours) {
    if (neighbours < 1) {
      throw new IllegalArgumentException("got %d neighbours; expected one at least".formatted(neighbours));
    }
    this.meaning = meaning;
    this.neighbours = neighbours;
  }

  /** Takes a question into account that models have answered. */
  public void learn(Outcome outcome) {
    Map<String, Double> values = new LinkedHashMap<>();
    outcome.answers().forEach((model, answer) -> values.put(model, answer.value()));
    past.add(new Past(outcome.query().id(), Point.of(meaning.of(outcome.query().text())), Map.copyOf(values)));
  }

  @Override
  public String name() {
    return "nearest:" + neighbours;
  }

  /**
   * @throws IllegalStateException when no model that can be asked has answered anything
   */
  @Override
  public Choice choose(Query query, Known known) {
    Point at = Point.of(meaning.of(query.text()));
    List<Near> nearest =
        past.stream()
            .filter(each -> !each.id.equals(query.id()))
            .map(each -> new Near(StrictMath.exp(SHARPNESS * (at.cosine(each.at) - 1)), each))
            .sorted(Comparator.comparingDouble((Near near) -> -near.weight).thenComparing(near -> near.past.id))
            .limit(neighbours)
            .toList();
    String best = "";
    double highest = Double.NEGATIVE_INFINITY;
    List<String> evidence = new ArrayList<>();
    for (String model : query.models()) {
      double weights = 0;
      double sum = 0;
      int n = 0;
      for (Near near : nearest) {
        Double value = near.past.values.get(model);
        if (value != null) {
          weights += near.weight;
          sum += near.weight * value;
          n++;
        }
      }
      if (n > 0) {
        evidence.add(String.format(Locale.ROOT, "neighbours/%s = %.4f %d", model, sum / weights, n));
      }
      if (n > 0 && sum / weights > highest) {
        highest = sum / weights;
        best = model;
      }
    }
    if (best.isEmpty()) {
      throw new IllegalStateException("no model of %s has answered a question like %s".formatted(query.models(), query.id()));
    }
    return Choice.of(best, "best of the %d nearest questions".formatted(nearest.size()), evidence);
  }
}
