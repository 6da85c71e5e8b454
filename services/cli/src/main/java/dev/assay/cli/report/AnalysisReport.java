package dev.assay.cli.report;

import dev.assay.cli.terminal.TextTable;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.Calibration;
import dev.assay.topology.tables.Metrics;
import dev.assay.topology.tables.Reading;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Analyses of one run as text. All come from metric rows, which move with the run; two also read verdicts: HELM's calibration error, whose bins
 * depend on all answers at once, and the list of the hardest questions, which a table would need a row a question for.
 */
public final class AnalysisReport {

  private static final String NOTHING = "–";
  private static final String ALL_RUN = "*";
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final String VIRTUAL = "@";

  private final String run;
  private final List<MetricRow> rows;
  private final Names names;
  private final Supplier<StandingVerdicts> verdicts;
  private final int top;

  /**
   * The analyses of a run.
   *
   * @param rows metric rows, of other runs as well
   * @param verdicts the run's verdicts; asked for only when an analysis needs them
   * @param top how many questions are listed
   */
  public AnalysisReport(String run, Collection<MetricRow> rows, Supplier<StandingVerdicts> verdicts, int top) {
    this.run = run;
    this.rows = rows.stream().filter(row -> row.getRun().equals(run)).toList();
    this.names = new Names(this.rows);
    this.verdicts = verdicts;
    this.top = top;
  }

  /** The lines of one analysis; says so where there is nothing to tell. */
  public List<String> lines(Analysis analysis) {
    List<String> lines =
        switch (analysis) {
          case AGREEMENT -> agreement();
          case POSITIONS -> positions();
          case CALIBRATION -> calibration();
          case SKILLS -> skills();
          case COST -> cost();
          case QUESTIONS -> questions();
        };
    return lines.isEmpty() ? List.of("nothing to tell of " + analysis.name().toLowerCase(Locale.ROOT) + " in run " + run + " yet") : lines;
  }

  private List<String> agreement() {
    SortedMap<String, SortedMap<String, MetricRow>> same = pairs(Metrics.SAME_ANSWER);
    SortedMap<String, SortedMap<String, MetricRow>> sameWrong = pairs(Metrics.SAME_WRONG_ANSWER);
    if (same.isEmpty()) {
      return List.of();
    }
    List<String> models = Stream.concat(same.keySet().stream(), same.values().stream().flatMap(row -> row.keySet().stream())).distinct().sorted().toList();
    List<String> lines = new ArrayList<>();
    lines.add("Same answer, in % of the questions that both answered");
    lines.addAll(matrix(models, same));
    lines.add(mean(same, "questions that both answered"));
    lines.add("");
    lines.add("Same wrong answer, in % of the questions that both got wrong");
    lines.addAll(matrix(models, sameWrong));
    lines.add(mean(sameWrong, "questions that both got wrong"));
    return lines;
  }

  private SortedMap<String, SortedMap<String, MetricRow>> pairs(String metric) {
    SortedMap<String, SortedMap<String, MetricRow>> pairs = new TreeMap<>();
    rows.stream()
        .filter(row -> row.getScope() == Scope.RUN && row.getOther() != null && row.getMetric().equals(metric) && row.getN() > 0)
        .forEach(row -> pairs.computeIfAbsent(Names.full(row), _ -> new TreeMap<>()).put(String.valueOf(row.getOther()), row));
    return pairs;
  }

  private List<String> matrix(List<String> models, SortedMap<String, SortedMap<String, MetricRow>> pairs) {
    TextTable table = new TextTable().numbers("").words("model");
    IntStream.rangeClosed(1, models.size()).forEach(i -> table.numbers(Integer.toString(i)));
    for (int i = 0; i < models.size(); i++) {
      List<String> cells = new ArrayList<>(List.of(Integer.toString(i + 1), names.shown(models.get(i))));
      for (String other : models) {
        MetricRow row = pairs.getOrDefault(models.get(i), new TreeMap<>()).get(other);
        MetricRow mirrored = pairs.getOrDefault(other, new TreeMap<>()).get(models.get(i));
        cells.add(row != null ? percent(row.getMean()) : mirrored != null ? percent(mirrored.getMean()) : "");
      }
      table.row(cells);
    }
    return table.lines();
  }

