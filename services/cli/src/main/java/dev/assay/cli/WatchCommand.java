package dev.assay.cli;

import dev.assay.cli.report.Flow;
import dev.assay.cli.report.RunReport;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.LiveView;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The tables of a run as they move. */
@Command(
    name = "watch",
    description = "Shows the tables of a run as they move, until the run ends or Ctrl-C. Needs a stack that runs.",
    footer = {"  assay watch", "  assay watch --run demo-20260101-120000"})
final class WatchCommand implements Callable<Integer> {

  private static final Duration LOOK = Duration.ofMillis(250);

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", paramLabel = "RUN", description = "The run (default: the latest, and whichever begins after it).")
  private @Nullable String run;

  WatchCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Logging.toFile(choice.logs());
    KafkaSettings settings = choice.requireRunning();
    var registry = Registries.connect(settings.registryUrl());
    try (Interruption.Hold _ = context.interruption().hold();
        TopicView<Run> runs = TopicView.open(settings, registry, Topics.RUNS, Run.class).catchUp();
        TopicView<MetricRow> metrics = TopicView.open(settings, registry, Topics.METRICS, MetricRow.class).catchUp();
        LiveView view = LiveView.begin(context.console(), "waiting", " answers", 1, -1)) {
      Optional<Run> watched = Optional.empty();
      while (!context.interruption().requested() && !isOver(watched)) {
        watched = runs.rows().values().stream().filter(this::isWanted).max(Comparator.comparing(Run::getCreatedAt));
        watched.ifPresent(found -> show(view, found, metrics));
        metrics.poll(LOOK);
        runs.poll(Duration.ZERO);
      }
      watched.ifPresent(found -> RunReport.of(found.getName(), metrics.rows().values()).lines().forEach(context.console()::line));
    }
    return 0;
  }

  private boolean isWanted(Run candidate) {
    return run == null || candidate.getName().equals(run);
  }

  /** Only a run that was named ends the watch: the latest may be followed by a later one. */
  private boolean isOver(Optional<Run> watched) {
    return run != null && watched.map(found -> found.getState() != RunState.RUNNING).orElse(false);
  }

  private static void show(LiveView view, Run found, TopicView<MetricRow> metrics) {
    RunReport report = RunReport.of(found.getName(), metrics.rows().values());
    Flow flow = Flow.total(report.rows(), found.getModels());
    view.total(found.getExpected());
    view.done(flow.settled());
    view.remark(" " + found.getName() + " " + found.getState());
    view.picture(report.overview());
  }
}
