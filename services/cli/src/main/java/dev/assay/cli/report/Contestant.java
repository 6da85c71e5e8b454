package dev.assay.cli.report;

import dev.assay.records.Verdict;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A version of a model in a run.
 *
 * @param run the run
 * @param model the model
 * @param checkpoint its version
 */
public record Contestant(String run, String model, String checkpoint) implements Comparable<Contestant> {

  private static final Comparator<Contestant> ORDER =
      Comparator.comparing(Contestant::run).thenComparing(Contestant::model).thenComparing(Contestant::checkpoint);

  /** Who gave the answer that was judged. */
  public static Contestant of(Verdict verdict) {
    return new Contestant(verdict.getRun(), verdict.getModel(), verdict.getCheckpoint());
  }

  /**
   * The only one of a run that a name fits: {@code model}, or {@code model@} with the beginning of its checkpoint.
   *
   * @throws IllegalArgumentException when none or several fit; the message names those that there are
   */
  public static Contestant named(String name, String run, Collection<Contestant> known) {
    List<Contestant> there = known.stream().filter(contestant -> contestant.run().equals(run)).sorted().toList();
    List<Contestant> fitting = there.stream().filter(contestant -> contestant.isCalled(name)).toList();
    if (fitting.size() == 1) {
      return fitting.getFirst();
    }
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException(
          there.isEmpty()
              ? "got the model %s; no model has a verdict in run %s yet".formatted(name, run)
              : "got the model %s; expected one of those with verdicts in run %s: %s".formatted(name, run, names(there)));
    }
    throw new IllegalArgumentException(
        "got the model %s, which answered with several checkpoints in run %s; name one of %s".formatted(name, run, names(fitting)));
  }

  /** {@code model@checkpoint}, with as much of a checkpoint's hash as tables show. */
  public String shortName() {
    return model + "@" + checkpoint.substring(0, Math.min(checkpoint.length(), RunReport.SHOWN_HASH));
  }

  /** The model's name, with as much of its checkpoint and its run as tells it from the others. */
  public String nameAmong(Collection<Contestant> others) {
    List<Contestant> namesakes = others.stream().filter(other -> other.model.equals(model) && !other.equals(this)).toList();
    if (namesakes.isEmpty()) {
      return model;
    }
    String name = namesakes.stream().allMatch(other -> other.checkpoint.equals(checkpoint)) ? model : shortName();
    return namesakes.stream().allMatch(other -> other.run.equals(run)) ? name : name + " in " + run;
  }

  private boolean isCalled(String name) {
    return name.equals(model) || (name.startsWith(model + "@") && checkpoint.startsWith(name.substring(model.length() + 1)));
  }

  private static String names(List<Contestant> contestants) {
    return contestants.stream().map(Contestant::shortName).collect(Collectors.joining(", "));
  }

  @Override
  public int compareTo(Contestant other) {
    return ORDER.compare(this, other);
  }
}