  private static String mean(SortedMap<String, SortedMap<String, MetricRow>> pairs, String of) {
    List<MetricRow> all = pairs.values().stream().flatMap(row -> row.values().stream()).toList();
    double mean = all.stream().mapToDouble(MetricRow::getMean).average().orElse(0);
    long n = all.stream().mapToLong(MetricRow::getN).sum();
    double pooled = all.stream().mapToDouble(row -> row.getMean() * row.getN()).sum() / Math.max(1, n);
    return String.format(
        Locale.ROOT, "Mean over %,d pairs %.1f %%; over all %,d %s, counted once a pair, %.1f %%.", all.size(), 100 * mean, n, of, 100 * pooled);
  }

  private List<String> positions() {
    SortedMap<String, SortedMap<String, SortedMap<String, MetricRow>>> byModel = new TreeMap<>();
    rows.stream()
        .filter(row -> row.getScope() == Scope.POSITION && row.getN() > 0)
        .forEach(
            row -> {
              int slash = row.getMetric().lastIndexOf('/') + 1;
              String options = row.getTask().substring(row.getTask().lastIndexOf(' ') + 1);
              byModel
                  .computeIfAbsent("%2s\n%s\n%s".formatted(options, row.getMetric().substring(0, slash), Names.full(row)), _ -> new TreeMap<>())
                  .computeIfAbsent(row.getTask().substring(0, 1), _ -> new TreeMap<>())
                  .put(row.getMetric().substring(slash), row);
            });
    Map<Integer, TextTable> sums = new LinkedHashMap<>();
    Map<Integer, TextTable> counts = new LinkedHashMap<>();
    byModel.forEach(
        (key, cells) -> {
          String[] parts = key.split("\n", -1);
          int options = Integer.parseInt(parts[0].strip());
          PositionTable positions = new PositionTable(options, cells);
          positions.addSums(
              sums.computeIfAbsent(options, PositionTable::sums), names.shown(parts[2]), rule(parts[1]));
          positions.addCounts(counts.computeIfAbsent(options, PositionTable::counts), names.shown(parts[2]), rule(parts[1]));
        });
    List<String> lines = new ArrayList<>();
    sums.forEach(
        (options, table) -> {
          lines.add((lines.isEmpty() ? "" : "\n") + "Questions of %d options: positions chosen, in %%, against where the right option stood".formatted(options));
          lines.addAll(table.lines());
          lines.add("");
          lines.add("The same by where the right option stood");
          lines.addAll(counts.get(options).lines());
        });
    if (!lines.isEmpty()) {
      lines.add("");
      lines.add("RStd: standard deviation of the recalls of all positions in points; 0 when positions make no difference (Zheng et al., 2024).");
      lines.add("one: in the published order. each order: in every order asked for itself, a question's orders weighing as one. vote: after voting.");
    }
    return lines.stream().flatMap(String::lines).toList();
  }

  private static String rule(String prefix) {
    return switch (prefix) {
      case Metrics.CHOSEN_ONE -> "one";
      case Metrics.CHOSEN_EVERY_ORDER -> "each order";
      case Metrics.CHOSEN_VOTED -> "vote";
      default -> prefix;
    };
  }

  /**
   * What one model chose by one rule.
   *
   * @param options number of options
   * @param cells by the right option's letter and the chosen one's, or none
   */
  private record PositionTable(int options, SortedMap<String, SortedMap<String, MetricRow>> cells) {

    static TextTable sums(int options) {
      TextTable table = new TextTable().words("model").words("order").numbers("n");
      columns(options).forEach(letter -> table.numbers(letter.equals(Metrics.CHOSEN_NONE) ? letter : letter + " (right)"));
      return table.numbers("RStd");
    }

