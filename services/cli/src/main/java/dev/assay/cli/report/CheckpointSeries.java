package dev.assay.cli.report;

import dev.assay.records.Verdict;
import dev.assay.topology.routing.policy.Cell;
import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.MultipleComparisons;
import dev.assay.topology.tables.Reading;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a training's checkpoints fared, step by step, whatever order they came in.
 *
 * <p>Whether a checkpoint is worse than an earlier one is asked again and again: at every checkpoint, of every benchmark, against every earlier
 * one, and at every look. All of that together may raise a false alarm in one training of twenty. The p-values hold at every look; those of one
 * checkpoint against all before it on all benchmarks are corrected by Holm's procedure; and the i-th checkpoint may spend 1 / (i (i + 1)) of
 * the 5 %, which add up to all of it however long the training goes on. A pair is compared on the questions that both answered. Pure.
 *
 * @param points the base, if it was asked, and the checkpoints by step
 * @param cells by point, then benchmark, then metric
 * @param best of each task type and metric
 */
public record CheckpointSeries(List<Point> points, List<Value> cells, List<Best> best) {

  private static final double ALPHA = 0.05;
  private static final String MISSING = "–";
  private static final String STARTER = "starter";

  /**
   * A place in the series.
   *
   * @param version who
   * @param isConflict whether other files had the same name
   * @param label its name, with its version where that is needed to tell it from others
   */
  public record Point(TrainedVersion version, boolean isConflict, String label) {}

  /**
   * A checkpoint against one before it.
   *
   * @param point place of the other in the series
   * @param sample on the questions that both answered, this one minus the other
   * @param corrected the p-value, corrected as this class says; 1 for a metric that is not the benchmark's main one
   */
  public record Against(int point, PairedSample sample, double corrected) {
    /** Significantly worse. */
    public boolean isWorse() {
      return corrected <= ALPHA && sample.mean() < 0;
    }

    /** Significantly better. */
    public boolean isBetter() {
      return corrected <= ALPHA && sample.mean() > 0;
    }
  }

  /**
   * One number of the series.
   *
   * @param point whose
   * @param benchmark of what
   * @param metric by what
   * @param isMain whether the benchmark's answers are judged by it
   * @param values one a question
   * @param interval the 95 % confidence sequence of their mean
   * @param previous against the last checkpoint of an earlier step that answered the same questions
   * @param base against the model that the training began with
   * @param bestBefore against that of the earlier ones which has the highest mean
   */
  public record Value(
      int point,
      String benchmark,
      String metric,
      boolean isMain,
      ExactStatistic values,
      Interval interval,
      Optional<Against> previous,
      Optional<Against> base,
      Optional<Against> bestBefore) {

    /** Whether it is significantly worse than something before it. */
    public boolean isWorse() {
      return Stream.of(previous, base, bestBefore).flatMap(Optional::stream).anyMatch(Against::isWorse);
    }
  }

  /**
   * Who is best at a task type: the highest lower bound, as the router chooses.
   *
   * @param taskType the task type
   * @param metric by what
   * @param point place in the series
   * @param cell its number
   */
  public record Best(String taskType, String metric, int point, Cell cell) {}

  private record Place(String benchmark, String metric) implements Comparable<Place> {
    private static final Comparator<Place> ORDER = Comparator.comparing(Place::benchmark).thenComparing(Place::metric, RunPage.order());

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  /** Keeps the lists from change. */
  public CheckpointSeries {
    points = List.copyOf(points);
    cells = List.copyOf(cells);
    best = List.copyOf(best);
  }

  /**
   * The series of a family.
   *
   * @param verdicts those of all its contestants
   */
  public static CheckpointSeries of(TrainedVersion.Family family, StandingVerdicts verdicts) {
    List<TrainedVersion> versions = List.copyOf(family.versions().keySet());
    List<SortedMap<String, Reading>> answers =
        versions.stream().map(version -> answers(Objects.requireNonNull(family.versions().get(version)), verdicts)).toList();
    List<Point> points = versions.stream().map(version -> point(version, versions)).toList();
    List<SortedMap<Place, SortedMap<String, Double>>> values = answers.stream().map(CheckpointSeries::byPlace).toList();
    List<Value> cells = new ArrayList<>();
    for (int point = 0; point < points.size(); point++) {
      cells.addAll(cells(point, points, values));
    }
    return new CheckpointSeries(points, cells, best(points, answers));
  }

