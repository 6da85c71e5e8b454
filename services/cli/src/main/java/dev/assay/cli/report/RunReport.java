package dev.assay.cli.report;

import dev.assay.cli.terminal.TextTable;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.tables.Metrics;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one run as text.
 *
 * @param run name of the run
 * @param rows the run's metric rows
 */
public record RunReport(String run, List<MetricRow> rows) {

  private static final String NOTHING = "–";

  /** Characters of a checkpoint's hash that tell a model's checkpoints apart. */
  static final int SHOWN_HASH = 8;

  /** Metrics of a verdict that are no score of a text. */
  static final Set<String> OTHER_SHARES =
      Set.of(
          Metrics.ACCURACY_ONE,
          Metrics.ACCURACY_MAX_VOTE,
          Metrics.ACCURACY_MEAN_LOGPROB,
          Metrics.ACCURACY_EVERY_ORDER,
          Metrics.CONFIDENCE_ONE,
          Metrics.CONFIDENCE_MEAN_LOGPROB,
          Metrics.CHANGED_HELPED,
          Metrics.CHANGED_HURT,
          Metrics.SAME_ANSWER,
          Metrics.SAME_WRONG_ANSWER,
          Metrics.ACCURACY_VOTED,
          Metrics.CONFIDENCE_VOTED,
          Metrics.VOTING_CERTIFIED);

  /** Keeps the rows of the run. */
  public RunReport {
    rows = rows.stream().filter(row -> row.getRun().equals(run)).toList();
  }

  /** The report of a run out of the rows of many. */
  public static RunReport of(String run, Collection<MetricRow> rows) {
    return new RunReport(run, List.copyOf(rows));
  }

  /** Everything that the tables say of the run. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    section(lines, "Multiple choice, share of right answers in % [95 % interval]", choices(Set.of(Scope.TASK, Scope.TASK_TYPE, Scope.RUN)));
    section(lines, "Generated text [95 % interval]", texts());
    section(lines, "Perturbed copies of questions [95 % interval]; 'assay report --layout challenge' has the worst over the copies", copies());
    section(lines, "What voting changed, against the published order", voting());
    section(lines, "Two models", agreement());
    section(lines, "Which is better, valid at any look [95 % interval of each pair; p corrected over all pairs by Holm's procedure]", decisions());
    section(lines, "Flow: prompts = verdicts + dead letters + pending", flow());
    return lines;
  }

  /** The multiple-choice table without its tasks; small enough to be looked at while it moves. */
  public List<String> overview() {
    return choices(Set.of(Scope.RUN));
  }

  /** Prompts, verdicts, dead letters and pending of each model. */
  public List<String> flow() {
    TextTable table = new TextTable().words("model").numbers("prompts").numbers("verdicts").numbers("dead letters").numbers("pending");
    Flow.byModel(rows).forEach(flow -> table.row(cells(flow)));
    return table.lines();
  }

  /** How each model's multiple-choice answers fared, by task, task type and over all. */
  List<String> choices(Set<Scope> scopes) {
    Names names = new Names(rows);
    TextTable table =
        new TextTable()
            .words("task")
            .words("model")
            .numbers("n")
            .numbers("one order")
            .numbers("max-vote")
            .numbers(isVotedByARuleOfItsOwn() ? "run's rule" : "mean log-prob.")
            .numbers("s.e.")
            .numbers("by task")
            .numbers("every order")
            .numbers("orders")
            .numbers("tokens");
    cellsByPlace(scopes)
        .forEach(
            (place, metrics) -> {
              MetricRow one = metrics.get(Metrics.ACCURACY_ONE);
              if (one != null && one.getN() > 0) {
                table.row(
                    place.label(),
                    names.shown(place.modelAtCheckpoint()),
                    count(one.getN()),
                    share(one),
                    share(metrics.get(Metrics.ACCURACY_MAX_VOTE)),
                    share(decided(metrics)),
                    error(decided(metrics), MetricRow::getStandardError),
                    error(decided(metrics), MetricRow::getStandardErrorClustered),
                    percent(metrics.get(Metrics.ACCURACY_EVERY_ORDER)),
                    each(metrics.get(Metrics.ORDERS_ASKED)),
                    sum(metrics.get(Metrics.TOKENS_COMPUTED)));
              }
            });
    return table.lines();
  }