    static TextTable counts(int options) {
      TextTable table = new TextTable().words("model").words("order").words("right at").numbers("n");
      columns(options).forEach(table::numbers);
      return table;
    }

    private static List<String> columns(int options) {
      return Stream.concat(IntStream.range(0, options).mapToObj(i -> LETTERS.substring(i, i + 1)), Stream.of(Metrics.CHOSEN_NONE)).toList();
    }

    void addSums(TextTable table, String model, String rule) {
      List<String> row = new ArrayList<>(List.of(model, rule, count(n())));
      for (String letter : columns(options)) {
        double chosen = cells.keySet().stream().mapToDouble(right -> n(right) * share(right, letter)).sum() / n();
        row.add(letter.equals(Metrics.CHOSEN_NONE) ? percent(chosen) : "%s (%s)".formatted(percent(chosen), percent((double) n(letter) / n())));
      }
      OptionalDouble deviation = deviation();
      row.add(deviation.isPresent() ? percent(deviation.getAsDouble()) : NOTHING);
      table.row(row);
    }

    void addCounts(TextTable table, String model, String rule) {
      for (String right : cells.keySet()) {
        List<String> row = new ArrayList<>(List.of(model, rule, right, count(n(right))));
        columns(options).forEach(letter -> row.add(percent(share(right, letter))));
        table.row(row);
      }
    }

    private OptionalDouble deviation() {
      if (cells.size() < options) {
        return OptionalDouble.empty();
      }
      double[] recalls = cells.keySet().stream().mapToDouble(right -> share(right, right)).toArray();
      double mean = Arrays.stream(recalls).average().orElse(0);
      return OptionalDouble.of(Math.sqrt(Arrays.stream(recalls).map(recall -> (recall - mean) * (recall - mean)).sum() / recalls.length));
    }

    private long n() {
      return cells.keySet().stream().mapToLong(this::n).sum();
    }

    private long n(String right) {
      return cells.getOrDefault(right, new TreeMap<>()).values().stream().mapToLong(MetricRow::getN).max().orElse(0);
    }

    private double share(String right, String chosen) {
      MetricRow row = cells.getOrDefault(right, new TreeMap<>()).get(chosen);
      return row == null ? 0 : row.getMean();
    }
  }

  private List<String> calibration() {
    SortedMap<String, SortedMap<String, Map<String, MetricRow>>> byModel = new TreeMap<>();
    rows.stream()
        .filter(row -> row.getScope() == Scope.CONFIDENCE && row.getN() > 0)
        .forEach(
            row ->
                byModel
                    .computeIfAbsent(Names.full(row), _ -> new TreeMap<>())
                    .computeIfAbsent(row.getTask(), _ -> new LinkedHashMap<>())
                    .put(row.getMetric(), row));
    if (byModel.isEmpty()) {
      return List.of();
    }
    TextTable sums =
        new TextTable().words("model").numbers("n").numbers("confidence").numbers("right").numbers("ECE, fixed tenths").numbers("ECE, HELM's bins");
    TextTable bins = new TextTable().words("model").words("confidence in").numbers("n").numbers("mean confidence").numbers("right");
    byModel.forEach(
        (model, tenths) -> {
          long n = 0;
          double confidence = 0;
          double right = 0;
          double error = 0;
          for (Map.Entry<String, Map<String, MetricRow>> tenth : tenths.entrySet()) {
            MetricRow sure = tenth.getValue().get(Metrics.CONFIDENCE_MEAN_LOGPROB);
            MetricRow hits = tenth.getValue().get(Metrics.ACCURACY_MEAN_LOGPROB);
            if (sure != null && hits != null) {
              n += sure.getN();
              confidence += sum(sure);
              right += sum(hits);
              error += Math.abs(sum(sure) - sum(hits));
              bins.row(names.shown(model), tenth.getKey(), count(sure.getN()), percent(sure.getMean()), percent(hits.getMean()));
            }
          }
          if (n > 0 && tenths.values().stream().allMatch(AnalysisReport::isWithoutProbabilities)) {
            sums.row(names.shown(model), count(n), NOTHING, percent(right / n), NOTHING, NOTHING);
          } else if (n > 0) {
            sums.row(names.shown(model), count(n), percent(confidence / n), percent(right / n), percent(error / n), helmError(model));
          }
        });
    List<String> lines = new ArrayList<>();
    lines.add("Confidence in the option chosen by mean log-probability, and how often that was right, in %");
    lines.addAll(sums.lines());
    lines.add("");
    lines.addAll(bins.lines());
    lines.add("");
    lines.add(NOTHING + ": the model's answers came without probabilities, so that nothing tells how sure it was.");
    lines.add("ECE: mean distance between confidence and share of right answers, bins weighed by their answers. Fixed tenths: [0, 0.1], (0.1, 0.2] …, as");
    lines.add("running sums in the tables. HELM's bins hold equally many answers, so that they depend on all answers at once: read from the verdicts.");
    return lines;
  }

