package dev.assay.cli.replay;

import dev.assay.benchmarks.OrderPlan;
import dev.assay.cli.evaluation.PromptOutlet;
import dev.assay.cli.report.Flow;
import dev.assay.cli.stack.Site;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.TaskPlan;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Puts the stored prompts of a run to other models. What was written once is not written again: continued, it looks which prompts the log
 * has. The stages do the rest, as for any run.
 */
final class AskingAgain {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** The rows of pairs and task types follow the counters by a commit or two. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final Duration LONGEST_WAIT_FOR_SILENCE = Duration.ofSeconds(15);
  private static final int PROMPTS_AT_A_TIME = 1_000;

  private final Site site;
  private final Run plan;
  private final Selection selection;

  /**
   * A replay that is to begin or to go on.
   *
   * @param plan the replay with its origin and the models that are asked
   */
  AskingAgain(Site site, Run plan) {
    this.site = site;
    this.plan = plan;
    this.selection = new Selection(plan.getOrigin());
  }

  /**
   * Where it stands.
   *
   * @param flow where its questions are
   * @param run as it was announced last
   */
  record Standing(Flow flow, Run run) {}

  /** Does it, or what is left of it, until every question is judged or given up, or an end is wished for. */
  Standing run(Interruption interruption, Consumer<Standing> watcher) {
    Map<String, Prompt> prompts = stored(plan.getOrigin().getRun());
    if (prompts.isEmpty()) {
      throw new CommandFailure("run %s has no prompts of this choice; see 'assay runs' and 'assay tables --run %s'".formatted(plan.getOrigin().getRun(), plan.getOrigin().getRun()));
    }
    Set<String> there = written();
    Map<String, Long> tasks = prompts.values().stream().collect(Collectors.groupingBy(Prompt::getTask, TreeMap::new, Collectors.counting()));
    Run announced =
        Run.newBuilder(plan)
            .setTasks(tasks.entrySet().stream().map(task -> new TaskPlan(task.getKey(), Math.toIntExact(task.getValue()))).toList())
            .setExpected((long) prompts.size() * plan.getModels().size())
            .build();
    try (PromptOutlet outlet = new PromptOutlet(site.settings(), site.registry());
        TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
      outlet.write(with(announced, RunState.RUNNING));
      List<Prompt> missing = prompts.values().stream().filter(prompt -> !there.contains(prompt.getId())).toList();
      for (int from = 0; from < missing.size() && !interruption.requested(); from += PROMPTS_AT_A_TIME) {
        outlet.write(missing.subList(from, Math.min(missing.size(), from + PROMPTS_AT_A_TIME)));
        site.tend();
      }
      Standing standing = follow(metrics, with(announced, RunState.RUNNING), interruption, watcher);
      boolean done = standing.flow().settled() >= announced.getExpected();
      Run end = with(announced, done ? RunState.DONE : RunState.STOPPED);
      outlet.write(end);
      return new Standing(standing.flow(), end);
    }
  }

  private Standing follow(TopicView<MetricRow> metrics, Run announced, Interruption interruption, Consumer<Standing> watcher) {
    while (true) {
      metrics.poll(LOOK);
      Standing standing = new Standing(Flow.total(rows(metrics), plan.getModels()), announced);
      watcher.accept(standing);
      if (interruption.requested()) {
        return standing;
      }
      if (standing.flow().settled() >= announced.getExpected()) {
        long deadline = System.nanoTime() + LONGEST_WAIT_FOR_SILENCE.toNanos();
        while (metrics.poll(SILENCE) && System.nanoTime() < deadline && !interruption.requested()) {
          watcher.accept(new Standing(Flow.total(rows(metrics), plan.getModels()), announced));
        }
        return new Standing(Flow.total(rows(metrics), plan.getModels()), announced);
      }
      site.tend();
    }
  }

  private List<MetricRow> rows(TopicView<MetricRow> metrics) {
    return metrics.rows().values().stream().filter(row -> row.getRun().equals(plan.getName())).toList();
  }

  /** The prompts of the origin as they are asked now, by id, in the order of the log: neighbours share their prefix. */
  private Map<String, Prompt> stored(String run) {
    Map<String, Prompt> found = new LinkedHashMap<>();
    site.scanRecords(
        Topics.PROMPTS,
        Prompt.class,
        (prompt, promptedAt) -> {
          if (selection.takes(prompt.getRun(), prompt.getTask(), promptedAt) && prompt.getRun().equals(run)) {
            found.putIfAbsent(prompt.getId(), Prompt.newBuilder(prompt).setRun(plan.getName()).setModels(plan.getModels()).build());
          }
        });
    if (!plan.getOrigin().getOrders().isEmpty()) {
      AskedOtherwise.of(List.copyOf(found.values()), OrderPlan.parse(plan.getOrigin().getOrders()), plan.getSeed()).forEach(prompt -> found.put(prompt.getId(), prompt));
    }
    return found;
  }

  private Set<String> written() {
    Set<String> ids = new HashSet<>();
    site.scan(
        Topics.PROMPTS,
        Prompt.class,
        prompt -> {
          if (prompt.getRun().equals(plan.getName())) {
            ids.add(prompt.getId());
          }
        });
    return ids;
  }

  private static Run with(Run run, RunState state) {
    return Run.newBuilder(run).setState(state).build();
  }
}