  /** The answers by task and prompt; of a question asked in two runs the first answer. */
  private static SortedMap<String, Reading> answers(Collection<Contestant> contestants, StandingVerdicts verdicts) {
    SortedMap<String, Reading> answers = new TreeMap<>();
    for (Contestant one : contestants) {
      for (Map.Entry<String, Verdict> verdict : verdicts.of(one).entrySet()) {
        if (verdict.getValue().getPerturbation() == null) {
          answers.merge(
              verdict.getValue().getTask() + "\0" + verdict.getKey(),
              Reading.of(verdict.getValue()),
              (before, now) -> before.answeredAt() <= now.answeredAt() ? before : now);
        }
      }
    }
    return answers;
  }

  private static Point point(TrainedVersion version, List<TrainedVersion> all) {
    List<TrainedVersion> namesakes = all.stream().filter(other -> other.model().equals(version.model())).toList();
    boolean conflict = namesakes.size() > 1;
    String hash = version.version().substring(0, Math.min(RunReport.SHOWN_HASH, version.version().length()));
    return new Point(version, conflict, conflict ? "%s (%s)".formatted(version.model(), hash) : version.model());
  }

  private static SortedMap<Place, SortedMap<String, Double>> byPlace(SortedMap<String, Reading> answers) {
    SortedMap<Place, SortedMap<String, Double>> places = new TreeMap<>();
    answers.forEach(
        (question, reading) ->
            qualities(reading)
                .forEach(
                    metric ->
                        places
                            .computeIfAbsent(new Place(benchmark(reading.task()), metric), _ -> new TreeMap<>())
                            .put(question, Objects.requireNonNull(reading.values().get(metric)))));
    return places;
  }

  private static Stream<String> qualities(Reading reading) {
    return reading.values().keySet().stream().filter(Comparison::isQuality);
  }

  /** The metric by which an answer is judged. */
  private static Optional<String> main(Reading reading) {
    return qualities(reading).min(RunPage.order());
  }

  /** The benchmark of a task: mmlu of mmlu/anatomy, starter/mmlu of starter/mmlu/anatomy. */
  static String benchmark(String task) {
    String[] parts = task.split("/", -1);
    return parts.length > 1 && parts[0].equals(STARTER) ? parts[0] + "/" + parts[1] : parts[0];
  }

  private static List<Value> cells(int point, List<Point> points, List<SortedMap<Place, SortedMap<String, Double>>> values) {
    SortedMap<Place, SortedMap<String, Double>> own = values.get(point);
    SortedMap<Place, SortedMap<Integer, PairedSample>> pairs = new TreeMap<>();
    own.forEach((place, numbers) -> pairs.put(place, pairs(point, points, place, numbers, values)));
    Map<Place, Map<Integer, Double>> corrected = corrected(point, own.keySet(), pairs);
    List<Value> cells = new ArrayList<>();
    own.forEach(
        (place, numbers) -> {
          ExactStatistic statistic = statistic(numbers.values());
          SortedMap<Integer, PairedSample> against = Objects.requireNonNull(pairs.get(place));
          Map<Integer, Double> p = corrected.getOrDefault(place, Map.of());
          Optional<Integer> base = against.keySet().stream().filter(other -> points.get(other).version().isBase()).findFirst();
          Optional<Integer> previous = against.keySet().stream().max(Comparator.naturalOrder());
          Optional<Integer> best =
              against.keySet().stream()
                  .max(
                      Comparator.<Integer>comparingDouble(other -> statistic(Objects.requireNonNull(values.get(other).get(place)).values()).mean())
                          .thenComparing(Comparator.reverseOrder()));
          cells.add(
              new Value(
                  point,
                  place.benchmark(),
                  place.metric(),
                  isMain(place, own.keySet()),
                  statistic,
                  ConfidenceSequence.betaBinomialMixture(statistic.count(), statistic.sum(), ALPHA),
                  previous.map(other -> against(other, against, p)),
                  base.map(other -> against(other, against, p)),
                  best.map(other -> against(other, against, p))));
        });
    return cells;
  }

