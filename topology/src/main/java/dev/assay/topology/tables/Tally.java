package dev.assay.topology.tables;

import dev.assay.topology.scoring.ExactStatistic;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Statistics by metric. What was added can be taken away again to the last digit, so a tally depends on what it holds and never on how it
 * came to hold it. A metric that was once counted stays, with a count of 0.
 */
final class Tally {
  private final SortedMap<String, ExactStatistic> statistics = new TreeMap<>();

  void add(Map<String, Double> values) {
    values.forEach((metric, value) -> statistics.merge(metric, ExactStatistic.of(value), ExactStatistic::merge));
  }

  void subtract(Map<String, Double> values) {
    values.forEach((metric, value) -> subtract(metric, ExactStatistic.of(value)));
  }

  void add(Tally other) {
    other.statistics.forEach((metric, statistic) -> statistics.merge(metric, statistic, ExactStatistic::merge));
  }

  void subtract(Tally other) {
    other.statistics.forEach(this::subtract);
  }

  /** Makes a metric appear with a count of 0 if it has none. */
  void mention(String metric) {
    statistics.putIfAbsent(metric, ExactStatistic.EMPTY);
  }

  /** Whether a metric has a row: when it counts something, and a flow counter also when another one does. */
  boolean shows(String metric) {
    String decides = Metrics.FLOW.contains(metric) ? Metrics.FLOW_PROMPTS : metric;
    return statistics.getOrDefault(decides, ExactStatistic.EMPTY).count() > 0;
  }

  SortedMap<String, ExactStatistic> statistics() {
    return statistics;
  }

  void write(BinaryWriter out) {
    out.putInt(statistics.size());
    statistics.forEach(
        (metric, statistic) -> {
          Metrics.write(out, metric);
          out.putBytes(statistic.toBytes());
        });
  }

  static Tally read(BinaryReader in) {
    Tally tally = new Tally();
    for (int left = in.getInt(); left > 0; left--) {
      tally.statistics.put(Metrics.read(in), ExactStatistic.fromBytes(in.getBytes()));
    }
    return tally;
  }

  private void subtract(String metric, ExactStatistic part) {
    ExactStatistic whole = statistics.get(metric);
    if (whole == null) {
      throw new IllegalStateException("cannot take %s away from %s, of which nothing was counted".formatted(part, metric));
    }
    statistics.put(metric, whole.subtract(part));
  }
}