  /** A letter without its probability is as good as sure, and no letter as no confidence: neither tells how sure the model was. */
  private static boolean isWithoutProbabilities(Map<String, MetricRow> tenth) {
    MetricRow sure = tenth.get(Metrics.CONFIDENCE_MEAN_LOGPROB);
    return sure == null || sure.getMean() == 0 || sure.getMean() == 1;
  }

  private String helmError(String modelAtCheckpoint) {
    List<Reading> readings =
        verdicts.get().contestants().stream()
            .filter(contestant -> contestant.run().equals(run) && (contestant.model() + "@" + contestant.checkpoint()).equals(modelAtCheckpoint))
            .flatMap(contestant -> verdicts.get().of(contestant).values().stream())
            .map(Reading::of)
            .filter(reading -> reading.values().containsKey(Metrics.CONFIDENCE_MEAN_LOGPROB))
            .toList();
    if (readings.isEmpty()) {
      return NOTHING;
    }
    double[] confidences = readings.stream().mapToDouble(reading -> reading.values().getOrDefault(Metrics.CONFIDENCE_MEAN_LOGPROB, 0.0)).toArray();
    boolean[] right = new boolean[confidences.length];
    for (int i = 0; i < right.length; i++) {
      right[i] = readings.get(i).right() == Reading.Right.YES;
    }
    return percent(Calibration.of(confidences, right).ece10Bins());
  }

  private List<String> skills() {
    TextTable table = new TextTable().words("skill").words("model").words("metric").numbers("n").numbers("mean [95 % interval]").numbers("s.e.").numbers("s.e. by task");
    rows.stream()
        .filter(row -> row.getScope() == Scope.SKILL && row.getOther() == null && !row.getCheckpoint().isEmpty() && row.getN() > 0)
        .filter(row -> row.getMetric().equals(Metrics.ACCURACY_MEAN_LOGPROB) || RunReport.isTextScore(row))
        .sorted(
            Comparator.comparing(MetricRow::getTask).thenComparing(MetricRow::getMetric).thenComparing(MetricRow::getModel).thenComparing(MetricRow::getCheckpoint))
        .forEach(
            row ->
                table.row(
                    row.getTask().toLowerCase(Locale.ROOT),
                    names.shown(row),
                    row.getMetric(),
                    count(row.getN()),
                    interval(row),
                    points(row.getStandardError()),
                    points(row.getStandardErrorClustered())));
    List<String> lines = new ArrayList<>(table.lines());
    if (!lines.isEmpty()) {
      lines.add("");
      lines.add("knowledge: the answer was learned (knowledge, truthfulness). reasoning: it is worked out from the text (bias, summaries, maths, reasoning).");
    }
    return lines;
  }

