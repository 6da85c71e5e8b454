package dev.assay.cli.replay;

import dev.assay.cli.stack.Site;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.TopicView;
import dev.assay.records.Origin;
import dev.assay.records.OriginKind;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.schemas.Topics;
import dev.assay.topology.scoring.ScorerVersion;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;

/** Replays as commands begin and continue them. */
public final class Replay {

  /** What a rescoring reads. */
  private static final List<String> READ = List.of(Topics.PROMPTS, Topics.ANSWERS, Topics.DEAD_LETTERS, Topics.PRIORS, Topics.VERDICTS);

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private final Site site;
  private final Map<String, Run> runs;

  /** Reads which runs there are. */
  public Replay(Site site) {
    this.site = site;
    try (TopicView<Run> view = site.view(Topics.RUNS, Run.class).catchUp()) {
      this.runs = new TreeMap<>(view.rows());
    }
  }

  /**
   * How far a replay is.
   *
   * @param done answers of the log read, or questions settled
   * @param all how many there are
   * @param words what else there is to say
   */
  public record Progress(long done, long all, String words) {}

  /**
   * What a replay came to.
   *
   * @param run as it is announced now
   * @param prompts prompts replayed
   * @param answers answers judged
   * @param verdicts verdicts made
   * @param deadLetters answers, or questions, that gave none
   */
  public record Outcome(Run run, long prompts, long answers, long verdicts, long deadLetters) {

    /** Whether nothing is left to do. */
    public boolean isDone() {
      return run.getState() == RunState.DONE;
    }
  }

  /**
   * Plans a replay; nothing is written.
   *
   * @param name its name
   * @param origin of what and how; where the log ends is filled in here
   * @param models whom it asks again; empty for one that judges stored answers
   * @throws CommandFailure when the name is taken, or the run cannot be replayed so
   */
  public Run plan(String name, Origin origin, List<String> models, String note) {
    if (!NAME.matcher(name).matches()) {
      throw new CommandFailure("got the name '%s'; expected letters, digits and . _ -".formatted(name));
    }
    Run there = runs.get(name);
    if (there != null) {
      throw new CommandFailure(
          there.getOrigin() != null && there.getState() != RunState.DONE
              ? "there is a replay %s already, which is not done; 'assay replay --continue %s' goes on with it, --as gives this one another name".formatted(name, name)
              : "there is a run %s already; give this one another name with --as".formatted(name));
    }
    Run source = source(origin.getRun());
    if (source.getOrigin() != null && source.getOrigin().getKind() == OriginKind.RESCORED) {
      throw new CommandFailure(
          "run %s is itself a replay of stored answers, which it holds none of; replay %s".formatted(origin.getRun(), source.getOrigin().getRun()));
    }
    boolean rescored = origin.getKind() == OriginKind.RESCORED;
    Origin whole =
        Origin.newBuilder(origin)
            .setScorer(rescored ? ScorerVersion.SCORER_VERSION : "")
            .setEnds(rescored ? LogSlice.ends(site.settings(), READ) : List.of())
            .build();
    List<String> asked = rescored ? new Selection(origin).taken(source.getModels()) : models;
    return new Run(
        name,
        Instant.now().truncatedTo(ChronoUnit.MILLIS),
        RunState.RUNNING,
        asked,
        List.of(),
        source.getShots(),
        origin.getOrders().isEmpty() ? source.getOrders() : origin.getOrders(),
        source.getSeed(),
        0L,
        note,
        0,
        whole);
  }

  /**
   * A replay that was begun.
   *
   * @throws CommandFailure when there is none of the name, or it is done
   */
  public Run begun(String name) {
    Run run = runs.get(name);
    if (run == null || run.getOrigin() == null) {
      throw new CommandFailure(
          "got --continue %s; expected a replay, one of %s"
              .formatted(name, runs.values().stream().filter(one -> one.getOrigin() != null).map(Run::getName).toList()));
    }
    if (run.getState() == RunState.DONE) {
      throw new CommandFailure("replay %s is done; 'assay tables --run %s' shows it".formatted(name, name));
    }
    if (run.getOrigin().getKind() == OriginKind.RESCORED && !run.getOrigin().getScorer().equals(ScorerVersion.SCORER_VERSION)) {
      throw new CommandFailure(
          "replay %s was begun with scorer %s and this is scorer %s: its verdicts would be of both; begin another one"
              .formatted(name, run.getOrigin().getScorer(), ScorerVersion.SCORER_VERSION));
    }
    return run;
  }

  /** Does a replay, or what is left of it. */
  public Outcome run(Run plan, int threads, Interruption interruption, Consumer<Progress> watcher) throws InterruptedException {
    if (plan.getOrigin().getKind() == OriginKind.ASKED_AGAIN) {
      AskingAgain.Standing end = new AskingAgain(site, plan).run(interruption, at -> watcher.accept(progress(at)));
      return new Outcome(end.run(), end.run().getTasks().stream().mapToLong(task -> task.getPrompts()).sum(), end.flow().settled(), end.flow().verdicts(), end.flow().deadLetters());
    }
    Rescoring rescoring = new Rescoring(site.settings(), site.registry(), plan, source(plan.getOrigin().getRun()), threads);
    Rescoring.Progress[] last = {new Rescoring.Progress(0, 0, 0, 0, 0, 0)};
    Run end =
        rescoring.run(
            interruption,
            at -> {
              synchronized (last) {
                last[0] = at.records() >= last[0].records() ? at : last[0];
              }
              watcher.accept(new Progress(at.records(), at.ofRecords(), " %,d verdicts, %,d dead letters".formatted(at.verdicts(), at.deadLetters())));
            });
    if (end.getState() == RunState.DONE) {
      forget(plan.getName());
    }
    return new Outcome(end, last[0].prompts(), last[0].answers(), last[0].verdicts(), last[0].deadLetters());
  }

  private static Progress progress(AskingAgain.Standing at) {
    long letters = at.flow().deadLetters();
    return new Progress(at.flow().settled(), at.run().getExpected(), letters == 0 ? "" : " %,d dead letters".formatted(letters));
  }

  /** Its progress is of no use any more. */
  private void forget(String name) {
    try (Admin admin = Admin.create(site.settings().admin("assay-replay"))) {
      admin.deleteConsumerGroups(List.of(ReplayLog.group(name))).all().toCompletionStage().exceptionally(_ -> null).toCompletableFuture().join();
    }
  }

  /** A run that nobody has announced has neither models nor tasks. */
  private Run source(String name) {
    Run announced = runs.get(name);
    return announced == null ? new Run(name, Instant.EPOCH, RunState.DONE, List.of(), List.of(), 0, "", 0L, 0L, "", 0, null) : announced;
  }
}
