package dev.assay.cli;

import dev.assay.cli.operations.OperationsChoice;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.stack.Stage;
import dev.assay.cli.stack.StageGroup;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.schemas.Registries;
import dev.assay.topology.routing.RouterSettings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One stream stage in the foreground, for clusters. */
abstract class StageCommands implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(StageCommands.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Context context;
  private final Stage stage;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(
      names = "--instance",
      paramLabel = "NAME",
      defaultValue = "1",
      description = "Tells instances on one machine apart; they share the work (default: ${DEFAULT-VALUE}).")
  private String instance = "1";

  @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Stream threads (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Mixin private final OperationsChoice operations = new OperationsChoice();

  private StageCommands(Context context, Stage stage) {
    this.context = context;
    this.stage = stage;
  }

  @Override
  public Integer call() {
    Logging.toConsole();
    KafkaSettings settings = choice.requireRunning();
    try (Interruption.Hold _ = context.interruption().hold();
        Stack stack = Stack.external(settings.bootstrapServers(), settings.registryUrl(), settings.stateDirectory())) {
      stack.ensureCatalogue();
      Registries.registerSchemas(Registries.connect(settings.registryUrl()));
      try (StageGroup group = StageGroup.start(settings, List.of(stage), instance, threads, routing());
          OperationsChoice.Running _ = operations.start(stage.name().toLowerCase(Locale.ROOT), group.meters(), group::health)) {
        LOG.info("{} runs on {}", stage.applicationId(), settings.bootstrapServers());
        while (!context.interruption().await(LOOK)) {
          group.requireAlive();
        }
        LOG.info("{} ends", stage.applicationId());
      }
    }
    return 0;
  }

  /** How the stage decides, if it is routing. */
  RouterSettings routing() {
    return RouterSettings.DEFAULT;
  }

  @Command(
      name = "intake",
      description = "Runs the intake in the foreground: prompts in, requests out.",
      footer = "  assay intake --bootstrap-servers kafka:9092 --schema-registry http://registry:8081")
  static final class IntakeCommand extends StageCommands {
    IntakeCommand(Context context) {
      super(context, Stage.INTAKE);
    }
  }

  @Command(
      name = "ballot",
      description = "Runs the ballot in the foreground: answers in, verdicts out.",
      footer = "  assay ballot --bootstrap-servers kafka:9092 --schema-registry http://registry:8081")
  static final class BallotCommand extends StageCommands {
    BallotCommand(Context context) {
      super(context, Stage.BALLOT);
    }
  }

  @Command(
      name = "tables-stream",
      description = "Runs the tables in the foreground: verdicts in, metric rows out.",
      footer = "  assay tables-stream --bootstrap-servers kafka:9092 --schema-registry http://registry:8081")
  static final class TablesStreamCommand extends StageCommands {
    TablesStreamCommand(Context context) {
      super(context, Stage.TABLES);
    }
  }

  @Command(
      name = "routing",
      description = {
        "Runs the routing in the foreground: metric rows in, routes out; verdicts in, those of @ensemble, @ensemble-weighted, @oracle and @router",
        "out, for prompts that ask two models or more."
      },
      footer = {
        "  assay routing --bootstrap-servers kafka:9092 --schema-registry http://registry:8081",
        "  assay routing --policy rules:TRUTHFULNESS=epoch-3,*=epoch-2 --wait 30",
        "  assay routing --policy cost:0.25"
      })
  static final class RoutingCommand extends StageCommands {
    @Option(
        names = "--policy",
        paramLabel = "POLICY",
        defaultValue = RoutingChoice.TASK_TYPE,
        description =
            "task-type, rules:TYPE=MODEL,…,*=MODEL, cascade:CHEAP>STRONG>MARGIN, nearest[:NEIGHBOURS], cost:SHARE or cost:WEAK>STRONG>SHARE (default: ${DEFAULT-VALUE}).")
    private String policy = RoutingChoice.TASK_TYPE;

    @Option(
        names = "--wait",
        paramLabel = "SECONDS",
        defaultValue = "5",
        description = "How long the last answer may lie back before a prompt is merged without the rest (default: ${DEFAULT-VALUE}).")
    private int wait;

    @Option(names = "--decide-anew", description = "Decide about prompts anew, even where the log holds what was decided.")
    private boolean anew;

    RoutingCommand(Context context) {
      super(context, Stage.ROUTING);
    }

    @Override
    RouterSettings routing() {
      return RoutingChoice.settings(policy, Duration.ofSeconds(wait), anew);
    }
  }
}
