package dev.assay.topology.tables;

import dev.assay.records.Scope;
import dev.assay.records.TaskType;
import dev.assay.topology.StoreKey;
import dev.assay.topology.scoring.TaskTyping;
import java.util.List;

/**
 * The rows of one series over one scope: what is written to the metrics topic together.
 *
 * @param series whose
 * @param scope over what
 * @param task the task, the task type's or the skill's name, {@code *} for the run, or a place
 */
record Sheet(Series series, Scope scope, String task) {
  private static final String WHOLE_RUN = "*";

  /** The sheets that a slice is part of; the widest first, since most readers look at it first. */
  static List<Sheet> of(Slice slice) {
    Series series = slice.series();
    return switch (slice.scope()) {
      case RUN -> List.of(new Sheet(series, Scope.RUN, WHOLE_RUN));
      case POSITION, CONFIDENCE -> List.of(new Sheet(series, slice.scope(), slice.task()));
      case TASK -> {
        Sheet run = new Sheet(series, Scope.RUN, WHOLE_RUN);
        Sheet type = new Sheet(series, Scope.TASK_TYPE, slice.taskType());
        Sheet task = new Sheet(series, Scope.TASK, slice.task());
        // Ten models have 45 pairs: what they agree on by skill can be told from their task types.
        yield series.other().isEmpty() ? List.of(run, type, new Sheet(series, Scope.SKILL, skill(slice)), task) : List.of(run, type, task);
      }
      case TASK_TYPE, SKILL -> throw new IllegalStateException("nothing is counted by " + slice.scope());
    };
  }

  private static String skill(Slice slice) {
    return TaskTyping.skillOf(TaskType.valueOf(slice.taskType())).name();
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
