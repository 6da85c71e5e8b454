package dev.assay.cli.evaluation;

import dev.assay.cli.report.PairStanding;
import dev.assay.records.MetricRow;
import dev.assay.topology.scoring.MultipleComparisons;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which pairs of a run's models are decided, look after look. A p-value that may be looked at any time holds at its lowest, too: so each pair
 * keeps the lowest that it had, these are corrected over all pairs by Holm's procedure, and a pair that is decided stays so. The chance that
 * any two equal models are ever called different is at most 5 %, wherever the run stops. For one thread.
 */
final class Race {

  private final List<String> models;
  private final SortedMap<String, PairStanding> lowest = new TreeMap<>();
  private final SortedMap<String, PairStanding> decided = new TreeMap<>();

  Race(List<String> models) {
    this.models = List.copyOf(models);
  }

  /** Takes the rows of a look into account. */
  void look(Collection<MetricRow> rows) {
    for (PairStanding pair : PairStanding.of(rows)) {
      if (models.contains(model(pair.first())) && models.contains(model(pair.second()))) {
        String name = model(pair.first()) + "\n" + model(pair.second());
        lowest.merge(name, pair, (before, after) -> after.pValue() < before.pValue() ? after : before);
      }
    }
    List<Double> pValues = new ArrayList<>(lowest.values().stream().map(PairStanding::pValue).toList());
    while (pValues.size() < pairs()) {
      pValues.add(1.0);
    }
    List<Double> corrected = MultipleComparisons.holm(pValues);
    int at = 0;
    for (Map.Entry<String, PairStanding> entry : lowest.entrySet()) {
      PairStanding pair = entry.getValue().withCorrected(corrected.get(at++));
      if (pair.isDecided()) {
        decided.putIfAbsent(entry.getKey(), pair);
      }
    }
  }

  /** Whether nothing is left to be told apart. */
  boolean isOver() {
    return decided.size() == pairs();
  }

  /** The decided pairs as they stood when they were. */
  List<PairStanding> decided() {
    return List.copyOf(decided.values());
  }

  private int pairs() {
    return models.size() * (models.size() - 1) / 2;
  }

  private static String model(String modelAtCheckpoint) {
    return modelAtCheckpoint.substring(0, modelAtCheckpoint.lastIndexOf('@'));
  }
}