  private static Against against(int other, SortedMap<Integer, PairedSample> pairs, Map<Integer, Double> corrected) {
    return new Against(other, Objects.requireNonNull(pairs.get(other)), corrected.getOrDefault(other, 1.0));
  }

  /** Against every one of an earlier step that answered some of the questions. */
  private static SortedMap<Integer, PairedSample> pairs(
      int point, List<Point> points, Place place, SortedMap<String, Double> own, List<SortedMap<Place, SortedMap<String, Double>>> values) {
    SortedMap<Integer, PairedSample> pairs = new TreeMap<>();
    for (int other = 0; other < point; other++) {
      SortedMap<String, Double> others = values.get(other).get(place);
      if (others != null && isEarlier(points.get(other).version(), points.get(point).version())) {
        PairedSample sample = PairedSample.EMPTY;
        for (Map.Entry<String, Double> one : own.entrySet()) {
          Double value = others.get(one.getKey());
          if (value != null) {
            sample = sample.merge(PairedSample.of(one.getValue(), value));
          }
        }
        if (sample.questions() > 0) {
          pairs.put(other, sample);
        }
      }
    }
    return pairs;
  }

  private static boolean isEarlier(TrainedVersion one, TrainedVersion other) {
    return one.isBase() ? !other.isBase() : !other.isBase() && one.step() < other.step();
  }

  /** Of the main metrics; see this class. */
  private static Map<Place, Map<Integer, Double>> corrected(
      int point, Collection<Place> places, SortedMap<Place, SortedMap<Integer, PairedSample>> pairs) {
    List<Place> main = places.stream().filter(place -> isMain(place, places)).toList();
    List<Double> pValues = new ArrayList<>();
    main.forEach(place -> Objects.requireNonNull(pairs.get(place)).values().forEach(sample -> pValues.add(sample.anytimePValue())));
    List<Double> holm = MultipleComparisons.holm(pValues);
    double spending = point * (point + 1.0);
    Map<Place, Map<Integer, Double>> corrected = new HashMap<>();
    int at = 0;
    for (Place place : main) {
      Map<Integer, Double> of = new HashMap<>();
      for (Integer other : Objects.requireNonNull(pairs.get(place)).keySet()) {
        of.put(other, Math.min(1, holm.get(at++) * spending));
      }
      corrected.put(place, of);
    }
    return corrected;
  }

  /** Choices and texts of one benchmark are judged by a metric each. */
  private static boolean isMain(Place place, Collection<Place> places) {
    boolean choice = place.metric().startsWith(Comparison.ACCURACIES);
    return places.stream()
        .filter(other -> other.benchmark().equals(place.benchmark()) && other.metric().startsWith(Comparison.ACCURACIES) == choice)
        .min(Comparator.naturalOrder())
        .filter(place::equals)
        .isPresent();
  }

  private static ExactStatistic statistic(Collection<Double> values) {
    return values.stream().map(ExactStatistic::of).reduce(ExactStatistic.EMPTY, ExactStatistic::merge);
  }

  private static List<Best> best(List<Point> points, List<SortedMap<String, Reading>> answers) {
    SortedMap<String, SortedMap<String, List<Cell>>> byType = new TreeMap<>();
    for (int point = 0; point < points.size(); point++) {
      String name = Integer.toString(point);
      Map<String, Map<String, List<Double>>> values = new TreeMap<>();
      answers
          .get(point)
          .values()
          .forEach(
              reading ->
                  main(reading)
                      .ifPresent(
                          metric ->
                              values
                                  .computeIfAbsent(reading.taskType(), _ -> new TreeMap<>())
                                  .computeIfAbsent(metric, _ -> new ArrayList<>())
                                  .add(Objects.requireNonNull(reading.values().get(metric)))));
      values.forEach(
          (type, metrics) ->
              metrics.forEach(
                  (metric, numbers) -> {
                    ExactStatistic all = statistic(numbers);
                    byType
                        .computeIfAbsent(type, _ -> new TreeMap<>(RunPage.order()))
                        .computeIfAbsent(metric, _ -> new ArrayList<>())
                        .add(Cell.of(type + "/" + metric, name, all.count(), all.sum()));
                  }));
    }
    List<Best> best = new ArrayList<>();
    byType.forEach(
        (type, metrics) ->
            metrics.forEach(
                (metric, cells) -> {
                  Cell first = cells.stream().min(Cell.BEST_FIRST).orElseThrow();
                  best.add(new Best(type, metric, Integer.parseInt(first.model()), first));
                }));
    return best;
  }