  private static @Nullable MetricRow decided(Map<String, MetricRow> metrics) {
    return metrics.containsKey(Metrics.ACCURACY_VOTED) ? metrics.get(Metrics.ACCURACY_VOTED) : metrics.get(Metrics.ACCURACY_MEAN_LOGPROB);
  }

  /** Whether the run was asked adaptively or with a prior; what it decided then takes the place of the mean over the orders asked. */
  private boolean isVotedByARuleOfItsOwn() {
    return rows.stream().anyMatch(row -> row.getMetric().equals(Metrics.ACCURACY_VOTED));
  }

  private List<String> texts() {
    Names names = new Names(rows);
    TextTable table = new TextTable().words("task").words("model").numbers("n").words("metric").numbers("mean");
    cellsByPlace(Set.of(Scope.TASK))
        .forEach(
            (place, metrics) ->
                metrics.values().stream()
                    .filter(row -> row.getN() > 0 && isTextScore(row))
                    .forEach(row -> table.row(place.label(), names.shown(place.modelAtCheckpoint()), count(row.getN()), row.getMetric(), fraction(row))));
    return table.lines();
  }

  /** The scores of perturbed copies, each perturbation by itself, of choices those in the published order of the options. */
  private List<String> copies() {
    TextTable table = new TextTable().words("task").words("model").numbers("n").words("metric ~ perturbation").numbers("mean");
    Names names = new Names(rows);
    cellsByPlace(Set.of(Scope.TASK, Scope.RUN))
        .forEach(
            (place, metrics) ->
                metrics.values().stream()
                    .filter(row -> row.getN() > 0 && isShownOfCopy(row.getMetric()))
                    .forEach(row -> table.row(place.label(), names.shown(place.modelAtCheckpoint()), count(row.getN()), row.getMetric(), fraction(row))));
    return table.lines();
  }

  private static boolean isShownOfCopy(String metric) {
    return Metrics.isOfCopy(metric)
        && (metric.startsWith(Metrics.ACCURACY_ONE) || OTHER_SHARES.stream().noneMatch(metric::startsWith));
  }

  private List<String> voting() {
    Names names = new Names(rows);
    TextTable table = new TextTable().words("model").numbers("n").numbers("helped").numbers("hurt").numbers("gain");
    cellsByPlace(Set.of(Scope.RUN))
        .forEach(
            (place, metrics) -> {
              MetricRow helped = metrics.get(Metrics.CHANGED_HELPED);
              MetricRow hurt = metrics.get(Metrics.CHANGED_HURT);
              if (helped != null && hurt != null && helped.getN() > 0) {
                table.row(names.shown(place.modelAtCheckpoint()), count(helped.getN()), sum(helped), sum(hurt), gain(helped, hurt));
              }
            });
    return table.lines();
  }

  private List<String> agreement() {
    Names names = new Names(rows);
    TextTable table = new TextTable().words("models").words("").numbers("n").numbers("share in %");
    rows.stream()
        .filter(row -> row.getScope() == Scope.RUN && row.getOther() != null && row.getN() > 0 && !row.getMetric().startsWith(Metrics.DIFFERENCE))
        .sorted(Comparator.comparing(MetricRow::getModel).thenComparing(RunReport::other).thenComparing(MetricRow::getMetric))
        .forEach(
            row ->
                table.row(
                    names.shown(row) + " and " + names.shown(other(row)),
                    row.getMetric().equals(Metrics.SAME_WRONG_ANSWER)
                        ? "the same wrong answer, where both are wrong"
                        : "the same answer, where both answered",
                    count(row.getN()),
                    share(row)));
    return table.lines();
  }

