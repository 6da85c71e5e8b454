package dev.assay.cli.evaluation;

import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.cli.report.Flow;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.TopicView;
import dev.assay.cli.terminal.Interruption;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.TaskPlan;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * One evaluation: its run is written to the log, then its prompts, and its counters are followed until every question is judged or given
 * up.
 *
 * @param site where it runs; its workers serve the plan's models
 * @param plan how the questions are asked
 * @param batch the questions
 * @param note for people, such as the command that started it
 */
public record Evaluation(Site site, EvaluationPlan plan, PromptBatch batch, String note) {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** The rows of pairs and task types follow the counters by a commit or two; then the metrics topic is silent. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final Duration LONGEST_WAIT_FOR_SILENCE = Duration.ofSeconds(15);

  /** Where an evaluation stands. */
  public record Standing(Flow flow, long expected, List<MetricRow> rows) {

    /** Whether every question is judged or given up. */
    public boolean isDone() {
      return flow.settled() >= expected;
    }
  }

  /** How many verdicts or dead letters the run ends with. */
  public long expected() {
    return (long) batch.prompts().size() * plan.models().size();
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
      outlet.write(record(begin, RunState.RUNNING));
      outlet.write(batch.prompts());
      Standing standing = follow(metrics, interruption, watcher);
      outlet.write(record(begin, standing.isDone() ? RunState.DONE : RunState.STOPPED));
      return standing;
    }
  }

  private Standing follow(TopicView<MetricRow> metrics, Interruption interruption, Consumer<Standing> watcher) {
    while (true) {
      metrics.poll(LOOK);
      Standing standing = standing(metrics);
      watcher.accept(standing);
      if (standing.isDone()) {
        awaitSilence(metrics, interruption);
        return standing(metrics);
      }
      if (interruption.requested()) {
        return standing;
      }
      site.tend();
    }
  }

  private static void awaitSilence(TopicView<MetricRow> metrics, Interruption interruption) {
    long deadline = System.nanoTime() + LONGEST_WAIT_FOR_SILENCE.toNanos();
    boolean silent = false;
    while (!silent && System.nanoTime() < deadline && !interruption.requested()) {
      silent = !metrics.poll(SILENCE);
    }
  }

  private Standing standing(TopicView<MetricRow> metrics) {
    List<MetricRow> rows = metrics.rows().values().stream().filter(row -> row.getRun().equals(plan.run())).toList();
    return new Standing(Flow.total(rows), expected(), rows);
  }

  private Run record(Instant begin, RunState state) {
    return new Run(
        plan.run(),
        begin,
        state,
        plan.models(),
        batch.counts().stream().map(count -> new TaskPlan(count.task(), count.prompts())).toList(),
        plan.shots(),
        plan.orders().name().toLowerCase(Locale.ROOT),
        plan.seed(),
        expected(),
        note,
        0);
  }
}
