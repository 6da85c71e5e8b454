package dev.assay.cli.report;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.routing.Votes;
import dev.assay.topology.tables.Metrics;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a run's questions are: prompts = verdicts + dead letters + pending, a prompt counted once for each model it is put to.
 *
 * @param model the model, or {@code *} for all of them
 * @param prompts how many questions were put
 * @param verdicts how many are judged
 * @param deadLetters how many were given up
 */
public record Flow(String model, long prompts, long verdicts, long deadLetters) {

  /** The flow of each model of a run, in the order of their names. */
  public static List<Flow> byModel(Collection<MetricRow> rows) {
    return rows.stream()
        .filter(row -> row.getScope() == Scope.RUN)
        .collect(Collectors.groupingBy(MetricRow::getModel))
        .entrySet()
        .stream()
        .map(entry -> of(entry.getKey(), entry.getValue()))
        .filter(flow -> flow.prompts() + flow.verdicts() + flow.deadLetters() > 0)
        .sorted(Comparator.comparing(Flow::model))
        .toList();
  }

  /**
   * The flow of a whole run: of the models that are asked, not of virtual ones whose verdicts are made of theirs.
   *
   * @param asked the models of the run, {@code @router} among them where it was asked by name
   */
  public static Flow total(Collection<MetricRow> rows, Collection<String> asked) {
    return of(
        "*",
        rows.stream().filter(row -> row.getScope() == Scope.RUN && (!Votes.isVirtual(row.getModel()) || asked.contains(row.getModel()))).toList());
  }

  /** How many questions of a run both models of a pair may come to answer. */
  static long promptsOfBoth(Collection<MetricRow> rows, PairStanding pair) {
    return byModel(rows).stream()
        .filter(flow -> pair.first().startsWith(flow.model() + "@") || pair.second().startsWith(flow.model() + "@"))
        .mapToLong(Flow::prompts)
        .min()
        .orElse(pair.questions());
  }

  /** Questions that are neither judged nor given up. */
  public long pending() {
    return prompts - verdicts - deadLetters;
  }

  /** Questions that need no more work. */
  public long settled() {
    return verdicts + deadLetters;
  }

  private static Flow of(String model, List<MetricRow> rows) {
    return new Flow(model, count(rows, Metrics.FLOW_PROMPTS), count(rows, Metrics.FLOW_VERDICTS), count(rows, Metrics.FLOW_DEAD_LETTERS));
  }

  private static long count(List<MetricRow> rows, String metric) {
    return rows.stream().filter(row -> row.getMetric().equals(metric)).mapToLong(MetricRow::getN).sum();
  }
}
