package dev.assay.cli;

import dev.assay.cli.report.ChallengeColumn;
import dev.assay.cli.report.ChallengeScores;
import dev.assay.cli.report.ChallengeTable;
import dev.assay.cli.report.Contestant;
import dev.assay.cli.report.HtmlPage;
import dev.assay.cli.report.MarkdownPage;
import dev.assay.cli.report.Page;
import dev.assay.cli.report.RunPage;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.Scope;
import dev.assay.schemas.Topics;
import dev.assay.topology.lists.ListFileException;
import dev.assay.topology.lists.ListFolder;
import dev.assay.topology.scoring.WordTokenizer;
import dev.assay.topology.tables.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A run as a page to read, print or send. */
@Command(
    name = "report",
    description = {
      "Writes a report of runs: in the terminal, or as a Markdown or self-contained HTML file with pictures. Reads the log alone.",
      "  run        leaderboard with 95 %% intervals, every task of every model, pairs of models, flow; checkpoints step by step",
      "  challenge  the table of the NeurIPS 2023 LLM efficiency challenge: MMLU with robustness and fairness, TruthfulQA, BBQ, ROUGE-2 on",
      "             CNN/DM, stereotypes and representation in its summaries, and HELM's mean win rate, beside ten published rows"
    },
    footer = {
      "  assay report --output report.html",
      "  assay report --layout challenge --run tuned,base --lists ~/lists --output challenge.md"
    })
final class ReportCommand implements Callable<Integer> {

  private static final String RUN = "run";
  private static final String CHALLENGE = "challenge";
  private static final List<String> MARKDOWN = List.of(".md", ".markdown");
  private static final List<String> HTML = List.of(".html", ".htm");

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", split = ",", paramLabel = "RUN", description = "The runs (default: the latest).")
  private List<String> runs = new ArrayList<>();

  @Option(names = "--layout", paramLabel = "run|challenge", defaultValue = RUN, description = "What is told (default: ${DEFAULT-VALUE}).")
  private String layout = RUN;

  @Mixin private final ListsChoice lists = new ListsChoice();

  @Option(names = "--output", paramLabel = "FILE", description = "Where to: a file whose name ends in .md or .html (default: the terminal).")
  private @Nullable Path output;

  @Option(names = "--force", description = "Replace a file of the same name.")
  private boolean force;

  @Option(names = "--json", description = "Print the challenge's table as JSON.")
  private boolean json;

  ReportCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    requireSense();
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      List<MetricRow> rows;
      try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
        rows = List.copyOf(metrics.rows().values());
      }
      List<String> known = RunsCommand.known(site, rows);
      List<String> wanted =
          runs.isEmpty()
              ? List.of(RunsCommand.wanted("--run", null, known, choice))
              : runs.stream().distinct().map(run -> RunsCommand.wanted("--run", run, known, choice)).toList();
      if (layout.equals(CHALLENGE)) {
        challenge(RunsCommand.verdicts(site, wanted), wanted, pending(rows, wanted));
      } else {
        List<Run> all = RunsCommand.all(site);
        write(withSeries(site, RunPage.of(wanted, rows, all), wanted));
      }
    }
    return 0;
  }

  /** Adds how checkpoints of one training fared, where the runs, and those that their plans have made beside them, have asked two or more. */
  private static Page withSeries(Site site, Page page, List<String> wanted) {
    SeriesReading reading = SeriesReading.open(site);
    if (reading.checkpoints().size() + reading.evaluations().size() == 0) {
      return page;
    }
    List<String> beside = wanted.stream().flatMap(run -> reading.runsBeside(run).stream()).distinct().toList();
    List<Page.Section> series =
        reading.series(RunsCommand.verdicts(site, beside), Optional.empty()).stream()
            .filter(told -> told.series().points().size() > 1)
            .flatMap(told -> told.sections().stream())
            .toList();
    return new Page(page.title(), Stream.concat(page.sections().stream(), series.stream()).toList());
  }

  private void requireSense() {
    if (!layout.equals(RUN) && !layout.equals(CHALLENGE)) {
      throw wrong("got --layout %s; expected %s or %s".formatted(layout, RUN, CHALLENGE));
    }
    if (json && (!layout.equals(CHALLENGE) || output != null)) {
      throw wrong("--json goes with --layout challenge and without --output; 'assay tables --json' has the rows of a run");
    }
    if (output != null && !isNamed(output, MARKDOWN) && !isNamed(output, HTML)) {
      throw wrong("got --output %s; expected a name that ends in .md or .html".formatted(output));
    }
    if (output != null && !force && Files.exists(output)) {
      throw new CommandFailure("there is already %s; choose another --output, or replace it with --force".formatted(output));
    }
  }

  /** How many answers of the runs are still out. */
  private static long pending(List<MetricRow> rows, List<String> wanted) {
    return rows.stream()
        .filter(row -> row.getScope() == Scope.RUN && row.getMetric().equals(Metrics.FLOW_PENDING) && wanted.contains(row.getRun()))
        .mapToLong(MetricRow::getN)
        .sum();
  }

  private void challenge(StandingVerdicts verdicts, List<String> wanted, long pending) {
    ChallengeScores.@Nullable WordCounter counter = counter();
    List<ChallengeTable.Row> ours = new ArrayList<>();
    for (Contestant contestant : verdicts.contestants()) {
      Map<ChallengeColumn, Double> scores = ChallengeScores.of(verdicts.of(contestant).values(), counter);
      if (!scores.isEmpty()) {
        ours.add(new ChallengeTable.Row(contestant.nameAmong(verdicts.contestants()), false, scores));
      }
    }
    if (ours.isEmpty()) {
      throw new CommandFailure(
          "run %s has no verdict on mmlu, truthfulqa, bbq or cnndm; expected one of 'assay eval --tasks challenge --data DIR'; the starter benchmark does not count"
              .formatted(String.join(", ", wanted)));
    }
    ChallengeTable table = ChallengeTable.besidePublished(ours);
    if (json) {
      context.console().json(table.tree());
    } else {
      List<String> missing = new ArrayList<>();
      if (pending > 0) {
        missing.add("%,d answers are still out: the figures will change.".formatted(pending));
      }
      if (counter == null) {
        missing.add("No word lists: stereotypes and representation are missing.");
      }
      write(Page.challenge(String.join(", ", wanted), table, missing));
    }
  }

  /** Null, and said so, when no lists are named; lists that are named must be there. */
  private ChallengeScores.@Nullable WordCounter counter() {
    Optional<Path> folder = lists.folder();
    if (folder.isEmpty()) {
      context.console().note(
          "no word lists, so that stereotypes and representation are missing: name a folder with --lists or $%s that holds HELM's bias_*.txt and punkt_english"
              .formatted(ListsChoice.VARIABLE));
      return null;
    }
    try {
      ListFolder opened = ListFolder.open(folder.get());
      return new ChallengeScores.WordCounter(opened.biasLexicon(), new WordTokenizer(opened.punktEnglish()));
    } catch (ListFileException e) {
      throw new CommandFailure("--lists: " + e.getMessage(), e);
    }
  }

  private void write(Page page) {
    if (output == null) {
      page.lines().forEach(context.console()::line);
      return;
    }
    String text = isNamed(output, HTML) ? HtmlPage.of(page) : MarkdownPage.of(page);
    Path partial = output.resolveSibling(output.getFileName() + ".partial");
    try {
      Files.writeString(partial, text);
      Files.move(partial, output, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandFailure("cannot write %s: %s; choose another --output".formatted(output, e), e);
    }
    context.console().line(output.toString());
  }

  private static boolean isNamed(Path file, List<String> endings) {
    return endings.stream().anyMatch(String.valueOf(file.getFileName()).toLowerCase(java.util.Locale.ROOT)::endsWith);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec().commandLine(), message);
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
