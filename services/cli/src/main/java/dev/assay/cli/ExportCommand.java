package dev.assay.cli;

import dev.assay.cli.export.CsvTable;
import dev.assay.cli.export.ExportFiles;
import dev.assay.cli.export.ExportTable;
import dev.assay.cli.export.LmEvalFiles;
import dev.assay.cli.export.ParquetTable;
import dev.assay.cli.replay.RunLog;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.Answer;
import dev.assay.records.MetricRow;
import dev.assay.records.Origin;
import dev.assay.records.OriginKind;
import dev.assay.records.Prompt;
import dev.assay.records.Run;
import dev.assay.schemas.Topics;
import java.nio.file.Files;
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
      "  lm-eval  a folder a model, with results and samples in the layout of lm-evaluation-harness; each perturbation is a task of its own",
      "  log      one file, packed and hashed, with all that the log holds of the run: 'assay import' brings it into another installation"
    },
    footer = {
      "  assay export --format csv --output tables",
      "  assay export --format parquet --output tables",
      "  assay export --format lm-eval --run exam --output results --force",
      "  assay export --format log --run exam --output exam.assaylog"
    })
final class ExportCommand implements Callable<Integer> {

  private static final String CSV = "csv";
  private static final String PARQUET = "parquet";
  private static final String LM_EVAL = "lm-eval";
  private static final String LOG = "log";

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--format", required = true, paramLabel = "csv|parquet|lm-eval|log", description = "How.")
  private String format = "";

  @Option(names = "--run", paramLabel = "RUN", description = "The run (default: the latest).")
  private @Nullable String run;

  @Option(names = "--output", required = true, paramLabel = "DIR|FILE", description = "Where to; made when it is not there. A file with --format log.")
  private Path output = Path.of("");

  @Option(names = "--force", description = "Replace files of the same names.")
  private boolean force;

  ExportCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    if (!List.of(CSV, PARQUET, LM_EVAL, LOG).contains(format)) {
      throw new ParameterException(
          spec().commandLine(), "got --format %s; expected %s, %s, %s or %s".formatted(format, CSV, PARQUET, LM_EVAL, LOG));
    }
    Logging.toFile(choice.logs());
    ExportFiles files = new ExportFiles(output);
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      if (format.equals(LOG) && run != null) {
        // Of a run that nobody has announced or counted, too.
        return writeLog(site, run);
      }
      List<MetricRow> rows;
      try (TopicView<MetricRow> metrics = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
        rows = List.copyOf(metrics.rows().values());
      }
      String wanted = RunsCommand.wanted("--run", run, RunsCommand.known(site, rows), choice);
      if (format.equals(LOG)) {
        return writeLog(site, wanted);
      }
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

  private int writeLog(Site site, String run) {
    if (Files.isDirectory(output) || (!force && Files.exists(output))) {
      throw new CommandFailure("there is already %s; choose another file for --output%s".formatted(output, Files.isDirectory(output) ? "" : ", or replace it with --force"));
    }
    RunLog.Contents contents = new RunLog(site).write(run, output, context.interruption());
    contents.counts().forEach((topic, count) -> context.console().note("%,12d  %s".formatted(count, topic)));
    if (contents.prompts() > 0) {
      context.console().note("%,d bytes, %,d for each prompt".formatted(contents.bytes(), contents.bytes() / contents.prompts()));
    }
    context.console().line(output.toString());
    return 0;
  }

  private static void addLmEval(ExportFiles files, Site site, String run, StandingVerdicts verdicts) {
    Optional<Run> announced = RunsCommand.all(site).stream().filter(begun -> begun.getName().equals(run)).findFirst();
    // A replay of stored answers has none of its own.
    String stored =
        announced.map(Run::getOrigin).filter(origin -> origin.getKind() == OriginKind.RESCORED).map(Origin::getRun).orElse(run);
    Map<String, Prompt> prompts = new HashMap<>();
    site.scan(
        Topics.PROMPTS,
        Prompt.class,
        prompt -> {
          if (prompt.getRun().equals(stored)) {
            prompts.putIfAbsent(prompt.getId(), prompt);
          }
        });
    List<Answer> answers = new ArrayList<>();
    site.scan(
        Topics.ANSWERS,
        Answer.class,
        answer -> {
          if (answer.getEnvelope().getRun().equals(stored)) {
            answers.add(answer);
          }
        });
    LmEvalFiles.add(files, run, announced, verdicts, prompts, answers);
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
