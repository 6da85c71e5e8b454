package dev.assay.topology.tables;

import dev.assay.records.TaskType;
import dev.assay.topology.StoreKey;

/**
 * The finest part of a series that is counted by itself; its task's, its task type's and its run's rows are sums of slices.
 *
 * @param series whose
 * @param task the task; empty for flow counters
 * @param taskType name of the task type; empty for flow counters, which are of the whole run
 */
record Slice(Series series, String task, String taskType) {
  static Slice of(Series series, String task, TaskType taskType) {
    return new Slice(series, task, taskType.name());
  }

  static Slice flow(String run, String model) {
    return new Slice(new Series(run, model, "", ""), "", "");
  }

  boolean isFlow() {
    return taskType.isEmpty();
  }

  String key() {
    return series.key() + StoreKey.of(task, taskType);
  }

  void write(BinaryWriter out) {
    series.write(out);
    out.putString(task).putString(taskType);
  }

  static Slice read(BinaryReader in) {
    return new Slice(Series.read(in), in.getString(), in.getString());
  }
}
