package dev.assay.schemas;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a metric cell is of; its text is the key on {@code assay.metrics}, unique for each cell. */
public record MetricKey(
    String run, String model, String checkpoint, @Nullable String other, Scope scope, String task, String metric) {

  /** The key of a row. */
  public static MetricKey of(MetricRow row) {
    return new MetricKey(
        row.getRun(), row.getModel(), row.getCheckpoint(), row.getOther(), row.getScope(), row.getTask(), row.getMetric());
  }

  /** The parts joined by {@code |}, with {@code %} and {@code |} inside a part percent-encoded. */
  @Override
  public String toString() {
    return Stream.of(run, scope.name(), task, metric, model, checkpoint, other == null ? "" : other)
        .map(part -> part.replace("%", "%25").replace("|", "%7C"))
        .collect(Collectors.joining("|"));
  }
}
