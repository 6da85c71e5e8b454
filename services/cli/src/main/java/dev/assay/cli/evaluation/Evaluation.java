package dev.assay.cli.evaluation;

import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.cli.report.Flow;
import dev.assay.cli.report.PairStanding;
import dev.assay.cli.stack.Site;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.Scope;
import dev.assay.records.TaskPlan;
import dev.assay.schemas.Topics;
import dev.assay.topology.tables.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * One evaluation: its run is written to the log, then its prompts, and its counters are followed until every question is judged or given
 * up. Until decided, the prompts go in waves, and no further one when every pair of models is decided.
 *
 * @param site where it runs; its workers serve the plan's models
 * @param plan how the questions are asked
 * @param batch the questions
 * @param note for people, such as the command that started it
 * @param untilDecided whether it ends as soon as every pair of models is decided
 */
public record Evaluation(Site site, EvaluationPlan plan, PromptBatch batch, String note, boolean untilDecided) {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** The rows of pairs and task types follow the counters by a commit or two; then the metrics topic is silent. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final Duration LONGEST_WAIT_FOR_SILENCE = Duration.ofSeconds(15);

  /**
   * Where an evaluation stands.
   *
   * @param flow where its questions are
   * @param expected how many answers are expected of what was asked
   * @param rows the run's rows
   * @param saved prompts that need not be asked any more
   * @param decided the pairs that were decided as it ran, as they stood then; empty for an evaluation that asks all
   */
  public record Standing(Flow flow, long expected, List<MetricRow> rows, int saved, List<PairStanding> decided) {

    /** Whether every question is judged or given up. */
    public boolean isDone() {
      return flow.settled() >= expected;
    }
  }

  /** How many verdicts or dead letters the run ends with when it asks everything. */
  public long expected() {
    return expected(batch.prompts().size());
  }

  /**
   * Runs it to its end, or until somebody wishes it to stop.
   *
   * @param watcher is shown where it stands, several times a second
   * @return where it stood at the end; not done when it was stopped
   */
  public Standing run(Interruption interruption, Consumer<Standing> watcher) {
    Instant begin = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    try (PromptOutlet outlet = new PromptOutlet(site.settings(), site.registry());
        TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
      List<List<Prompt>> waves = untilDecided ? Waves.of(batch.prompts(), plan.seed()) : List.of(batch.prompts());
      Race race = new Race(plan.models());
      List<Prompt> asked = new ArrayList<>();
      for (List<Prompt> wave : waves) {
        asked.addAll(wave);
        outlet.write(record(begin, RunState.RUNNING, asked, 0));
        outlet.write(wave);
        Standing standing = follow(metrics, asked.size(), interruption, watcher);
        if (!standing.isDone()) {
          outlet.write(record(begin, RunState.STOPPED, asked, 0));
          return standing;
        }
        if (untilDecided) {
          awaitPairs(metrics, asked.size(), interruption);
          race.look(standing(metrics, asked.size()).rows());
          if (race.isOver()) {
            break;
          }
        }
      }
      awaitSilence(metrics, interruption);
      int saved = batch.prompts().size() - asked.size();
      outlet.write(record(begin, RunState.DONE, asked, saved));
      Standing end = standing(metrics, asked.size());
      return new Standing(end.flow(), end.expected(), end.rows(), saved, race.decided());
    }
  }

  private long expected(int prompts) {
    return (long) prompts * plan.models().size();
  }

  private Standing follow(TopicView<MetricRow> metrics, int asked, Interruption interruption, Consumer<Standing> watcher) {
    while (true) {
      metrics.poll(LOOK);
      Standing standing = standing(metrics, asked);
      watcher.accept(standing);
      if (standing.isDone()) {
        return standing;
      }
      if (interruption.requested()) {
        return standing;
      }
      site.tend();
    }
  }

  /** Rows of pairs follow the counters: a look is taken when all have all that was asked, or nothing more comes since some answers failed. */
  private void awaitPairs(TopicView<MetricRow> metrics, int asked, Interruption interruption) {
    long deadline = System.nanoTime() + LONGEST_WAIT_FOR_SILENCE.toNanos();
    boolean silent = false;
    while (!silent && !pairsHold(metrics, asked) && System.nanoTime() < deadline && !interruption.requested()) {
      silent = !metrics.poll(SILENCE);
    }
  }

  private boolean pairsHold(TopicView<MetricRow> metrics, int asked) {
    long whole =
        standing(metrics, asked).rows().stream()
            .filter(row -> row.getScope() == Scope.RUN && row.getMetric().equals(Metrics.SAME_ANSWER) && row.getN() == asked)
            .count();
    return whole >= (long) plan.models().size() * (plan.models().size() - 1) / 2;
  }

  private static void awaitSilence(TopicView<MetricRow> metrics, Interruption interruption) {
    long deadline = System.nanoTime() + LONGEST_WAIT_FOR_SILENCE.toNanos();
    boolean silent = false;
    while (!silent && System.nanoTime() < deadline && !interruption.requested()) {
      silent = !metrics.poll(SILENCE);
    }
  }

  private Standing standing(TopicView<MetricRow> metrics, int asked) {
    List<MetricRow> rows = metrics.rows().values().stream().filter(row -> row.getRun().equals(plan.run())).toList();
    return new Standing(Flow.total(rows, plan.models()), expected(asked), rows, 0, List.of());
  }

  private Run record(Instant begin, RunState state, List<Prompt> asked, int saved) {
    Map<String, Long> counts = asked.stream().collect(Collectors.groupingBy(Prompt::getTask, Collectors.counting()));
    return new Run(
        plan.run(),
        begin,
        state,
        plan.models(),
        batch.counts().stream().map(count -> new TaskPlan(count.task(), Math.toIntExact(counts.getOrDefault(count.task(), 0L)))).toList(),
        plan.shots(),
        plan.orders().toString(),
        plan.seed(),
        expected(asked.size()),
        note,
        saved,
        null);
  }
}
