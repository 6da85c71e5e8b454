package dev.assay.cli;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.plans.PlannerService;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.gateway.GatewayOptions;
import dev.assay.platform.StackOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The stack alone, until somebody ends it. */
@Command(
    name = "up",
    description = "Runs the stack until Ctrl-C: broker and registry (embedded, or existing ones), the stream stages, the planner, and workers if asked.",
    footer = {
      "  assay up",
      "  assay up --models minilm,smollm2-135m-instruct --broker-port 9092 --routing",
      "  assay up --models smollm2-135m-instruct --adapters ~/adapters",
      "  assay up --bootstrap-servers kafka:9092 --schema-registry http://registry:8081"
    })
final class UpCommand implements Callable<Integer> {

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();
  @Mixin private final ModelChoice models = new ModelChoice();
  @Mixin private final RoutingChoice routing = new RoutingChoice();

  @Option(names = "--broker-port", paramLabel = "PORT", defaultValue = "0", description = "Port of the embedded broker (default: the last one).")
  private int brokerPort;

  @Option(names = "--registry-port", paramLabel = "PORT", defaultValue = "0", description = "Port of the embedded registry (default: the last one).")
  private int registryPort;

  @Option(
      names = "--gateway-port",
      paramLabel = "PORT",
      description = "Port of the gateway (default: " + GatewayOptions.STANDARD_PORT + " where it is free, else any; 0 for any).")
  private @Nullable Integer gatewayPort;

  @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks that clients of the gateway may have evaluated besides the starter.")
  private @Nullable Path data;

  @Option(names = "--threads", paramLabel = "N", defaultValue = "1", description = "Stream threads of each stage (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--adapters",
      paramLabel = "ROOT",
      description = "The workers load the adapters below this folder that checkpoint events name, as 'assay worker --adapters' does. May be given again.")
  private List<Path> adapters = new ArrayList<>();

  UpCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException {
    Path log = Logging.toFile(choice.logs());
    List<NamedModel> wanted = models.parsed();
    Benchmarks benchmarks = Benchmarks.open(Optional.ofNullable(data));
    Stopwatch watch = new Stopwatch();
    context.console().note("starting the stack in " + choice.directory() + " …");
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, new StackOptions(brokerPort, registryPort))) {
      if (!site.isOwned() && !choice.isNamed()) {
        throw new CommandFailure(
            "a stack runs on %s already (broker %s, registry %s); use it, or choose another folder with --dir"
                .formatted(choice.directory(), site.settings().bootstrapServers(), site.settings().registryUrl()));
      }
      site.startStages(threads, routing.settings());
      site.fleet().takeAdaptersBelow(adapters);
      site.startWorkers(wanted);
      site.awaitStages();
      site.awaitWorkers(wanted, context.interruption());
      String gateway = site.startGateway(gatewayPort == null ? OptionalInt.empty() : OptionalInt.of(gatewayPort), benchmarks);
      context.console().line("ready after " + watch);
      context.console().line("  broker            " + site.settings().bootstrapServers());
      context.console().line("  schema registry   " + site.settings().registryUrl());
      context.console().line("  gateway           " + gateway);
      context.console().line("  dashboard         " + gateway + "/");
      context.console().line("  models            " + (wanted.isEmpty() ? "none; 'assay eval' starts those it needs" : String.join(", ", site.fleet().models())));
      context.console().line("  logs              " + log.getParent());
      context.console().line("Ctrl-C ends it.");
      try (PlannerService _ = PlannerService.start(site.settings(), context.console()::line)) {
        while (!context.interruption().await(LOOK)) {
          site.tend();
        }
        context.console().note("ending …");
      }
    }
    return 0;
  }
}
