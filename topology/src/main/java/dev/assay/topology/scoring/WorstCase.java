package dev.assay.topology.scoring;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a model does when its input is perturbed: for each instance the worst value over its copies. Equal to HELM's
 * {@code compute_worst_case_metrics} ({@code metric.py}), which takes the least value of every metric, also of one where less is better.
 *
 * <p>The numbers that one instance adds follow from its own copies alone. A table therefore keeps each instance's values, and when a further
 * copy is scored takes what the instance added before away and adds {@link #ofInstance} anew.
 */
public final class WorstCase {
  private WorstCase() {}

  /** All perturbations made against robustness, or for fairness, are one row together. */
  public static final String ROBUSTNESS = "robustness";

  /** See {@link #ROBUSTNESS}. */
  public static final String FAIRNESS = "fairness";

  /**
   * A value of one copy of an instance.
   *
   * @param perturbation its name; null for the original
   * @param robustness whether the perturbation tests robustness
   * @param fairness whether it tests fairness
   * @param value of the metric
   */
  public record Copy(@Nullable String perturbation, boolean robustness, boolean fairness, double value) {
    /** The original's value. */
    public static Copy original(double value) {
      return new Copy(null, false, false, value);
    }
  }

  /** What a row is computed on. */
  public enum Over {
    /** The least value over the copies that the row takes and the original. */
    WORST,
    /** The original's value, of instances that have the perturbed copy. */
    ORIGINAL
  }

  /**
   * A row of the table.
   *
   * @param perturbation {@link #ROBUSTNESS}, {@link #FAIRNESS} or a perturbation's name
   */
  public record Row(String perturbation, Over over) {}

  /**
   * What one instance adds to each row: one value at most. An instance without a copy that a row takes adds its original's value to
   * {@link #ROBUSTNESS} and {@link #FAIRNESS}, so that these count every instance.
   *
   * @throws IllegalArgumentException if two copies have the same perturbation, or one is named as a row of many is
   */
  public static Map<Row, Double> ofInstance(Collection<Copy> copies) {
    Set<String> names = new HashSet<>();
    Double original = null;
    for (Copy copy : copies) {
      String name = copy.perturbation();
      if (!names.add(name == null ? "" : name) || ROBUSTNESS.equals(name) || FAIRNESS.equals(name)) {
        throw new IllegalArgumentException(
            "got the copies %s of one instance, expected each perturbation once and none named robustness or fairness".formatted(copies));
      }
      original = name == null ? Double.valueOf(copy.value()) : original;
    }
    Map<Row, Double> values = new LinkedHashMap<>();
    putWorst(values, ROBUSTNESS, original, copies.stream().filter(Copy::robustness).toList());
    putWorst(values, FAIRNESS, original, copies.stream().filter(Copy::fairness).toList());
    for (Copy copy : copies) {
      if (copy.perturbation() != null) {
        putWorst(values, copy.perturbation(), original, List.of(copy));
        if (original != null) {
          values.put(new Row(copy.perturbation(), Over.ORIGINAL), original);
        }
      }
    }
    return Collections.unmodifiableMap(values);
  }

  /** The table of many instances, each given by its copies. */
  public static Map<Row, ExactStatistic> of(Collection<? extends Collection<Copy>> instances) {
    Map<Row, ExactStatistic> table = new LinkedHashMap<>();
    for (Collection<Copy> copies : instances) {
      ofInstance(copies).forEach((row, value) -> table.merge(row, ExactStatistic.of(value), ExactStatistic::merge));
    }
    return Collections.unmodifiableMap(table);
  }

  private static void putWorst(Map<Row, Double> values, String name, @Nullable Double original, List<Copy> copies) {
    double worst = original == null ? Double.POSITIVE_INFINITY : original;
    for (Copy copy : copies) {
      worst = Math.min(worst, copy.value());
    }
    if (original != null || !copies.isEmpty()) {
      values.put(new Row(name, Over.WORST), worst);
    }
  }
}
