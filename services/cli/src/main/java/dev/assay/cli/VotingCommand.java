package dev.assay.cli;

import dev.assay.cli.report.VotingReport;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.schemas.Topics;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What voting changed. */
@Command(
    name = "voting",
    description = {
      "Says what voting changed in a run, task by task: confidence where the published order was right and where it was wrong, accuracy, the "
          + "preference for positions, and the price. Reads the log alone."
    },
    footer = {"  assay voting", "  assay voting --run exam --json"})
final class VotingCommand implements Callable<Integer> {

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", paramLabel = "RUN", description = "The run (default: the latest).")
  private @Nullable String run;

  @Option(names = "--json", description = "Print a row a model and task as JSON; task null is all of them.")
  private boolean json;

  VotingCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      String wanted;
      try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
        wanted = RunsCommand.wanted("--run", run, RunsCommand.known(site, metrics.rows().values()), choice);
      }
      VotingReport report = VotingReport.of(wanted, RunsCommand.verdicts(site, List.of(wanted)));
      if (json) {
        context.console().json(report.tree());
      } else {
        context.console().line("Run " + wanted);
        report.lines().forEach(context.console()::line);
      }
    }
    return 0;
  }
}
