package dev.assay.cli;

import dev.assay.cli.replay.RunLog;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A run's log out of a file. */
@Command(
    name = "import",
    description = {
      "Brings a run that 'assay export --format log' wrote into this log, with its table. Nobody is asked and nothing is judged; 'assay replay' gives "
          + "the same table again. A file that was cut off or altered is refused before anything of it is used."
    },
    footer = {"  assay import exam.assaylog", "  assay replay --run exam"})
final class ImportCommand implements Callable<Integer> {

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Parameters(paramLabel = "FILE", description = "The file.")
  private Path file = Path.of("");

  ImportCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      Map.Entry<String, RunLog.Contents> read = new RunLog(site).read(file, context.interruption());
      read.getValue().counts().forEach((topic, count) -> context.console().note("%,12d  %s".formatted(count, topic)));
      context.console().line("run %s is here; 'assay tables --run %s' shows it, 'assay replay --run %s' judges it again".formatted(read.getKey(), read.getKey(), read.getKey()));
    }
    return 0;
  }
}
