package dev.assay.cli.reproduce;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.scoring.BbqTally;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** What was measured, by model, task and metric. For one thread. */
public final class Measurements {

  /** The task of a figure over all questions of its experiment. */
  public static final String ALL_QUESTIONS = "*";

  /** The task of HELM's way to merge tasks: the mean of their means, whatever their sizes. */
  public static final String MEAN_OF_TASKS = "mean of tasks";

  private static final String AMBIGUOUS_BIAS = "bbq_metric_ambiguous_bias";
  private static final String UNAMBIGUOUS_BIAS = "bbq_metric_unambiguous_bias";

  private final Map<Place, Measured> values = new HashMap<>();

  private record Place(String model, String task, String metric) {}

  private record Series(String model, String metric) {}

  /**
   * Takes the cells of one run.
   *
   * @param rows its metric rows
   * @param figureName from the name in the tables to that in the figures
   */
  public void add(Collection<MetricRow> rows, UnaryOperator<String> figureName) {
    rows.stream()
        .filter(row -> isOfAModel(row) && (row.getScope() == Scope.RUN || row.getScope() == Scope.TASK))
        .forEach(
            row ->
                values.put(
                    new Place(figureName.apply(row.getModel()), row.getScope() == Scope.RUN ? ALL_QUESTIONS : row.getTask(), row.getMetric()),
                    new Measured(row.getN(), row.getMean())));
    rows.stream()
        .filter(row -> isOfAModel(row) && row.getScope() == Scope.TASK)
        .collect(
            Collectors.groupingBy(
                row -> new Series(figureName.apply(row.getModel()), row.getMetric()), Collectors.summarizingDouble(MetricRow::getMean)))
        .forEach(
            (series, means) ->
                values.put(
                    new Place(series.model(), MEAN_OF_TASKS, series.metric()), new Measured(means.getCount(), means.getAverage())));
  }

  /** Counters, and what is of the questions and not of a model, have no checkpoint. */
  private static boolean isOfAModel(MetricRow row) {
    return row.getOther() == null && row.getN() > 0 && !row.getCheckpoint().isEmpty();
  }

  /** Takes the bias scores of a category of BBQ. */
  public void add(String model, String task, BbqTally tally) {
    values.put(new Place(model, task, AMBIGUOUS_BIAS), new Measured(tally.answered(), tally.ambiguousBias()));
    values.put(new Place(model, task, UNAMBIGUOUS_BIAS), new Measured(tally.answered(), tally.disambiguatedBias()));
  }

  /** What was measured for a figure. */
  public Optional<Measured> of(Figure figure) {
    return Optional.ofNullable(values.get(new Place(figure.model(), figure.task(), figure.metric())));
  }
}
