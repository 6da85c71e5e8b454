package dev.assay.topology.tables;

import dev.assay.records.Scope;
import dev.assay.topology.StoreKey;
import java.util.List;

/**
 * The finest part of a series that is counted by itself; its task's, its task type's, its skill's and its run's rows are sums of slices.
 *
 * @param series whose
 * @param scope TASK: of a task and a task type; RUN: flow counters; POSITION, CONFIDENCE: of a place that no wider row sums
 * @param task the task, or the place; empty for flow counters
 * @param taskType name of the task type; empty for all but tasks
 */
record Slice(Series series, Scope scope, String task, String taskType) {
  /** The model in whose name the questions themselves are counted. */
  static final String QUESTIONS = "*";

  private static final int SERIES_PARTS = 4;
  private static final int MODEL_PART = 1;

  /** A model's or a pair's part of a task. */
  static Slice of(Series series, String task, String taskType) {
    return new Slice(series, Scope.TASK, task, taskType);
  }

  static Slice flow(String run, String model) {
    return new Slice(new Series(run, model, "", ""), Scope.RUN, "", "");
  }

  /** A model's part of a place. */
  static Slice at(Series series, Scope scope, String place) {
    return new Slice(series, scope, place, "");
  }

  /** All models' answers to the questions of a task. */
  static Slice questions(String run, String task, String taskType) {
    return of(new Series(run, QUESTIONS, "", ""), task, taskType);
  }

  boolean isFlow() {
    return scope == Scope.RUN;
  }

  /** Whether the slice is looked at when a run is thought over and not while it moves: it may come later than the others. */
  boolean isAnalysis() {
    return isAnalysis(scope, series.model());
  }

  /** The same of a slice's key. */
  static boolean isAnalysis(String key) {
    List<String> parts = StoreKey.parts(key);
    return isAnalysis(Scope.valueOf(parts.get(SERIES_PARTS)), parts.get(MODEL_PART));
  }

  private static boolean isAnalysis(Scope scope, String model) {
    return scope == Scope.POSITION || scope == Scope.CONFIDENCE || model.equals(QUESTIONS);
  }

  String key() {
    return series.key() + StoreKey.of(scope.name(), task, taskType);
  }

  void write(BinaryWriter out) {
    series.write(out);
    out.putString(scope.name()).putString(task).putString(taskType);
  }

  static Slice read(BinaryReader in) {
    return new Slice(Series.read(in), Scope.valueOf(in.getString()), in.getString(), in.getString());
  }
}
