package dev.assay.cli.report;

import dev.assay.cli.terminal.TextTable;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.ClusteredError;
import dev.assay.topology.scoring.ConfidenceSequence;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.Interval;
import dev.assay.topology.scoring.MultipleComparisons;
import dev.assay.topology.scoring.Wilson;
import dev.assay.topology.tables.Metrics;
import dev.assay.topology.tables.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All models of a run by one metric, with the ranks that each may have: of m models, one that k are surely better than and that is surely
 * better than l others ranks k + 1 to m − l. "Surely" is a pair's p-value valid at every look, corrected over all pairs by Holm's procedure, so
 * that the chance of any wrong "better" in the whole board is at most 5 %, also while the run moves.
 *
 * @param metric by what
 * @param entries the best mean first
 * @param pairs how many pairs were compared
 */
public record Leaderboard(String metric, List<Entry> entries, int pairs) {

  private static final String ACCURACIES = "accuracy/";

  /**
   * One model.
   *
   * @param contestant the model
   * @param values its values
   * @param error of their mean
   * @param betterThan how many others it is surely better than
   * @param worseThan how many others are surely better
   */
  public record Entry(Contestant contestant, ExactStatistic values, ClusteredError error, int betterThan, int worseThan) {}

  /** The values of one model by prompt, and their tasks. */
  private record Values(Contestant contestant, SortedMap<String, Double> byPrompt, ClusteredError error) {}

  /**
   * The board of a run.
   *
   * @param metric by what; without it the right answers of the vote by mean log-probability, else the first score by name
   * @throws IllegalArgumentException when no two models have the metric; the message names those that there are
   */
  public static Leaderboard of(String run, StandingVerdicts verdicts, Optional<String> metric) {
    Map<Contestant, SortedMap<String, Reading>> readings = new TreeMap<>();
    TreeSet<String> metrics = new TreeSet<>();
    for (Contestant contestant : verdicts.contestants()) {
      if (contestant.run().equals(run)) {
        SortedMap<String, Reading> own = new TreeMap<>();
        for (Map.Entry<String, Verdict> verdict : verdicts.of(contestant).entrySet()) {
          Reading reading = Reading.of(verdict.getValue());
          own.put(verdict.getKey(), reading);
          reading.values().keySet().stream().filter(Leaderboard::isQuality).forEach(metrics::add);
        }
        readings.put(contestant, own);
      }
    }
    String wanted =
        metric.orElseGet(
            () -> metrics.contains(Metrics.ACCURACY_MEAN_LOGPROB) || metrics.isEmpty() ? Metrics.ACCURACY_MEAN_LOGPROB : metrics.getFirst());
    List<Values> all = readings.entrySet().stream().map(entry -> values(entry.getKey(), entry.getValue(), wanted)).filter(one -> !one.byPrompt.isEmpty()).toList();
    if (all.size() < 2) {
      throw new IllegalArgumentException(
          "%d model%s of run %s ha%s the metric %s; expected two or more, and one of: %s"
              .formatted(all.size(), all.size() == 1 ? "" : "s", run, all.size() == 1 ? "s" : "ve", wanted, String.join(", ", metrics)));
    }
    return board(wanted, all);
  }

  /** The board and how it was made. */
  public List<String> lines() {
    TextTable table =
        new TextTable()
            .numbers("rank")
            .words("model")
            .numbers("n")
            .numbers("mean [95 % at any look]")
            .numbers("[95 % at one look, Wilson]")
            .numbers("s.e.")
            .numbers("s.e. by task")
            .numbers("better than")
            .numbers("worse than");
    for (Entry entry : entries) {
      ExactStatistic values = entry.values();
      table.row(
          ranks(entry),
          entry.contestant().shortName(),
          String.format(Locale.ROOT, "%,d", values.count()),
          String.format(Locale.ROOT, "%.1f %s", 100 * values.mean(), shown(ConfidenceSequence.of(values))),
          shown(Wilson.of(values.count(), values.sum())),
          points(values.standardError()),
          points(entry.error().clustered()),
          Integer.toString(entry.betterThan()),
          Integer.toString(entry.worseThan()));
    }
    List<String> lines = new ArrayList<>();
    lines.add("%s in %%, and the ranks that each model may have".formatted(metric));
    lines.addAll(table.lines());
    lines.add("");
    lines.add(
        "Better and worse: on the questions that both answered, p of the pair at any look at most 5 %%; %s.".formatted(MultipleComparisons.explanation(pairs)));
    if (entries.stream().anyMatch(entry -> entry.error().clustered().isPresent())) {
      lines.add("Best model by task: " + entries.getFirst().error().explanation() + ".");
    }
    return lines;
  }

