package dev.assay.topology.tables;

import dev.assay.records.MetricRow;
import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import java.util.OptionalDouble;

/** Makes the row that outsiders read of a statistic. Pure: equal statistics give equal rows. */
final class Rows {
  private Rows() {}

  static MetricRow of(Sheet sheet, String metric, ExactStatistic statistic) {
    Series series = sheet.series();
    String unit = Metrics.unit(metric);
    OptionalDouble standardError = statistic.standardError();
    Interval interval = unit.equals(Metrics.UNIT_SHARE) ? ConfidenceSequence.of(statistic) : null;
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
        statistic.sumOfSquaresDecimal());
  }
}
