package dev.assay.cli;

import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.TextTable;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.Verdict;
import dev.assay.schemas.Topics;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The runs that the log holds. */
@Command(
    name = "runs",
    description = "Lists the runs that the log holds, the latest last. Starts the embedded stack for the time if none runs.",
    footer = {"  assay runs", "  assay runs --json"})
final class RunsCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(RunsCommand.class);

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

  /** Names of all runs, the latest last; prompts that another program produced belong to runs that nobody has announced, which go first. */
  static List<String> known(Site site, Collection<MetricRow> rows) {
    List<String> begun = all(site).stream().map(Run::getName).toList();
    Stream<String> unannounced = rows.stream().map(MetricRow::getRun).filter(name -> !begun.contains(name)).distinct();
    return Stream.concat(unannounced, begun.stream()).toList();
  }

  /**
   * The run that is asked for, or the latest.
   *
   * @param option the option that asks
   * @throws CommandFailure when there is no such run, or none at all
   */
  static String wanted(String option, @Nullable String asked, List<String> known, StackChoice choice) {
    if (known.isEmpty()) {
      throw new CommandFailure("there is no run on " + choice.directory() + " yet; 'assay demo' or 'assay eval' makes one");
    }
    if (asked == null) {
      return known.getLast();
    }
    if (!known.contains(asked)) {
      throw new CommandFailure("got %s %s; expected one of %s".formatted(option, asked, String.join(", ", known)));
    }
    return asked;
  }

  /** The verdicts of some runs that count. */
  static StandingVerdicts verdicts(Site site, Collection<String> runs) {
    StandingVerdicts verdicts = new StandingVerdicts();
    site.scan(
        Topics.VERDICTS,
        Verdict.class,
        verdict -> {
          if (runs.contains(verdict.getRun()) && !verdicts.add(verdict)) {
            LOG.warn("left out, as in the tables: {} on {} in run {}", verdict.getModel(), verdict.getPrompt(), verdict.getRun());
          }
        });
    return verdicts;
  }
}