  private List<String> cost() {
    SortedMap<String, Map<String, MetricRow>> byModel = new TreeMap<>();
    rows.stream()
        .filter(row -> row.getScope() == Scope.RUN && row.getOther() == null && !row.getCheckpoint().isEmpty() && row.getN() > 0)
        .forEach(row -> byModel.computeIfAbsent(Names.full(row), _ -> new LinkedHashMap<>()).put(row.getMetric(), row));
    TextTable table =
        new TextTable()
            .words("model")
            .numbers("answers")
            .numbers("tokens asked")
            .numbers("computed")
            .numbers("saved by sharing")
            .numbers("generated")
            .numbers("computed an answer")
            .numbers("computed a right one")
            .numbers("ms an answer")
            .numbers("seconds in all")
            .numbers("price")
            .numbers("of 1,000 answers")
            .numbers("of a right one");
    byModel.forEach(
        (model, metrics) -> {
          MetricRow answered = metrics.get(Metrics.ANSWERED);
          if (answered != null) {
            double asked = sum(metrics.get(Metrics.TOKENS_ASKED));
            double computed = sum(metrics.get(Metrics.TOKENS_COMPUTED));
            double right = sum(metrics.get(Metrics.ACCURACY_MEAN_LOGPROB));
            double micros = sum(metrics.get(Metrics.COMPUTE_MICROSECONDS));
            table.row(
                names.shown(model),
                count(answered.getN()),
                count((long) asked),
                count((long) computed),
                asked == 0 ? NOTHING : percent(1 - computed / asked) + " %",
                count((long) sum(metrics.get(Metrics.TOKENS_GENERATED))),
                count(Math.round(computed / answered.getN())),
                right == 0 ? NOTHING : count(Math.round(computed / right)),
                String.format(Locale.ROOT, "%,.1f", micros / 1000 / answered.getN()),
                String.format(Locale.ROOT, "%,.1f", micros / 1e6),
                price(metrics.get(Metrics.COST), 1),
                price(metrics.get(Metrics.COST), 1000.0 / answered.getN()),
                right == 0 ? NOTHING : price(metrics.get(Metrics.COST), 1 / right));
          }
        });
    List<String> lines = new ArrayList<>(table.lines());
    if (!lines.isEmpty()) {
      lines.add("");
      lines.add("price: in the currency of the model's prices (price-in, price-out: docs/remote.md); " + NOTHING + " where none is known. Right: multiple choice.");
    }
    return lines;
  }

  private static String price(@Nullable MetricRow millionths, double factor) {
    return millionths == null || millionths.getN() == 0 ? NOTHING : String.format(Locale.ROOT, "%,.4f", sum(millionths) / 1e6 * factor);
  }

  /**
   * One question over all models.
   *
   * @param prompt its id
   * @param task its task
   * @param source where it comes from
   * @param models how many models answered
   * @param wrong how many of them were wrong
   * @param answers how many different answers there are
   * @param commonest how many models gave the commonest
   */
  private record Question(String prompt, String task, String source, int models, int wrong, int answers, int commonest) {

    static final Comparator<Question> HARDEST =
        Comparator.comparingDouble((Question question) -> -(double) question.wrong / question.models)
            .thenComparingInt(question -> -question.models)
            .thenComparingInt(question -> -question.commonest)
            .thenComparing(Question::prompt);

    static final Comparator<Question> MOST_DISPUTED =
        Comparator.comparingInt((Question question) -> -question.answers)
            .thenComparingDouble(question -> (double) question.commonest / question.models)
            .thenComparingInt(question -> -question.models)
            .thenComparing(Question::prompt);

    static Question of(Verdict one, List<Reading> readings) {
      Map<Object, Long> given = readings.stream().collect(Collectors.groupingBy(Reading::given, Collectors.counting()));
      return new Question(
          one.getPrompt(),
          one.getTask(),
          one.getSource(),
          readings.size(),
          Math.toIntExact(readings.stream().filter(reading -> reading.right() == Reading.Right.NO).count()),
          given.size(),
          Math.toIntExact(given.values().stream().mapToLong(times -> times).max().orElse(0)));
    }
  }

