package dev.assay.topology.routing.policy;

import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.Interval;
import java.util.Comparator;
import java.util.Locale;

/**
 * How well a model has done at a kind of question.
 *
 * @param key which cell of the tables this is
 * @param model the model
 * @param n how many values were counted
 * @param mean their mean, in [0, 1]
 * @param interval the 95 % confidence sequence
 */
public record Cell(String key, String model, long n, double mean, Interval interval) {
  /** The best first: by lower bound, then by mean, then by name. */
  public static final Comparator<Cell> BEST_FIRST =
      Comparator.comparingDouble((Cell cell) -> -cell.interval.low()).thenComparingDouble(cell -> -cell.mean).thenComparing(Cell::model);

  /** The cell of a model that got {@code sum} of {@code n} right. */
  public static Cell of(String key, String model, long n, double sum) {
    return new Cell(key, model, n, n == 0 ? 0 : sum / n, ConfidenceSequence.betaBinomialMixture(n, sum, ConfidenceSequence.ALPHA));
  }

  /** {@code key = mean [low, high] n}, as a route carries it. */
  public String words() {
    return String.format(Locale.ROOT, "%s = %.4f [%.4f, %.4f] %d", key, mean, interval.low(), interval.high(), n);
  }
}
