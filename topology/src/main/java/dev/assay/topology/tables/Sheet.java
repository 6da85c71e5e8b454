package dev.assay.topology.tables;

import dev.assay.records.Scope;
import dev.assay.topology.StoreKey;
import java.util.List;

/**
 * The rows of one series over one scope: what is written to the metrics topic together.
 *
 * @param series whose
 * @param scope over what
 * @param task the task, the task type's name, or {@code *} for the run
 */
record Sheet(Series series, Scope scope, String task) {
  private static final String WHOLE_RUN = "*";

  /** The sheets that a slice is part of; the widest first, since most readers look at it first. */
  static List<Sheet> of(Slice slice) {
    Sheet run = new Sheet(slice.series(), Scope.RUN, WHOLE_RUN);
    return slice.isFlow()
        ? List.of(run)
        : List.of(
            run,
            new Sheet(slice.series(), Scope.TASK_TYPE, slice.taskType()),
            new Sheet(slice.series(), Scope.TASK, slice.task()));
  }

  String key() {
    return series.key() + StoreKey.of(scope.name(), task);
  }

  /** Reads what {@link #key} gave. */
  static Sheet ofKey(String key) {
    List<String> parts = StoreKey.parts(key);
    Series series = new Series(parts.get(0), parts.get(1), parts.get(2), parts.get(3));
    return new Sheet(series, Scope.valueOf(parts.get(4)), parts.get(5));
  }
}