  /** The number of a point by a benchmark's main metric of that name. */
  public Optional<Value> value(int point, String benchmark, String metric) {
    return cells.stream().filter(one -> one.point() == point && one.benchmark().equals(benchmark) && one.metric().equals(metric)).findFirst();
  }

  /** The series as sections of a report: epochs by benchmarks, every number with its differences, who is best at what. */
  public List<Page.Section> sections(String title) {
    return Stream.of(overview(title), details(title), bestOf(title)).flatMap(Optional::stream).toList();
  }

  private Optional<Page.Section> overview(String title) {
    List<Place> places = mainPlaces();
    if (places.isEmpty()) {
      return Optional.empty();
    }
    List<List<String>> rows =
        IntStream.range(0, points.size())
            .mapToObj(
                point ->
                    Stream.concat(
                            head(point),
                            places.stream().map(place -> value(point, place.benchmark(), place.metric()).map(CheckpointSeries::marked).orElse(MISSING)))
                        .toList())
            .toList();
    List<String> header =
        Stream.concat(Stream.of("checkpoint", "step", "epoch"), places.stream().map(place -> heading(place, places))).toList();
    List<String> notes = new ArrayList<>();
    notes.add("Mean over the questions answered. ▼ significantly worse, ▲ better: p than the previous checkpoint, b than the base, t than the best before.");
    notes.add(
        "At 5 % over all looks, checkpoints and benchmarks: p-values that hold at every look, corrected by Holm's procedure over a checkpoint's comparisons, "
            + "of which the i-th checkpoint may spend 1/(i(i+1)).");
    String conflicts = points.stream().filter(Point::isConflict).map(Point::label).collect(Collectors.joining(", "));
    if (!conflicts.isEmpty()) {
      notes.add("CONFLICT: one name, other files: " + conflicts + ".");
    }
    return Optional.of(new Page.Section(title, notes, new Grid(header, 1, rows), Optional.empty()));
  }

  private Stream<String> head(int point) {
    TrainedVersion version = points.get(point).version();
    return Stream.of(
        points.get(point).label() + (version.isBase() ? " (base)" : ""),
        Long.toString(version.step()),
        String.format(Locale.ROOT, "%.2f", version.epoch()));
  }

  private static String heading(Place place, List<Place> places) {
    boolean alone = places.stream().filter(other -> other.benchmark().equals(place.benchmark())).count() == 1;
    return alone ? place.benchmark() : place.benchmark() + " " + place.metric();
  }

  private static String marked(Value value) {
    String worse = marks(value, Against::isWorse);
    String better = marks(value, Against::isBetter);
    return number(value.values().mean()) + (worse.isEmpty() ? "" : " ▼" + worse) + (better.isEmpty() ? "" : " ▲" + better);
  }

  private static String marks(Value value, Predicate<Against> which) {
    return (value.previous().filter(which).isPresent() ? "p" : "")
        + (value.base().filter(which).isPresent() ? "b" : "")
        + (value.bestBefore().filter(which).isPresent() ? "t" : "");
  }

  private Optional<Page.Section> details(String title) {
    List<List<String>> rows = new ArrayList<>();
    for (Place place : mainPlaces()) {
      for (int point = 0; point < points.size(); point++) {
        value(point, place.benchmark(), place.metric()).ifPresent(value -> rows.add(detail(value)));
      }
    }
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Page.Section(
                title + ": differences",
                List.of(
                    "Low and high: the 95 % confidence sequence, which holds however often one looks. Differences in points, on the questions that both "
                        + "answered, with the interval of one look."),
                new Grid(List.of("benchmark", "metric", "checkpoint", "n", "mean", "low", "high", "to previous", "to base", "to best before"), 3, rows),
                Optional.empty()));
  }

