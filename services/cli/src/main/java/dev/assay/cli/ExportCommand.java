package dev.assay.cli;

import dev.assay.cli.export.CsvTable;
import dev.assay.cli.export.ExportFiles;
import dev.assay.cli.export.ExportTable;
import dev.assay.cli.export.LmEvalFiles;
import dev.assay.cli.export.ParquetTable;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.Answer;
import dev.assay.records.MetricRow;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.schemas.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A run as files that other tools read. */
@Command(
    name = "export",
    description = {
      "Writes a run as files that other tools read, in UTF-8, numbers in full. Reads the log alone. Perturbed copies name their perturbation.",
      "  csv      RUN_metrics.csv, a line a cell, and RUN_verdicts.csv, a line a verdict",
      "  parquet  the same two tables as Parquet",
      "  lm-eval  a folder a model, with results and samples in the layout of lm-evaluation-harness; each perturbation is a task of its own"
    },
    footer = {"  assay export --format csv --output tables", "  assay export --format parquet --output tables", "  assay export --format lm-eval --run exam --output results --force"})
final class ExportCommand implements Callable<Integer> {

  private static final String CSV = "csv";
  private static final String PARQUET = "parquet";
  private static final String LM_EVAL = "lm-eval";

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--format", required = true, paramLabel = "csv|parquet|lm-eval", description = "How.")
  private String format = "";

  @Option(names = "--run", paramLabel = "RUN", description = "The run (default: the latest).")
  private @Nullable String run;

  @Option(names = "--output", required = true, paramLabel = "DIR", description = "Where to; made when it is not there.")
  private Path output = Path.of("");

  @Option(names = "--force", description = "Replace files of the same names.")
  private boolean force;

  ExportCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (!List.of(CSV, PARQUET, LM_EVAL).contains(format)) {
      throw new ParameterException(
          spec().commandLine(), "got --format %s; expected %s, %s or %s".formatted(format, CSV, PARQUET, LM_EVAL));
    }
    Logging.toFile(choice.logs());
    ExportFiles files = new ExportFiles(output);
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      List<MetricRow> rows;
      try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
        rows = List.copyOf(metrics.rows().values());
      }
      String wanted = RunsCommand.wanted("--run", run, RunsCommand.known(site, rows), choice);
      StandingVerdicts verdicts = RunsCommand.verdicts(site, List.of(wanted));
      if (verdicts.contestants().isEmpty()) {
        throw new CommandFailure("run %s has no verdicts yet; see 'assay tables --run %s'".formatted(wanted, wanted));
      }
      if (format.equals(LM_EVAL)) {
        addLmEval(files, site, wanted, verdicts);
      } else {
        add(files, wanted + "_metrics", ExportTable.ofMetrics(rows.stream().filter(row -> row.getRun().equals(wanted)).toList()));
        add(files, wanted + "_verdicts", ExportTable.ofVerdicts(verdicts));
      }
    }
    files.write(force).forEach(file -> context.console().line(file.toString()));
    return 0;
  }

  private void add(ExportFiles files, String name, ExportTable table) {
    if (format.equals(PARQUET)) {
      files.addWritten(Path.of(name + ".parquet"), file -> ParquetTable.write(table, file));
    } else {
      files.add(Path.of(name + ".csv"), out -> CsvTable.write(table, out));
    }
  }

  private static void addLmEval(ExportFiles files, Site site, String run, StandingVerdicts verdicts) {
    Map<String, Prompt> prompts = new HashMap<>();
    site.scan(
        Topics.PROMPTS,
        Prompt.class,
        prompt -> {
          if (prompt.getRun().equals(run)) {
            prompts.putIfAbsent(prompt.getId(), prompt);
          }
        });
    List<Answer> answers = new ArrayList<>();
    site.scan(
        Topics.ANSWERS,
        Answer.class,
        answer -> {
          if (answer.getEnvelope().getRun().equals(run)) {
            answers.add(answer);
          }
        });
    Optional<Run> announced = RunsCommand.all(site).stream().filter(begun -> begun.getName().equals(run)).findFirst();
    LmEvalFiles.add(files, run, announced, verdicts, prompts, answers);
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
