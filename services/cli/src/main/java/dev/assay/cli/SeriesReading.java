package dev.assay.cli;

import dev.assay.cli.report.CheckpointSeries;
import dev.assay.cli.report.Page;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.report.TrainedVersion;
import dev.assay.cli.stack.Site;
import dev.assay.platform.TopicView;
import dev.assay.records.Checkpoint;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.Verdict;
import dev.assay.schemas.Topics;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The series of trainings as the log has them.
 *
 * @param evaluations what planners have decided, by run
 * @param checkpoints the events that stand
 */
record SeriesReading(Map<String, PlannedEvaluation> evaluations, Collection<Checkpoint> checkpoints) {

  /** One series and what it is of. */
  record Told(TrainedVersion.Family family, CheckpointSeries series) {

    String title() {
      return "Training %s, asked by %s".formatted(family.training(), family.asked());
    }

    List<Page.Section> sections() {
      return series.sections(title());
    }

    Map<String, @Nullable Object> tree() {
      Map<String, @Nullable Object> tree = new LinkedHashMap<>();
      tree.put("training", family.training());
      tree.put("asked_by", family.asked());
      tree.putAll(series.tree());
      return tree;
    }
  }

  static SeriesReading open(Site site) {
    try (TopicView<PlannedEvaluation> decided = site.view(Topics.EVALUATIONS, PlannedEvaluation.class).catchUp();
        TopicView<Checkpoint> announced = site.view(Topics.CHECKPOINTS, Checkpoint.class).catchUp()) {
      return new SeriesReading(Map.copyOf(decided.rows()), List.copyOf(announced.rows().values()));
    }
  }

  /** The training whose checkpoint was announced last. */
  Optional<String> latestTraining() {
    return checkpoints.stream().max(Comparator.comparing(Checkpoint::getCreatedAt)).map(TrainedVersion::training);
  }

  /** The trainings that are known. */
  List<String> trainings() {
    return Stream.concat(checkpoints.stream().map(TrainedVersion::training), evaluations.values().stream().map(PlannedEvaluation::getJob))
        .filter(job -> !job.isEmpty())
        .distinct()
        .sorted()
        .toList();
  }

  /** A run, and the runs of the plan that has asked it: those that belong into one series. */
  List<String> runsBeside(String run) {
    PlannedEvaluation planned = evaluations.get(run);
    return planned == null
        ? List.of(run)
        : evaluations.values().stream().filter(other -> other.getPlan().equals(planned.getPlan())).map(PlannedEvaluation::getRun).sorted().toList();
  }

  /**
   * The series of what the verdicts tell.
   *
   * @param training only of this one, when it is given
   */
  List<Told> series(StandingVerdicts verdicts, Optional<String> training) {
    return TrainedVersion.families(verdicts.contestants(), evaluations, checkpoints).stream()
        .filter(family -> training.isEmpty() || family.training().equals(training.get()))
        .map(family -> new Told(family, CheckpointSeries.of(family, verdicts)))
        .toList();
  }

  /** The verdicts of a training's checkpoints, and of the models that they were trained from, in all runs. */
  StandingVerdicts verdictsOn(Site site, String training) {
    List<String> names =
        Stream.concat(
                checkpoints.stream()
                    .filter(one -> TrainedVersion.training(one).equals(training))
                    .flatMap(one -> Stream.of(one.getName(), String.valueOf(one.getBase()))),
                evaluations.values().stream()
                    .filter(one -> one.getJob().equals(training))
                    .flatMap(one -> Stream.of(one.getCheckpoint(), String.valueOf(one.getBase()))))
            .distinct()
            .toList();
    StandingVerdicts verdicts = new StandingVerdicts();
    site.scan(
        Topics.VERDICTS,
        Verdict.class,
        verdict -> {
          if (names.contains(verdict.getModel())) {
            verdicts.add(verdict);
          }
        });
    return verdicts;
  }
}
