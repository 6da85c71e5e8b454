package dev.assay.cli;

import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.RunReport;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.stack.TopicView;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.records.MetricRow;
import dev.assay.schemas.Topics;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The tables as the log holds them. */
@Command(
    name = "tables",
    description = "Prints the tables of a run from the metrics topic. Starts the embedded stack for the time if none runs; computes nothing.",
    footer = {"  assay tables", "  assay tables --run demo-20260101-120000 --json"})
final class TablesCommand implements Callable<Integer> {

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", paramLabel = "RUN", description = "The run (default: the latest).")
  private @Nullable String run;

  @Option(names = "--json", description = "Print the metric rows as JSON.")
  private boolean json;

  TablesCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      List<MetricRow> rows;
      try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
        rows = List.copyOf(metrics.rows().values());
      }
      String wanted = RunsCommand.wanted("--run", run, RunsCommand.known(site, rows), choice);
      RunReport report = RunReport.of(wanted, rows);
      if (json) {
        context.console().json(report.rows().stream().map(RecordTree::of).toList());
      } else {
        context.console().line("Run " + wanted);
        report.lines().forEach(context.console()::line);
      }
    }
    return 0;
  }
}
