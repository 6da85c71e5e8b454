package dev.assay.cli.report;

import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.Scope;
import dev.assay.records.TaskPlan;
import dev.assay.topology.tables.Metrics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Runs as a report: who stands where, and how every model did in every task. */
public final class RunPage {

  private static final String MISSING = "–";

  /** By which a task is shown when it has several scores: the first of these that it has, else the first by name. */
  private static final List<String> MAIN =
      List.of(Metrics.ACCURACY_MEAN_LOGPROB, "final_number_exact_match", "exact_match", "rouge_2");

  private RunPage() {}

  /**
   * The report of runs.
   *
   * @param wanted names of the runs
   * @param rows metric rows, of other runs too
   * @param announced the runs that are known by more than their rows
   */
  public static Page of(List<String> wanted, Collection<MetricRow> rows, Collection<Run> announced) {
    List<Page.Section> sections = new ArrayList<>();
    for (String run : wanted) {
      List<MetricRow> ofRun = rows.stream().filter(row -> row.getRun().equals(run)).toList();
      String prefix = wanted.size() == 1 ? "" : run + ": ";
      announced.stream().filter(known -> known.getName().equals(run)).map(known -> facts(prefix, known)).forEach(sections::add);
      leaderboards(prefix, ofRun).forEach(sections::add);
      tasks(prefix, ofRun).ifPresent(sections::add);
      decisions(prefix, ofRun).ifPresent(sections::add);
      pairs(prefix, ofRun).ifPresent(sections::add);
      sections.add(flow(prefix, ofRun));
    }
    return new Page("Run " + String.join(", ", wanted), sections);
  }

  private static Page.Section facts(String prefix, Run run) {
    List<List<String>> facts =
        List.of(
            List.of("begun", run.getCreatedAt().toString()),
            List.of("state", run.getState().name().toLowerCase(Locale.ROOT)),
            List.of("models", String.join(", ", run.getModels())),
            List.of("tasks", "%,d".formatted(run.getTasks().size())),
            List.of("questions", "%,d".formatted(run.getTasks().stream().mapToLong(TaskPlan::getPrompts).sum())),
            List.of("worked examples", Integer.toString(run.getShots())),
            List.of("orders of the options", run.getOrders()),
            List.of("seed", Long.toString(run.getSeed())),
            List.of("command", run.getNote()));
    return new Page.Section(prefix + "What was asked", List.of(), new Grid(List.of("", ""), 2, facts), Optional.empty());
  }

  /** A table a metric, the best model first. */
  private static Stream<Page.Section> leaderboards(String prefix, List<MetricRow> rows) {
    SortedMap<String, List<MetricRow>> byMetric = new TreeMap<>(order());
    rows.stream()
        .filter(row -> row.getScope() == Scope.RUN && isScore(row))
        .forEach(row -> byMetric.computeIfAbsent(row.getMetric(), _ -> new ArrayList<>()).add(row));
    return byMetric.entrySet().stream().map(entry -> leaderboard(prefix, entry.getKey(), entry.getValue()));
  }

  private static Page.Section leaderboard(String prefix, String metric, List<MetricRow> rows) {
    List<MetricRow> sorted =
        rows.stream().sorted(Comparator.comparingDouble(MetricRow::getMean).reversed().thenComparing(RunPage::name)).toList();
    List<List<String>> cells =
        sorted.stream()
            .map(
                row ->
                    List.of(
                        name(row),
                        "%,d".formatted(row.getN()),
                        number(row.getMean()),
                        number(row.getLow()),
                        number(row.getHigh()),
                        number(row.getStandardError()),
                        number(row.getStandardErrorClustered())))
            .toList();
    List<Page.Bar> bars = sorted.stream().map(row -> new Page.Bar(name(row), row.getMean(), row.getLow(), row.getHigh())).toList();
    return new Page.Section(
        prefix + title(metric),
        List.of(
            "Low and high are the ends of the 95 % confidence sequence, which holds however often one looks.",
            "Std. error: as if all questions were independent draws; by task: for tasks like these, whose questions are right or wrong together. Where both differ much, believe the second."),
        new Grid(List.of("model", "n", "mean", "low", "high", "std. error", "by task"), 1, cells),
        Optional.of(new Page.Picture.Bars("Mean with the 95 % confidence sequence", bars)));
  }

  /** Every model in every task, by the task's main score. */
  private static Optional<Page.Section> tasks(String prefix, List<MetricRow> rows) {
    SortedMap<String, Map<String, MetricRow>> byTask = new TreeMap<>();
    Map<String, String> metrics = new LinkedHashMap<>();
    List<MetricRow> scores = rows.stream().filter(row -> row.getScope() == Scope.TASK && isScore(row)).toList();
    scores.forEach(row -> metrics.merge(row.getTask(), row.getMetric(), (a, b) -> order().compare(a, b) <= 0 ? a : b));
    scores.stream()
        .filter(row -> row.getMetric().equals(metrics.get(row.getTask())))
        .forEach(row -> byTask.computeIfAbsent(row.getTask(), _ -> new TreeMap<>()).put(name(row), row));
    List<String> models = scores.stream().map(RunPage::name).distinct().sorted().toList();
    if (byTask.isEmpty()) {
      return Optional.empty();
    }
    List<List<String>> cells = new ArrayList<>();
    List<List<@Nullable Double>> values = new ArrayList<>();
    byTask.forEach(
        (task, byModel) -> {
          List<String> line = new ArrayList<>(List.of(task, metrics.getOrDefault(task, "")));
          List<@Nullable Double> means = new ArrayList<>();
          for (String model : models) {
            MetricRow row = byModel.get(model);
            line.add(row == null ? MISSING : interval(row));
            means.add(row == null ? null : row.getMean());
          }
          cells.add(line);
          values.add(means);
        });
    List<String> header = Stream.concat(Stream.of("task", "metric"), models.stream()).toList();
    return Optional.of(
        new Page.Section(
            prefix + "Tasks",
            List.of("After ± the standard error, in brackets the 95 % confidence sequence."),
            new Grid(header, 2, cells),
            Optional.of(new Page.Picture.HeatMap(List.copyOf(byTask.keySet()), models, values))));
  }

