package dev.assay.cli;

import dev.assay.cli.report.RecordTree;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.stack.TopicView;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.TextTable;
import dev.assay.platform.StackOptions;
import dev.assay.records.Run;
import dev.assay.schemas.Topics;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The runs that the log holds. */
@Command(
    name = "runs",
    description = "Lists the runs that the log holds, the latest last. Starts the embedded stack for the time if none runs.",
    footer = {"  assay runs", "  assay runs --json"})
final class RunsCommand implements Callable<Integer> {

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--json", description = "Print the runs as JSON.")
  private boolean json;

  RunsCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      List<Run> runs = all(site);
      if (json) {
        context.console().json(runs.stream().map(RecordTree::of).toList());
      } else if (runs.isEmpty()) {
        context.console().note("no run yet; 'assay demo' or 'assay eval' makes one");
      } else {
        TextTable table =
            new TextTable().words("run").words("begun").words("state").numbers("expected").words("orders").words("models").words("tasks");
        runs.forEach(
            run ->
                table.row(
                    run.getName(),
                    run.getCreatedAt().toString(),
                    run.getState().name(),
                    Long.toString(run.getExpected()),
                    run.getOrders(),
                    String.join(", ", run.getModels()),
                    Integer.toString(run.getTasks().size())));
        table.lines().forEach(context.console()::line);
      }
    }
    return 0;
  }

  /** All runs, the latest last. */
  static List<Run> all(Site site) {
    try (TopicView<Run> runs = site.view(Topics.RUNS, Run.class).catchUp()) {
      return runs.rows().values().stream().sorted(Comparator.comparing(Run::getCreatedAt)).toList();
    }
  }
}