  private List<String> detail(Value value) {
    return List.of(
        value.benchmark(),
        value.metric(),
        points.get(value.point()).label(),
        "%,d".formatted(value.values().count()),
        number(value.values().mean()),
        number(value.interval().low()),
        number(value.interval().high()),
        difference(value.previous()),
        difference(value.base()),
        difference(value.bestBefore()));
  }

  private static String difference(Optional<Against> against) {
    return against
        .map(
            one ->
                String.format(Locale.ROOT, "%+.1f", 100 * one.sample().mean())
                    + one.sample().interval().map(interval -> String.format(Locale.ROOT, " [%+.1f, %+.1f]", 100 * interval.low(), 100 * interval.high())).orElse("")
                    + (one.isWorse() ? " ▼" : one.isBetter() ? " ▲" : ""))
        .orElse(MISSING);
  }

  private Optional<Page.Section> bestOf(String title) {
    List<List<String>> rows =
        best.stream()
            .map(
                one ->
                    List.of(
                        one.taskType().toLowerCase(Locale.ROOT),
                        one.metric(),
                        points.get(one.point()).label(),
                        "%,d".formatted(one.cell().n()),
                        number(one.cell().mean()),
                        number(one.cell().interval().low()),
                        number(one.cell().interval().high())))
            .toList();
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Page.Section(
                title + ": best at each task type",
                List.of("The highest lower bound, as routes are decided."),
                new Grid(List.of("task type", "metric", "checkpoint", "n", "mean", "low", "high"), 3, rows),
                Optional.empty()));
  }

  private List<Place> mainPlaces() {
    return cells.stream().filter(Value::isMain).map(value -> new Place(value.benchmark(), value.metric())).distinct().sorted().toList();
  }

  /** All of it for a program. */
  public Map<String, @Nullable Object> tree() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("checkpoints", points.stream().map(CheckpointSeries::tree).toList());
    tree.put("series", cells.stream().map(this::tree).toList());
    tree.put(
        "best",
        best.stream()
            .map(
                one -> {
                  Map<String, @Nullable Object> of = new LinkedHashMap<>();
                  of.put("task_type", one.taskType());
                  of.put("metric", one.metric());
                  of.put("checkpoint", points.get(one.point()).version().model());
                  of.put("version", points.get(one.point()).version().version());
                  of.put("n", one.cell().n());
                  of.put("mean", one.cell().mean());
                  of.put("low", one.cell().interval().low());
                  of.put("high", one.cell().interval().high());
                  return of;
                })
            .toList());
    return tree;
  }

  private static Map<String, @Nullable Object> tree(Point point) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("checkpoint", point.version().model());
    tree.put("version", point.version().version());
    tree.put("base", point.version().isBase());
    tree.put("step", point.version().step());
    tree.put("epoch", point.version().epoch());
    tree.put("conflict", point.isConflict());
    return tree;
  }

  private Map<String, @Nullable Object> tree(Value value) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("checkpoint", points.get(value.point()).version().model());
    tree.put("version", points.get(value.point()).version().version());
    tree.put("step", points.get(value.point()).version().step());
    tree.put("benchmark", value.benchmark());
    tree.put("metric", value.metric());
    tree.put("main", value.isMain());
    tree.put("n", value.values().count());
    tree.put("mean", value.values().mean());
    tree.put("low", value.interval().low());
    tree.put("high", value.interval().high());
    tree.put("to_previous", value.previous().map(this::tree).orElse(null));
    tree.put("to_base", value.base().map(this::tree).orElse(null));
    tree.put("to_best_before", value.bestBefore().map(this::tree).orElse(null));
    tree.put("worse", value.isWorse());
    return tree;
  }

  private Map<String, @Nullable Object> tree(Against against) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("checkpoint", points.get(against.point()).version().model());
    tree.put("version", points.get(against.point()).version().version());
    tree.put("n", against.sample().questions());
    tree.put("difference", against.sample().mean());
    tree.put("low", against.sample().interval().map(Interval::low).orElse(null));
    tree.put("high", against.sample().interval().map(Interval::high).orElse(null));
    tree.put("p_corrected", against.corrected());
    return tree;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