  /** Which of two models is better, in words, after how many questions. */
  private static Optional<Page.Section> decisions(String prefix, List<MetricRow> rows) {
    Names names = new Names(rows);
    List<List<String>> cells =
        PairStanding.of(rows).stream()
            .map(
                pair -> {
                  boolean firstLeads = pair.difference() >= 0;
                  String ahead = names.shown(firstLeads ? pair.first() : pair.second());
                  String behind = names.shown(firstLeads ? pair.second() : pair.first());
                  String after = " after %,d of %,d".formatted(pair.questions(), Flow.promptsOfBoth(rows, pair));
                  double sign = firstLeads ? 1 : -1;
                  double low = sign * (firstLeads ? pair.interval().low() : pair.interval().high());
                  double high = sign * (firstLeads ? pair.interval().high() : pair.interval().low());
                  return List.of(
                      pair.isDecided() ? ahead + " is better than " + behind + after : ahead + " and " + behind + ": open" + after,
                      String.format(Locale.ROOT, "%+.1f", 100 * sign * pair.difference()),
                      String.format(Locale.ROOT, "%+.1f", 100 * low),
                      String.format(Locale.ROOT, "%+.1f", 100 * high),
                      pair.corrected() < 0.0001 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", pair.corrected()));
                })
            .toList();
    return cells.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Page.Section(
                prefix + "Which is better",
                List.of(
                    "Difference of the first minus the second in points, on the questions that both answered, with the 95 % confidence sequence of this pair.",
                    "Decided at p ≤ %s, valid at every look and corrected over all pairs by Holm's procedure.".formatted(PairStanding.ALPHA)),
                new Grid(List.of("decision", "points", "low", "high", "p"), 1, cells),
                Optional.empty()));
  }

  private static Optional<Page.Section> pairs(String prefix, List<MetricRow> rows) {
    List<List<String>> cells =
        rows.stream()
            .filter(row -> row.getScope() == Scope.RUN && row.getOther() != null && row.getN() > 0 && row.getUnit().equals("share"))
            .sorted(Comparator.comparing(MetricRow::getMetric).thenComparing(RunPage::name).thenComparing(row -> String.valueOf(row.getOther())))
            .map(
                row ->
                    List.of(
                        name(row) + " and " + shortened(String.valueOf(row.getOther())),
                        row.getMetric().replace('_', ' '),
                        "%,d".formatted(row.getN()),
                        number(row.getMean())))
            .toList();
    return cells.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Page.Section(
                prefix + "Same answers",
                List.of("Same answer: over the questions that both answered; same wrong answer: over those that both got wrong."),
                new Grid(List.of("models", "", "n", "share"), 2, cells),
                Optional.empty()));
  }

  private static Page.Section flow(String prefix, List<MetricRow> rows) {
    List<List<String>> cells =
        Flow.byModel(rows).stream()
            .map(
                flow ->
                    List.of(
                        flow.model(),
                        "%,d".formatted(flow.prompts()),
                        "%,d".formatted(flow.verdicts()),
                        "%,d".formatted(flow.deadLetters()),
                        "%,d".formatted(flow.pending())))
            .toList();
    return new Page.Section(
        prefix + "Flow",
        List.of("Prompts = verdicts + dead letters + pending."),
        new Grid(List.of("model", "prompts", "verdicts", "dead letters", "pending"), 1, cells),
        Optional.empty());
  }

  private static boolean isScore(MetricRow row) {
    return row.getOther() == null
        && !row.getCheckpoint().isEmpty()
        && row.getN() > 0
        && row.getUnit().equals("share")
        && !Metrics.isOfCopy(row.getMetric())
        && (row.getMetric().equals(Metrics.ACCURACY_MEAN_LOGPROB) || !RunReport.OTHER_SHARES.contains(row.getMetric()));
  }

  /** Main scores first, in their order; the others by name. */
  static Comparator<String> order() {
    return Comparator.<String>comparingInt(metric -> MAIN.contains(metric) ? MAIN.indexOf(metric) : MAIN.size()).thenComparing(Comparator.naturalOrder());
  }

  private static String title(String metric) {
    return metric.equals(Metrics.ACCURACY_MEAN_LOGPROB) ? "Leaderboard: multiple choice, share of right answers" : "Leaderboard: " + metric;
  }

  private static String name(MetricRow row) {
    return shortened(row.getCheckpoint().isEmpty() ? row.getModel() : row.getModel() + "@" + row.getCheckpoint());
  }

  private static String shortened(String modelAtCheckpoint) {
    int at = modelAtCheckpoint.lastIndexOf('@');
    return at < 0 ? modelAtCheckpoint : modelAtCheckpoint.substring(0, Math.min(modelAtCheckpoint.length(), at + 1 + RunReport.SHOWN_HASH));
  }

  private static String interval(MetricRow row) {
    String mean = row.getStandardError() == null ? number(row.getMean()) : number(row.getMean()) + " ± " + number(row.getStandardError());
    return row.getLow() == null ? mean : "%s [%s, %s]".formatted(mean, number(row.getLow()), number(row.getHigh()));
  }

  private static String number(@Nullable Double value) {
    return value == null ? MISSING : String.format(Locale.ROOT, "%.3f", value);
  }
}
