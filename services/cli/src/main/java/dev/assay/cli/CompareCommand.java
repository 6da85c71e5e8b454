package dev.assay.cli;

import dev.assay.cli.report.Comparison;
import dev.assay.cli.report.ComparisonReport;
import dev.assay.cli.report.Contestant;
import dev.assay.cli.report.Leaderboard;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.schemas.Topics;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which of two models is better, and how sure that is. */
@Command(
    name = "compare",
    description = {
      "Says which of two models is better, question by question, on those that both answered, and how sure that is.",
      "Right and wrong: McNemar's exact test and Tango's interval; scores of texts: the paired t test. Reads the log alone.",
      "With --all: every model of a run, with the ranks that each may have, corrected over all pairs."
    },
    footer = {
      "  assay compare smollm2-135m-instruct minilm",
      "  assay compare tuned@1f3a tuned@9c0e --run exam",
      "  assay compare gpt3 gpt3 --run plain --other-run perturbed --metric accuracy/one --json",
      "  assay compare --all --run exam"
    })
final class CompareCommand implements Callable<Integer> {

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", arity = "0..1", paramLabel = "A", description = "A model of the run, or model@ with the beginning of its checkpoint.")
  private String first = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "B", description = "Another.")
  private String second = "";

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--all", description = "All models of the run instead of two.")
  private boolean all;

  @Option(names = "--run", paramLabel = "RUN", description = "The run of both, or of A beside --other-run (default: the latest).")
  private @Nullable String run;

  @Option(names = "--other-run", paramLabel = "RUN", description = "The run of B; questions are the same when their ids are.")
  private @Nullable String otherRun;

  @Option(names = "--runs", paramLabel = "RUN,RUN", split = ",", description = "The run of A and the run of B in short.")
  private @Nullable List<String> runs;

  @Option(
      names = "--metric",
      paramLabel = "METRIC",
      description = "By what (default: accuracy/mean-logprob of multiple choice, the first score by name of a text).")
  private @Nullable String metric;

  @Option(names = "--json", description = "Print the comparison as JSON, differences as A minus B.")
  private boolean json;

  CompareCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    requireSense();
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      List<String> wanted = wanted(site);
      StandingVerdicts verdicts = RunsCommand.verdicts(site, wanted);
      if (all) {
        show(board(wanted.getFirst(), verdicts));
        return 0;
      }
      ComparisonReport report = new ComparisonReport(compare(wanted, verdicts));
      if (json) {
        context.console().json(report.tree());
      } else {
        report.lines().forEach(context.console()::line);
      }
    }
    return 0;
  }

  private void requireSense() {
    if (runs != null && (run != null || otherRun != null || runs.size() != 2)) {
      throw new ParameterException(
          spec().commandLine(),
          "got --runs %s%s; expected --run RUN, or --runs with the run of A and the run of B"
              .formatted(String.join(",", runs), run == null && otherRun == null ? "" : " beside --run or --other-run"));
    }
    if (all && (!first.isEmpty() || runs != null || otherRun != null)) {
      throw new ParameterException(spec().commandLine(), "got --all beside two models or two runs; expected --all with one run at most");
    }
    if (!all && second.isEmpty()) {
      throw new ParameterException(
          spec().commandLine(), "got %s; expected two models, or --all".formatted(first.isEmpty() ? "no model" : "the model " + first + " alone"));
    }
  }

  private Leaderboard board(String wanted, StandingVerdicts verdicts) {
    try {
      return Leaderboard.of(wanted, verdicts, Optional.ofNullable(metric));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private void show(Leaderboard board) {
    if (json) {
      context.console().json(board.tree());
    } else {
      board.lines().forEach(context.console()::line);
    }
  }

  /** The runs of A and of B. */
  private List<String> wanted(Site site) {
    List<String> known;
    try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
      known = RunsCommand.known(site, metrics.rows().values());
    }
    if (runs != null) {
      return runs.stream().map(name -> RunsCommand.wanted("--runs", name, known, choice)).toList();
    }
    String both = RunsCommand.wanted("--run", run, known, choice);
    return List.of(both, otherRun == null ? both : RunsCommand.wanted("--other-run", otherRun, known, choice));
  }

  private Comparison compare(List<String> wanted, StandingVerdicts verdicts) {
    try {
      Contestant one = Contestant.named(first, wanted.getFirst(), verdicts.contestants());
      Contestant other = Contestant.named(second, wanted.getLast(), verdicts.contestants());
      if (one.equals(other)) {
        throw new CommandFailure("got %s twice; expected two models, two checkpoints, or --other-run with another run".formatted(one.shortName()));
      }
      return Comparison.of(one, other, verdicts, Optional.ofNullable(metric));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
