package dev.assay.cli.report;

import dev.assay.records.Checkpoint;
import dev.assay.records.PlannedEvaluation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A version of a model that a training has made, or that it began with.
 *
 * @param model its name, such as tuned@500
 * @param version as the worker that served it announced it
 * @param isBase whether the training began with it
 * @param step optimiser steps done; 0 for the base
 * @param epoch passes over the training data done; 0 for the base
 */
public record TrainedVersion(String model, String version, boolean isBase, long step, double epoch) {

  /** The base, then by step; versions of one step by name and hash, whenever they came. */
  static final Comparator<TrainedVersion> ORDER =
      Comparator.comparing((TrainedVersion one) -> !one.isBase)
          .thenComparingLong(TrainedVersion::step)
          .thenComparing(TrainedVersion::model)
          .thenComparing(TrainedVersion::version);

  /**
   * The versions of one training that were asked the same way.
   *
   * @param training the training run
   * @param asked the plan that asked them, or the run
   * @param versions in order, each with the runs in which it answered
   */
  public record Family(String training, String asked, SortedMap<TrainedVersion, List<Contestant>> versions) {}

  private record Trained(String training, Optional<String> base, TrainedVersion version) {}

  /**
   * Puts those who answered into families. Those of one family were asked by one plan the same questions, or in one run; a base belongs to every
   * training that began with it. Who is neither a checkpoint nor the base of one is left out.
   *
   * @param contestants who has verdicts
   * @param evaluations what planners have decided, by run
   * @param checkpoints the events that stand
   */
  public static List<Family> families(
      Collection<Contestant> contestants, Map<String, PlannedEvaluation> evaluations, Collection<Checkpoint> checkpoints) {
    Map<String, Checkpoint> events = new TreeMap<>();
    checkpoints.forEach(one -> events.put(one.getName(), one));
    Map<String, List<Contestant>> byAsked = new TreeMap<>();
    contestants.forEach(one -> byAsked.computeIfAbsent(asked(one.run(), evaluations), _ -> new ArrayList<>()).add(one));
    List<Family> families = new ArrayList<>();
    byAsked.forEach((asked, of) -> families.addAll(families(asked, of, evaluations, events)));
    return families;
  }

  private static List<Family> families(
      String asked, List<Contestant> contestants, Map<String, PlannedEvaluation> evaluations, Map<String, Checkpoint> events) {
    SortedMap<String, SortedMap<TrainedVersion, List<Contestant>>> byTraining = new TreeMap<>();
    Map<String, String> bases = new LinkedHashMap<>();
    for (Contestant one : contestants) {
      trained(one, evaluations.get(one.run()), events.get(one.model()))
          .ifPresent(
              found -> {
                add(byTraining, found.training(), found.version(), one);
                found.base().ifPresent(base -> bases.put(found.training(), base));
              });
    }
    for (Contestant one : contestants) {
      bases.forEach(
          (training, base) -> {
            if (base.equals(one.model())) {
              add(byTraining, training, new TrainedVersion(base, one.checkpoint(), true, 0, 0), one);
            }
          });
    }
    return byTraining.entrySet().stream().map(entry -> new Family(entry.getKey(), asked, entry.getValue())).toList();
  }

  private static void add(
      SortedMap<String, SortedMap<TrainedVersion, List<Contestant>>> byTraining, String training, TrainedVersion version, Contestant contestant) {
    byTraining
        .computeIfAbsent(training, _ -> new TreeMap<>(ORDER))
        .computeIfAbsent(version, _ -> new ArrayList<>())
        .add(contestant);
  }

  /** What a planner has written down stands before the event, which another one of the same name may have replaced. */
  private static Optional<Trained> trained(Contestant one, @Nullable PlannedEvaluation planned, @Nullable Checkpoint event) {
    return Stream.of(
            Optional.ofNullable(planned)
                .filter(found -> found.getCheckpoint().equals(one.model()) && !found.getJob().isEmpty())
                .map(
                    found ->
                        new Trained(
                            found.getJob(),
                            Optional.ofNullable(found.getBase()),
                            new TrainedVersion(one.model(), one.checkpoint(), false, found.getStep(), found.getEpoch()))),
            Optional.ofNullable(event)
                .map(
                    found ->
                        new Trained(
                            training(found),
                            Optional.ofNullable(found.getBase()),
                            new TrainedVersion(one.model(), one.checkpoint(), false, found.getStep(), found.getEpoch()))))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** The training run of a checkpoint; one that names none is a training by itself. */
  public static String training(Checkpoint checkpoint) {
    return checkpoint.getJob().isBlank() ? checkpoint.getName() : checkpoint.getJob();
  }

  /** Runs of one plan that asked the same questions ask as one. */
  private static String asked(String run, Map<String, PlannedEvaluation> evaluations) {
    PlannedEvaluation planned = evaluations.get(run);
    if (planned == null) {
      return "run " + run;
    }
    boolean always =
        evaluations.values().stream()
            .filter(other -> other.getPlan().equals(planned.getPlan()) && !other.getQuestionsSha256().isEmpty())
            .allMatch(other -> other.getQuestionsSha256().equals(planned.getQuestionsSha256()));
    String plan = "plan " + planned.getPlan();
    return always ? plan : plan + ", questions " + planned.getQuestionsSha256().substring(0, Math.min(RunReport.SHOWN_HASH, planned.getQuestionsSha256().length()));
  }
}
