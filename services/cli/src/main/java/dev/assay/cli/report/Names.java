package dev.assay.cli.report;

import dev.assay.records.MetricRow;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Models as tables show them: by name, and where one answered with several checkpoints, with the beginning of the checkpoint's hash. */
final class Names {

  private final Map<String, Set<String>> checkpoints = new TreeMap<>();

  /** The names in some rows. */
  Names(Collection<MetricRow> rows) {
    rows.stream()
        .filter(row -> !row.getCheckpoint().isEmpty())
        .forEach(row -> checkpoints.computeIfAbsent(row.getModel(), _ -> new TreeSet<>()).add(row.getCheckpoint()));
  }

  /** A model by its name in full. */
  String shown(String modelAtCheckpoint) {
    int at = modelAtCheckpoint.lastIndexOf('@');
    String model = at < 0 ? modelAtCheckpoint : modelAtCheckpoint.substring(0, at);
    return checkpoints.getOrDefault(model, Set.of()).size() < 2
        ? model
        : modelAtCheckpoint.substring(0, Math.min(modelAtCheckpoint.length(), at + 1 + RunReport.SHOWN_HASH));
  }

  /** The model of a row. */
  String shown(MetricRow row) {
    return shown(full(row));
  }

  /** The model of a row as {@code model@checkpoint}. */
  static String full(MetricRow row) {
    return row.getModel() + "@" + row.getCheckpoint();
  }
}
