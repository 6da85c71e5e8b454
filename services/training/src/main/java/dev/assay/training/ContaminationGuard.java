package dev.assay.training;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Keeps questions of an evaluation out of a training. Texts are equal when they differ in letters' case and white space at most. */
public final class ContaminationGuard {
  private static final int SHOWN = 3;

  private final Set<String> prompts = new HashSet<>();

  /**
   * What became of rows.
   *
   * @param kept in their order
   * @param dropped where those stand that ask what the evaluation asks
   */
  public record Outcome(List<TrainingRow> kept, List<String> dropped) {
    public Outcome {
      kept = List.copyOf(kept);
      dropped = List.copyOf(dropped);
    }

    /**
     * Refuses the data unless nothing was dropped.
     *
     * @throws TrainingException which names the first rows
     */
    public void requireClean() {
      if (!dropped.isEmpty()) {
        throw new TrainingException(
            "%d training rows ask what the evaluation asks, such as %s; take them out, or have them dropped"
                .formatted(dropped.size(), String.join(", ", dropped.subList(0, Math.min(SHOWN, dropped.size())))));
      }
    }
  }

  /** A guard for the prompts, or questions, of an evaluation. */
  public ContaminationGuard(Collection<String> evaluated) {
    evaluated.forEach(text -> prompts.add(plain(text)));
    prompts.remove("");
  }

  /** Parts rows into those that ask something else, and the rest. */
  public Outcome part(List<TrainingRow> rows) {
    List<TrainingRow> kept = new ArrayList<>();
    List<String> dropped = new ArrayList<>();
    for (TrainingRow row : rows) {
      if (row.asked().stream().anyMatch(text -> prompts.contains(plain(text)))) {
        dropped.add(row.where());
      } else {
        kept.add(row);
      }
    }
    return new Outcome(kept, dropped);
  }

  private static String plain(String text) {
    return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
  }
}
