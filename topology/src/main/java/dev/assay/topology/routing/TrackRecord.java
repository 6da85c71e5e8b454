package dev.assay.topology.routing;

import dev.assay.records.Verdict;
import dev.assay.topology.routing.policy.Cell;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How often each model was right on the questions of a run and task type that were merged before: what weights are learned from. A question
 * is added after it was merged, so that no weight knows the question that it is used for.
 */
final class TrackRecord {
  /** Before anything is known every model counts as right in one question of two. */
  private static final double PRIOR_RIGHT = 1;

  private static final double PRIOR_QUESTIONS = 2;

  private final SortedMap<String, Counts> byModel = new TreeMap<>();

  private record Counts(long questions, double right) {}

  static TrackRecord of(byte @Nullable [] bytes) {
    TrackRecord read = new TrackRecord();
    if (bytes == null) {
      return read;
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      for (int left = in.readInt(); left > 0; left--) {
        read.byModel.put(in.readUTF(), new Counts(in.readLong(), in.readDouble()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read;
  }

  void add(List<Verdict> verdicts) {
    verdicts.forEach(
        verdict ->
            byModel.merge(
                verdict.getModel(),
                new Counts(1, Ensemble.value(verdict)),
                (a, b) -> new Counts(a.questions + b.questions, a.right + b.right)));
  }

  /**
   * Each model's weight: the log-odds of its being right against a guess, which is what independent votes of different reliability weigh; 0 for
   * one that is no better than guessing, and 1 for all when none is better.
   *
   * @param options of the question, two at least; a text counts as two
   */
  SortedMap<String, Double> weights(Collection<String> models, int options) {
    SortedMap<String, Double> weights = new TreeMap<>();
    for (String model : models) {
      Counts counts = byModel.getOrDefault(model, new Counts(0, 0));
      double right = (counts.right + PRIOR_RIGHT) / (counts.questions + PRIOR_QUESTIONS);
      weights.put(model, Math.max(0, StrictMath.log(right * (options - 1) / (1 - right))));
    }
    if (weights.values().stream().allMatch(weight -> weight == 0)) {
      weights.replaceAll((_, _) -> 1.0);
    }
    return weights;
  }

  List<Cell> cells(String kind) {
    return byModel.entrySet().stream()
        .map(entry -> Cell.of(entry.getKey() + "/" + kind + "/seen", entry.getKey(), entry.getValue().questions, entry.getValue().right))
        .toList();
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(byModel.size());
      for (Map.Entry<String, Counts> entry : byModel.entrySet()) {
        out.writeUTF(entry.getKey());
        out.writeLong(entry.getValue().questions);
        out.writeDouble(entry.getValue().right);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
