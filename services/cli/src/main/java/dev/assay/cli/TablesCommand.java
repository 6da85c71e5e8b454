package dev.assay.cli;

import dev.assay.cli.report.Analysis;
import dev.assay.cli.report.AnalysisReport;
import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.RunReport;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.schemas.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The tables as the log holds them. */
@Command(
    name = "tables",
    description = {
      "Prints the tables of a run from the metrics topic. Starts the embedded stack for the time if none runs; computes nothing.",
      "Intervals in brackets are confidence sequences: they hold at every look together, so that you may watch and stop when you like.",
      "s.e. is the standard error if all questions were independent draws, by task the one for tasks like these: questions of one task are "
          + "right or wrong together, so that each further one tells less. Where both differ much, believe the second. See docs/statistics.md."
    },
    footer = {
      "  assay tables",
      "  assay tables --run demo-20260101-120000 --json",
      "  assay tables --analysis agreement,positions",
      "  assay tables --analysis questions --top 20"
    })
final class TablesCommand implements Callable<Integer> {

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", paramLabel = "RUN", description = "The run (default: the latest).")
  private @Nullable String run;

  @Option(
      names = "--analysis",
      paramLabel = "NAME",
      split = ",",
      description =
          "Instead of the scores: agreement (same and same wrong answers of two models), positions (chosen against right, RStd), "
              + "calibration, skills (knowledge against reasoning), cost (tokens, time), questions (hardest and most disputed).")
  private @Nullable List<Analysis> analyses;

  @Option(names = "--top", paramLabel = "K", defaultValue = "10", description = "Questions listed by --analysis questions (default: ${DEFAULT-VALUE}).")
  private int top;

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
        lines(site, report).forEach(context.console()::line);
      }
    }
    return 0;
  }

  private List<String> lines(Site site, RunReport report) {
    if (analyses == null) {
      return report.lines();
    }
    List<StandingVerdicts> read = new ArrayList<>();
    AnalysisReport analysis =
        new AnalysisReport(
            report.run(),
            report.rows(),
            () -> {
              if (read.isEmpty()) {
                read.add(RunsCommand.verdicts(site, List.of(report.run())));
              }
              return read.getFirst();
            },
            top);
    return analyses.stream().flatMap(each -> Stream.concat(Stream.of(""), analysis.lines(each).stream())).toList();
  }
}
