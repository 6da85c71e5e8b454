package dev.assay.cli;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.Tracing;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine;

/** The {@code assay} command. */
@Command(
    name = "assay",
    description = "Evaluates language models on Kafka: every number in its tables can be traced to records, and every record replayed.",
    versionProvider = Assay.Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    optionListHeading = "%nOptions:%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:done", "1:it failed; the message says why and what to do", "2:wrong use"},
    footerHeading = "%nExamples:%n",
    footer = {"  assay demo", "  assay eval --models minilm --tasks starter", "  assay tables"},
    sortOptions = false,
    usageHelpAutoWidth = true)
public final class Assay implements Runnable {

  private static final int WRONG_USE = CommandLine.ExitCode.USAGE;

  private final Console console;
  private final Interruption interruption;

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "With an error, show where in the program it happened.")
  private boolean verbose;

  private Assay(Console console, Interruption interruption) {
    this.console = console;
    this.interruption = interruption;
  }

  /** Runs the command line; ends the process with its exit status. */
  public static void main(String[] args) {
    Interruption interruption = Interruption.ofProcess();
    Console console = Console.system();
    int status;
    try (Tracing tracing = tracing(args, console)) {
      interruption.doLast(tracing::close);
      status = commandLine(console, interruption).execute(args);
    }
    if (!interruption.requested()) {
      System.exit(status);
    }
  }

  private static Tracing tracing(String[] args, Console console) {
    String command = args.length == 0 || args[0].startsWith("-") ? "" : "-" + args[0];
    try {
      return Tracing.ofEnvironment("assay" + command);
    } catch (RuntimeException e) {
      // They are for onlookers: the work goes on without them.
      console.note("assay: no traces are made: " + e.getMessage());
      return Tracing.off();
    }
  }

  /**
   * The command with all its subcommands.
   *
   * @param console where it writes
   * @param interruption what tells it to end early
   */
  public static CommandLine commandLine(Console console, Interruption interruption) {
    Assay assay = new Assay(console, interruption);
    CommandLine line = new CommandLine(assay);
    for (Object command : assay.commands()) {
      line.addSubcommand(command);
    }
    line.setOut(console.out());
    line.setErr(console.err());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((failure, at, parsed) -> assay.failed(failure, at));
    line.setParameterExceptionHandler((wrong, arguments) -> misused(wrong));
    return line;
  }

  @Override
  public void run() {
    CommandLine line = line();
    throw new ParameterException(line, "expected a command; got none");
  }

  private CommandLine line() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec.commandLine();
  }

  private List<Object> commands() {
    Context context = new Context(console, interruption);
    return List.of(
        new DemoCommand(context),
        new UpCommand(context),
        new EvalCommand(context),
        new TablesCommand(context),
        new CompareCommand(context),
        new VotingCommand(context),
        new ReportCommand(context),
        new ReproduceCommand(context),
        new ReplayCommand(context),
        new RoutesCommand(context),
        new ExportCommand(context),
        new ImportCommand(context),
        new WatchCommand(context),
        new RunsCommand(context),
        new ModelsCommand(context),
        new DataCommand(context),
        new AskCommand(context),
        new PerturbCommand(context),
        new ScoreCommand(context),
        new DeadLettersCommand(context),
        new DoctorCommand(context),
        new TrainCommand(context),
        new CheckpointsCommand(context),
        new PlanCommand(context),
        new WorkerCommand(context),
        new StageCommands.IntakeCommand(context),
        new StageCommands.BallotCommand(context),
        new StageCommands.TablesStreamCommand(context),
        new StageCommands.RoutingCommand(context),
        new GatewayCommand(context));
  }

  private int failed(Exception failure, CommandLine at) {
    console.note("assay " + at.getCommandName() + ": " + said(failure));
    if (verbose) {
      PrintWriter err = console.err();
      failure.printStackTrace(err);
      err.flush();
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The message of what failed, or of the first cause that has one. */
  private static String said(Throwable failure) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at.getMessage() != null && !at.getMessage().isBlank()) {
        return at instanceof CommandFailure ? at.getMessage() : at.getClass().getSimpleName() + ": " + at.getMessage();
      }
    }
    return failure.getClass().getName();
  }

  private static int misused(ParameterException wrong) {
    CommandLine at = wrong.getCommandLine();
    PrintWriter err = at.getErr();
    err.println(at.getCommandSpec().qualifiedName() + ": " + wrong.getMessage());
    CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
    err.println("See " + at.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return WRONG_USE;
  }

  /** The version that the build gave. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Assay.class.getPackage().getImplementationVersion();
      return new String[] {
        "assay " + (version == null ? "of an unpackaged build" : version),
        "Java " + Runtime.version(),
      };
    }
  }
}
