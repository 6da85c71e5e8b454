package dev.assay.cli.report;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.ClusteredError;
import dev.assay.topology.scoring.MultipleComparisons;
import dev.assay.topology.tables.Metrics;
import dev.assay.topology.tables.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two models on the questions that both answered. Values of different metrics are never averaged: each metric stands for itself.
 *
 * @param first the one
 * @param second the other
 * @param shared questions that both answered
 * @param firstOnly questions that only the first answered
 * @param secondOnly questions that only the second answered
 * @param unlike questions left out: the same prompt id, but another task or other right answers in the two runs
 * @param bothWrong questions that both got wrong
 * @param sameWrong of these: both gave the same wrong answer
 * @param parts by metric
 */
public record Comparison(
    Contestant first,
    Contestant second,
    long shared,
    long firstOnly,
    long secondOnly,
    long unlike,
    long bothWrong,
    long sameWrong,
    List<Part> parts) {

  /** What the metrics of choices begin with. */
  static final String ACCURACIES = "accuracy/";

  /**
   * The questions of one metric.
   *
   * @param metric the metric
   * @param all all of them
   * @param types by name of the task type
   * @param tasks by task
   * @param corrected each task's p-value, corrected over all tasks of the comparison by Holm's procedure
   * @param error of the mean difference, by task
   */
  public record Part(
      String metric,
      PairedSample all,
      SortedMap<String, PairedSample> types,
      SortedMap<String, PairedSample> tasks,
      SortedMap<String, Double> corrected,
      ClusteredError error) {

    /** Keeps the maps from change. */
    public Part {
      types = Collections.unmodifiableSortedMap(types);
      tasks = Collections.unmodifiableSortedMap(tasks);
      corrected = Collections.unmodifiableSortedMap(corrected);
    }
  }

  /** What both answered to one question. */
  private record Pair(Reading first, Reading second) {

    /** What both are measured by: the metric asked for; else the voted answer of a choice, the first score by name of a text. */
    Optional<String> metric(Optional<String> asked) {
      if (asked.isPresent()) {
        return asked.filter(metric -> metrics().anyMatch(metric::equals));
      }
      return metrics().anyMatch(Metrics.ACCURACY_MEAN_LOGPROB::equals) ? Optional.of(Metrics.ACCURACY_MEAN_LOGPROB) : metrics().findFirst();
    }

    /** The metrics of both that say how good an answer is, by name. */
    Stream<String> metrics() {
      return first.values().keySet().stream().filter(metric -> isQuality(metric) && second.values().containsKey(metric));
    }

    PairedSample by(String metric) {
      return PairedSample.of(Objects.requireNonNull(first.values().get(metric)), Objects.requireNonNull(second.values().get(metric)));
    }

    boolean areBothWrong() {
      return first.right() == Reading.Right.NO && second.right() == Reading.Right.NO;
    }
  }

  /** Whether a metric says how good an answer is. */
  static boolean isQuality(String metric) {
    return metric.startsWith(ACCURACIES) || (Metrics.unit(metric).equals("share") && !RunReport.OTHER_SHARES.contains(metric));
  }

  /**
   * Compares two models.
   *
   * @param metric by what; without it, choices by the right answers of the vote by mean log-probability, texts by their first score by name
   * @throws IllegalArgumentException when no question that both answered has the metric; the message names those that there are
   */
  public static Comparison of(Contestant first, Contestant second, StandingVerdicts verdicts, Optional<String> metric) {
    SortedMap<String, Verdict> firsts = verdicts.of(first);
    SortedMap<String, Verdict> seconds = verdicts.of(second);
    List<Pair> pairs = new ArrayList<>();
    long shared = 0;
    for (Map.Entry<String, Verdict> one : firsts.entrySet()) {
      Verdict other = seconds.get(one.getKey());
      if (other != null) {
        shared++;
        if (isSameQuestion(one.getValue(), other)) {
          pairs.add(new Pair(Reading.of(one.getValue()), Reading.of(other)));
        }
      }
    }
    List<Pair> wrong = pairs.stream().filter(Pair::areBothWrong).toList();
    return new Comparison(
        first,
        second,
        pairs.size(),
        firsts.size() - shared,
        seconds.size() - shared,
        shared - pairs.size(),
        wrong.size(),
        wrong.stream().filter(pair -> pair.first().given().isSameAs(pair.second().given())).count(),
        parts(pairs, metric));
  }

  private static List<Part> parts(List<Pair> pairs, Optional<String> asked) {
    SortedMap<String, List<Pair>> byMetric = new TreeMap<>();
    pairs.forEach(pair -> pair.metric(asked).ifPresent(metric -> byMetric.computeIfAbsent(metric, _ -> new ArrayList<>()).add(pair)));
    if (asked.isPresent() && byMetric.isEmpty() && !pairs.isEmpty()) {
      throw new IllegalArgumentException(
          "got the metric %s; expected one that both have: %s"
              .formatted(asked.get(), String.join(", ", new TreeSet<>(pairs.stream().flatMap(Pair::metrics).toList()))));
    }
    SortedMap<String, SortedMap<String, PairedSample>> tasks = new TreeMap<>();
    byMetric.forEach((metric, of) -> tasks.put(metric, samples(of, metric, Reading::task)));
    List<PairedSample> questions = tasks.values().stream().flatMap(samples -> samples.values().stream()).toList();
    List<Double> corrected = MultipleComparisons.holm(questions.stream().map(PairedSample::pValue).toList());
    List<Part> parts = new ArrayList<>();
    int at = 0;
    for (Map.Entry<String, List<Pair>> entry : byMetric.entrySet()) {
      String metric = entry.getKey();
      SortedMap<String, PairedSample> samples = Objects.requireNonNull(tasks.get(metric));
      SortedMap<String, Double> holm = new TreeMap<>();
      for (String task : samples.keySet()) {
        holm.put(task, corrected.get(at++));
      }
      parts.add(
          new Part(
              metric,
              samples.values().stream().reduce(PairedSample.EMPTY, PairedSample::merge),
              samples(entry.getValue(), metric, Reading::taskType),
              samples,
              holm,
              ClusteredError.of(samples.values().stream().map(sample -> sample.difference().differences()).toList())));
    }
    return List.copyOf(parts);
  }

  private static SortedMap<String, PairedSample> samples(
      List<Pair> pairs, String metric, Function<Reading, String> place) {
    return pairs.stream()
        .collect(Collectors.toMap(pair -> place.apply(pair.first()), pair -> pair.by(metric), PairedSample::merge, TreeMap::new));
  }

  /** Another program may use a prompt's id for another question in another run. */
  private static boolean isSameQuestion(Verdict one, Verdict other) {
    return one.getTask().equals(other.getTask())
        && switch (one.getOutcome()) {
          case ChoiceVerdict a ->
              other.getOutcome() instanceof ChoiceVerdict b && a.getOptions() == b.getOptions() && a.getRight().equals(b.getRight());
          case TextVerdict a -> other.getOutcome() instanceof TextVerdict b && a.getReferences().equals(b.getReferences());
          default -> throw new IllegalStateException("unknown outcome " + one.getOutcome().getClass());
        };
  }
}
