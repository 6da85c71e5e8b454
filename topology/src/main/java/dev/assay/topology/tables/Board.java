package dev.assay.topology.tables;

import dev.assay.records.Scope;
import dev.assay.records.TaskType;
import dev.assay.topology.scoring.ClusteredError;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.TaskTyping;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * All sheets of one series. A task's tallies are kept by task type, so that every wider sheet knows what each task gave it: the clusters of
 * its standard error. For one thread.
 */
final class Board {
  private final Map<Sheet, Tally> wide = new HashMap<>();
  private final Map<String, Map<String, Tally>> tasks = new HashMap<>();

  /** Takes a slice's new tally into account, and its earlier one out. */
  void replace(Slice slice, Tally before, Tally now) {
    if (slice.scope() == Scope.TASK) {
      replace(tasks.computeIfAbsent(slice.task(), _ -> new HashMap<>()).computeIfAbsent(slice.taskType(), _ -> new Tally()), before, now);
    }
    for (Sheet sheet : Sheet.of(slice)) {
      if (sheet.scope() != Scope.TASK) {
        replace(wide.computeIfAbsent(sheet, _ -> new Tally()), before, now);
      }
    }
  }

  /** What a sheet holds; nothing of a strange one. */
  Tally tally(Sheet sheet) {
    if (sheet.scope() != Scope.TASK) {
      return wide.getOrDefault(sheet, new Tally());
    }
    Tally all = new Tally();
    tasks.getOrDefault(sheet.task(), Map.of()).values().forEach(all::add);
    return all;
  }

  /** The standard error by task of a metric of a sheet; empty where the sheet has not two tasks. */
  OptionalDouble clusteredError(Sheet sheet, String metric) {
    Predicate<String> holds =
        switch (sheet.scope()) {
          case RUN -> _ -> true;
          case TASK_TYPE -> sheet.task()::equals;
          case SKILL -> type -> TaskTyping.skillOf(TaskType.valueOf(type)).name().equals(sheet.task());
          case TASK, POSITION, CONFIDENCE -> _ -> false;
        };
    List<ExactStatistic> clusters = tasks.values().stream().flatMap(types -> cluster(types, holds, metric)).toList();
    return clusters.size() < 2 ? OptionalDouble.empty() : ClusteredError.of(clusters).clustered();
  }

  private static Stream<ExactStatistic> cluster(Map<String, Tally> types, Predicate<String> holds, String metric) {
    ExactStatistic cluster = ExactStatistic.EMPTY;
    for (Map.Entry<String, Tally> type : types.entrySet()) {
      ExactStatistic part = type.getValue().statistics().get(metric);
      if (part != null && holds.test(type.getKey())) {
        cluster = cluster.merge(part);
      }
    }
    return cluster.count() == 0 ? Stream.empty() : Stream.of(cluster);
  }

  private static void replace(Tally total, Tally before, Tally now) {
    total.subtract(before);
    total.add(now);
  }
}