  private List<String> decisions() {
    Names names = new Names(rows);
    TextTable table = new TextTable().words("models").numbers("after").numbers("of").numbers("difference in points").numbers("p").words("");
    for (PairStanding pair : PairStanding.of(rows)) {
      String better = names.shown(pair.difference() < 0 ? pair.second() : pair.first());
      table.row(
          names.shown(pair.first()) + " and " + names.shown(pair.second()),
          count(pair.questions()),
          count(Flow.promptsOfBoth(rows, pair)),
          String.format(
              Locale.ROOT, "%+.1f [%+5.1f, %+5.1f]", 100 * pair.difference(), 100 * pair.interval().low(), 100 * pair.interval().high()),
          pair.corrected() < 0.0001 ? "<0.0001" : String.format(Locale.ROOT, "%.4f", pair.corrected()),
          pair.isDecided() ? better + " is better" : "open");
    }
    return table.lines();
  }

  private Map<Place, Map<String, MetricRow>> cellsByPlace(Set<Scope> scopes) {
    return rows.stream()
        .filter(row -> scopes.contains(row.getScope()) && row.getOther() == null && !row.getCheckpoint().isEmpty())
        .collect(
            Collectors.groupingBy(
                row -> new Place(row.getScope(), row.getTask(), row.getModel() + "@" + row.getCheckpoint()),
                TreeMap::new,
                Collectors.toMap(MetricRow::getMetric, row -> row, (first, _) -> first, TreeMap::new)));
  }

  /** Whether a row is of a score that prompts named for their texts. */
  static boolean isTextScore(MetricRow row) {
    return row.getUnit().equals("share") && !OTHER_SHARES.contains(row.getMetric()) && !Metrics.isOfCopy(row.getMetric());
  }

  private static void section(List<String> lines, String heading, List<String> table) {
    if (!table.isEmpty()) {
      lines.add("");
      lines.add(heading);
      lines.addAll(table);
    }
  }

  private static List<String> cells(Flow flow) {
    return List.of(flow.model(), count(flow.prompts()), count(flow.verdicts()), count(flow.deadLetters()), count(flow.pending()));
  }

  private static String other(MetricRow row) {
    return Optional.ofNullable(row.getOther()).orElse("");
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String each(@Nullable MetricRow row) {
    return row == null || row.getN() == 0 ? NOTHING : String.format(Locale.ROOT, "%.1f", row.getMean());
  }

  private static String sum(@Nullable MetricRow row) {
    return row == null ? NOTHING : count(new BigDecimal(row.getSum()).setScale(0, RoundingMode.HALF_UP).longValueExact());
  }

  private static String gain(MetricRow helped, MetricRow hurt) {
    return String.format(Locale.ROOT, "%+.1f points", 100 * (helped.getMean() - hurt.getMean()));
  }

  private static String percent(@Nullable MetricRow row) {
    return row == null || row.getN() == 0 ? NOTHING : String.format(Locale.ROOT, "%.1f", 100 * row.getMean());
  }

  private static String error(@Nullable MetricRow row, Function<MetricRow, @Nullable Double> which) {
    Double error = row == null ? null : which.apply(row);
    return error == null ? NOTHING : String.format(Locale.ROOT, "%.1f", 100 * error);
  }

  private static String share(@Nullable MetricRow row) {
    if (row == null || row.getLow() == null || row.getHigh() == null) {
      return percent(row);
    }
    return String.format(Locale.ROOT, "%.1f [%4.1f, %5.1f]", 100 * row.getMean(), 100 * row.getLow(), 100 * row.getHigh());
  }

  private static String fraction(MetricRow row) {
    if (row.getLow() == null || row.getHigh() == null) {
      return String.format(Locale.ROOT, "%.3f", row.getMean());
    }
    return String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", row.getMean(), row.getLow(), row.getHigh());
  }

  /** Where a row of the table stands: tasks first, then their types, then the whole. */
  private record Place(Scope scope, String task, String modelAtCheckpoint) implements Comparable<Place> {

    private static final Comparator<Place> ORDER =
        Comparator.<Place, Integer>comparing(place -> place.scope() == Scope.TASK ? 0 : place.scope() == Scope.TASK_TYPE ? 1 : 2)
            .thenComparing(Place::task)
            .thenComparing(Place::modelAtCheckpoint);

    String label() {
      return switch (scope) {
        case TASK, POSITION, CONFIDENCE -> task;
        case TASK_TYPE, SKILL -> "all " + task.toLowerCase(Locale.ROOT);
        case RUN -> "all";
      };
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }
}
