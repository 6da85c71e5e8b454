package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The model that did best on the past questions nearest in meaning. Each neighbour weighs by how near it is; ties go to the model named first
 * in the query. The question itself, should it have been asked before, is none of its neighbours.
 */
public final class NearestPolicy implements Policy {
  /** Few enough to be near, many enough for the best model to show. */
  public static final int DEFAULT_NEIGHBOURS = 50;

  /** A neighbour at a cosine of 0.8 weighs a third of one at 1. */
  private static final double SHARPNESS = 5;

  /** Neighbours that the evidence names. */
  private static final int NAMED = 5;

  private final Meaning meaning;
  private final int neighbours;

  private record Near(double cosine, double weight, Outcome outcome) {}

  /** A policy that looks at so many neighbours of each question. */
  public NearestPolicy(Meaning meaning, int neighbours) {
    if (neighbours < 1) {
      throw new IllegalArgumentException("got %d neighbours; expected one at least".formatted(neighbours));
    }
    this.meaning = meaning;
    this.neighbours = neighbours;
  }

  @Override
  public String name() {
    return "nearest:" + neighbours;
  }

  @Override
  public boolean learns() {
    return true;
  }

  @Override
  public Meaning meaning() {
    return meaning;
  }

  /**
   * @throws IllegalStateException when the text is not known, or no model that can be asked has answered anything
   */
  @Override
  public Choice choose(Query query, Known known) {
    if (query.text().isBlank()) {
      throw new IllegalStateException("the text of %s has not come".formatted(query.id()));
    }
    List<Near> nearest = nearest(query, known.experience());
    String best = "";
    double highest = Double.NEGATIVE_INFINITY;
    List<String> evidence = new ArrayList<>();
    for (String model : query.models()) {
      double weights = 0;
      double sum = 0;
      int n = 0;
      for (Near near : nearest) {
        Outcome.Answered answer = near.outcome.answers().get(model);
        if (answer != null) {
          weights += near.weight;
          sum += near.weight * answer.value();
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
    nearest.stream().limit(NAMED).map(NearestPolicy::words).forEach(evidence::add);
    return Choice.of(best, "best of the %d nearest questions, of %d".formatted(nearest.size(), known.experience().size()), evidence);
  }

  private List<Near> nearest(Query query, Experience experience) {
    Point at = Point.of(meaning.of(query.text()));
    return experience.without(query.id()).stream()
        .map(
            past -> {
              double cosine = at.cosine(past.at());
              return new Near(cosine, StrictMath.exp(SHARPNESS * (cosine - 1)), past.outcome());
            })
        .sorted(Comparator.comparingDouble((Near near) -> -near.weight).thenComparing(near -> near.outcome.query().id()))
        .limit(neighbours)
        .toList();
  }

  private static String words(Near near) {
    String values =
        near.outcome.answers().entrySet().stream()
            .map(answer -> String.format(Locale.ROOT, "%s %.2f", answer.getKey(), answer.getValue().value()))
            .collect(Collectors.joining(", "));
    return String.format(Locale.ROOT, "neighbour/%s = %.4f (%s)", near.outcome.query().id(), near.cosine, values);
  }
}
