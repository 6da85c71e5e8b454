package dev.assay.cli.report;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.MultipleComparisons;
import dev.assay.topology.scoring.PairedDifference;
import dev.assay.topology.scoring.PairedOutcomes;
import dev.assay.topology.tables.Metrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where two models of a run stand against each other over all of it, by the tables alone and valid at every look.
 *
 * @param first the first model as {@code model@checkpoint}
 * @param second the second
 * @param metric by what: {@code difference/right}, or the first score by name where no answer is right or wrong
 * @param questions questions that both answered
 * @param difference first minus second
 * @param interval the 95 % sequence of this pair alone
 * @param pValue of "no difference", of this pair alone
 * @param corrected the same over all pairs of the run, by Holm's procedure
 */
public record PairStanding(
    String first, String second, String metric, long questions, double difference, Interval interval, double pValue, double corrected) {

  /** The chance of ever calling any two equal models of a run different. */
  public static final double ALPHA = 0.05;

  /** The pairs of a run that have a common metric, by their names. */
  public static List<PairStanding> of(Collection<MetricRow> rows) {
    SortedMap<String, MetricRow> pairs = new TreeMap<>();
    rows.stream()
        .filter(row -> row.getScope() == Scope.RUN && row.getOther() != null && row.getN() > 0 && row.getMetric().startsWith(Metrics.DIFFERENCE))
        .sorted(Comparator.comparing(PairStanding::preference))
        .forEach(row -> pairs.putIfAbsent(name(row) + "\n" + row.getOther(), row));
    List<PairStanding> alone = pairs.values().stream().map(PairStanding::alone).toList();
    List<Double> corrected = MultipleComparisons.holm(alone.stream().map(PairStanding::pValue).toList());
    List<PairStanding> all = new ArrayList<>();
    for (int i = 0; i < alone.size(); i++) {
      all.add(alone.get(i).withCorrected(corrected.get(i)));
    }
    return all;
  }

  /** Whether one of both is better, over all pairs and looks together. */
  public boolean isDecided() {
    return corrected <= ALPHA;
  }

  /** The same pair with another p-value over all pairs. */
  public PairStanding withCorrected(double value) {
    return new PairStanding(first, second, metric, questions, difference, interval, pValue, value);
  }

  private static PairStanding alone(MetricRow row) {
    ExactStatistic differences = ExactStatistic.ofDecimals(row.getN(), row.getSum(), row.getSumOfSquares());
    boolean right = row.getMetric().equals(Metrics.DIFFERENCE_RIGHT);
    double pValue =
        right ? PairedOutcomes.ofDifferences(differences).anytimePValue() : new PairedDifference(differences).anytimePValue();
    Interval interval =
        right
            ? PairedOutcomes.ofDifferences(differences).confidenceSequence(ALPHA)
            : new PairedDifference(differences).confidenceSequence(ALPHA);
    return new PairStanding(
        name(row), String.valueOf(row.getOther()), row.getMetric(), row.getN(), row.getMean(), interval, pValue, pValue);
  }

  private static String preference(MetricRow row) {
    return row.getMetric().equals(Metrics.DIFFERENCE_RIGHT) ? "" : row.getMetric();
  }

  private static String name(MetricRow row) {
    return row.getModel() + "@" + row.getCheckpoint();
  }
}