  /** The same for programs. */
  public Map<String, @Nullable Object> tree() {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("metric", metric);
    tree.put("pairs", pairs);
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (Entry entry : entries) {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      row.put("model", entry.contestant().model());
      row.put("checkpoint", entry.contestant().checkpoint());
      row.put("best_rank", entry.worseThan() + 1);
      row.put("worst_rank", entries.size() - entry.betterThan());
      row.put("n", entry.values().count());
      row.put("mean", entry.values().mean());
      row.put("anytime_low", ConfidenceSequence.of(entry.values()).low());
      row.put("anytime_high", ConfidenceSequence.of(entry.values()).high());
      row.put("standard_error", value(entry.values().standardError()));
      row.put("standard_error_clustered", value(entry.error().clustered()));
      rows.add(row);
    }
    tree.put("rows", rows);
    return tree;
  }

  private static Leaderboard board(String metric, List<Values> all) {
    List<Double> pValues = new ArrayList<>();
    List<Double> differences = new ArrayList<>();
    for (int first = 0; first < all.size(); first++) {
      for (int second = first + 1; second < all.size(); second++) {
        PairedSample sample = sample(all.get(first), all.get(second));
        pValues.add(sample.anytimePValue());
        differences.add(sample.mean());
      }
    }
    List<Double> corrected = MultipleComparisons.holm(pValues);
    int[] better = new int[all.size()];
    int[] worse = new int[all.size()];
    int at = 0;
    for (int first = 0; first < all.size(); first++) {
      for (int second = first + 1; second < all.size(); second++, at++) {
        if (corrected.get(at) <= PairStanding.ALPHA) {
          better[differences.get(at) > 0 ? first : second]++;
          worse[differences.get(at) > 0 ? second : first]++;
        }
      }
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      Values one = all.get(i);
      entries.add(new Entry(one.contestant, statistic(one.byPrompt), one.error, better[i], worse[i]));
    }
    entries.sort(Comparator.comparingDouble((Entry entry) -> -entry.values().mean()).thenComparing(Entry::contestant));
    return new Leaderboard(metric, List.copyOf(entries), pValues.size());
  }

  private static Values values(Contestant contestant, SortedMap<String, Reading> readings, String metric) {
    SortedMap<String, Double> byPrompt = new TreeMap<>();
    SortedMap<String, ExactStatistic> byTask = new TreeMap<>();
    readings.forEach(
        (prompt, reading) -> {
          Double value = reading.values().get(metric);
          if (value != null) {
            byPrompt.put(prompt, value);
            byTask.merge(reading.task(), ExactStatistic.of(value), ExactStatistic::merge);
          }
        });
    return new Values(contestant, byPrompt, ClusteredError.of(byTask.values()));
  }

  private static PairedSample sample(Values first, Values second) {
    PairedSample sample = PairedSample.EMPTY;
    for (Map.Entry<String, Double> one : first.byPrompt.entrySet()) {
      Double other = second.byPrompt.get(one.getKey());
      if (other != null) {
        sample = sample.merge(PairedSample.of(one.getValue(), other));
      }
    }
    return sample;
  }

  private static ExactStatistic statistic(SortedMap<String, Double> values) {
    ExactStatistic statistic = ExactStatistic.EMPTY;
    for (double value : values.values()) {
      statistic = statistic.add(value);
    }
    return statistic;
  }

  private static boolean isQuality(String metric) {
    return metric.startsWith(ACCURACIES) || (Metrics.unit(metric).equals("share") && !RunReport.OTHER_SHARES.contains(metric));
  }

  private String ranks(Entry entry) {
    int best = entry.worseThan() + 1;
    int worst = entries.size() - entry.betterThan();
    return best == worst ? Integer.toString(best) : best + "–" + worst;
  }

  private static String shown(Interval interval) {
    return String.format(Locale.ROOT, "[%4.1f, %5.1f]", 100 * interval.low(), 100 * interval.high());
  }

  private static String points(OptionalDouble error) {
    return error.isPresent() ? String.format(Locale.ROOT, "%.2f", 100 * error.getAsDouble()) : "–";
  }

  private static @Nullable Double value(OptionalDouble number) {
    return number.isPresent() ? number.getAsDouble() : null;
  }
}