  private List<String> questions() {
    List<Question> all = allQuestions();
    if (all.isEmpty()) {
      return List.of();
    }
    List<String> lines = new ArrayList<>();
    lines.add("Questions that two or more models answered, by task, in %");
    lines.addAll(questionsByTask());
    lines.add("");
    lines.add("Hardest: most models wrong; where all are, the most alike first");
    lines.addAll(list(all, Question.HARDEST));
    lines.add("");
    lines.add("Most disputed: most different answers, then the fewest for the commonest");
    lines.addAll(list(all, Question.MOST_DISPUTED));
    return lines;
  }

  private List<String> questionsByTask() {
    SortedMap<String, Map<String, MetricRow>> cells = new TreeMap<>();
    rows.stream()
        .filter(row -> row.getModel().equals(ALL_RUN) && (row.getScope() == Scope.TASK || row.getScope() == Scope.RUN) && row.getN() > 0)
        .forEach(
            row ->
                cells
                    .computeIfAbsent(row.getScope() == Scope.RUN ? "\uFFFFall" : row.getTask(), _ -> new LinkedHashMap<>())
                    .put(row.getMetric(), row));
    TextTable table = new TextTable().words("task").numbers("n").numbers("models wrong").numbers("all wrong").numbers("disputed");
    cells.forEach(
        (task, metrics) -> {
          MetricRow wrong = metrics.get(Metrics.QUESTION_WRONG);
          if (wrong != null) {
            table.row(
                task.replace("\uFFFF", ""),
                count(wrong.getN()),
                percent(wrong.getMean()),
                percent(metrics.get(Metrics.QUESTION_ALL_WRONG)),
                percent(metrics.get(Metrics.QUESTION_DISPUTED)));
          }
        });
    return table.lines();
  }

  private List<Question> allQuestions() {
    SortedMap<String, List<Verdict>> byPrompt = new TreeMap<>();
    verdicts.get().contestants().stream()
        .filter(contestant -> contestant.run().equals(run) && !contestant.model().startsWith(VIRTUAL))
        .flatMap(contestant -> verdicts.get().of(contestant).values().stream())
        .forEach(verdict -> byPrompt.computeIfAbsent(verdict.getPrompt(), _ -> new ArrayList<>()).add(verdict));
    List<Question> questions = new ArrayList<>();
    byPrompt.forEach(
        (prompt, all) -> {
          List<Reading> judged = all.stream().map(Reading::of).filter(reading -> reading.right() != Reading.Right.UNKNOWN).toList();
          if (judged.size() > 1) {
            questions.add(Question.of(all.getFirst(), judged));
          }
        });
    return questions;
  }

  private List<String> list(List<Question> questions, Comparator<Question> order) {
    TextTable table =
        new TextTable().words("question").words("task").numbers("models").numbers("wrong").numbers("answers").numbers("commonest").words("from");
    questions.stream()
        .sorted(order)
        .limit(top)
        .forEach(
            question ->
                table.row(
                    question.prompt,
                    question.task,
                    Integer.toString(question.models),
                    Integer.toString(question.wrong),
                    Integer.toString(question.answers),
                    Integer.toString(question.commonest),
                    question.source));
    return table.lines();
  }

  private static double sum(@Nullable MetricRow row) {
    return row == null ? 0 : new BigDecimal(row.getSum()).doubleValue();
  }

  private static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }

  private static String percent(@Nullable MetricRow row) {
    return row == null ? NOTHING : percent(row.getMean());
  }

  private static String points(@Nullable Double error) {
    return error == null ? NOTHING : String.format(Locale.ROOT, "%.1f", 100 * error);
  }

  private static String interval(MetricRow row) {
    return row.getLow() == null || row.getHigh() == null
        ? percent(row)
        : String.format(Locale.ROOT, "%.1f [%4.1f, %5.1f]", 100 * row.getMean(), 100 * row.getLow(), 100 * row.getHigh());
  }
}
