package dev.assay.topology.tables;

import dev.assay.records.MetricRow;
import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.PairedDifference;
import dev.assay.topology.scoring.PairedOutcomes;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Makes the row that outsiders read of a statistic. Pure: equal statistics give equal rows. */
final class Rows {
  private Rows() {}

  static MetricRow of(Sheet sheet, String metric, ExactStatistic statistic, OptionalDouble clusteredError) {
    Series series = sheet.series();
    String unit = Metrics.unit(metric);
    OptionalDouble standardError = statistic.standardError();
    Interval interval = interval(unit, metric, statistic);
    return new MetricRow(
        series.run(),
        series.model(),
        series.checkpoint(),
        series.other().isEmpty() ? null : series.other(),
        sheet.scope(),
        sheet.task(),
        metric,
        unit,
        statistic.count(),
        statistic.mean(),
        standardError.isPresent() ? standardError.getAsDouble() : null,
        interval == null ? null : interval.low(),
        interval == null ? null : interval.high(),
        statistic.sumDecimal(),
        statistic.sumOfSquaresDecimal(),
        clusteredError.isPresent() ? clusteredError.getAsDouble() : null);
  }

  private static @Nullable Interval interval(String unit, String metric, ExactStatistic statistic) {
    return switch (unit) {
      case Metrics.UNIT_SHARE -> ConfidenceSequence.of(statistic);
      case Metrics.UNIT_DIFFERENCE ->
          metric.equals(Metrics.DIFFERENCE_RIGHT)
              ? PairedOutcomes.ofDifferences(statistic).confidenceSequence(ConfidenceSequence.ALPHA)
              : new PairedDifference(statistic).confidenceSequence(ConfidenceSequence.ALPHA);
      default -> null;
    };
  }
}
