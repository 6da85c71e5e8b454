package dev.assay.topology.routing.policy;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The model with the highest lower confidence bound at the task type, so that a model that was lucky on few questions does not win. The
 * route in force stays until another's lower bound is higher by {@code hysteresis}: two models that are equally good do not take turns.
 *
 * @param hysteresis by how much a challenger's lower bound must be higher, in [0, 1]
 */
public record TaskTypePolicy(double hysteresis) implements Policy {
  /** Half a point in a hundred. */
  public static final double DEFAULT_HYSTERESIS = 0.005;

  /**
   * @throws IllegalArgumentException if the hysteresis is no share
   */
  public TaskTypePolicy {
    if (!(hysteresis >= 0 && hysteresis <= 1)) {
      throw new IllegalArgumentException("got the hysteresis %s; expected a number in [0, 1]".formatted(hysteresis));
    }
  }

  /** The usual hysteresis. */
  public TaskTypePolicy() {
    this(DEFAULT_HYSTERESIS);
  }

  @Override
  public String name() {
    return "task-type";
  }

  /**
   * @throws IllegalStateException when no model that can be asked has answered anything of the kind
   */
  @Override
  public Choice choose(Query query, Known known) {
    List<Cell> cells = known.cells().stream().filter(cell -> query.models().contains(cell.model())).sorted(Cell.BEST_FIRST).toList();
    if (cells.isEmpty()) {
      throw new IllegalStateException("no model of %s has answered a question of %s yet".formatted(query.models(), query.taskType()));
    }
    Cell best = cells.getFirst();
    Optional<Cell> current = cells.stream().filter(cell -> known.inForce().filter(cell.model()::equals).isPresent()).findAny();
    boolean stays = current.isPresent() && best.interval().low() - current.get().interval().low() < hysteresis;
    Cell chosen = stays ? current.get() : best;
    String reason =
        chosen.equals(best)
            ? "the highest lower bound, %s".formatted(share(best.interval().low()))
            : "in force; the lower bound of %s is higher by %s only".formatted(best.model(), share(best.interval().low() - chosen.interval().low()));
    return Choice.of(chosen.model(), reason, cells.stream().map(Cell::words).toList());
  }

  /** The model that has answered least of those that can be asked: the one to explore. */
  public static Optional<Cell> leastKnown(List<Cell> cells) {
    return cells.stream().min(Comparator.comparingLong(Cell::n).thenComparing(Cell::model));
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
