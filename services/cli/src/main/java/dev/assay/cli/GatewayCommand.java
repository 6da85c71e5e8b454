package dev.assay.cli;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.cli.stack.RequestedQuestions;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Interruption;
import dev.assay.gateway.Gateway;
import dev.assay.gateway.GatewayOptions;
import dev.assay.gateway.exchange.Limits;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.schemas.Registries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The gateway in the foreground. */
@Command(
    name = "gateway",
    description =
        "Runs the gateway in the foreground: an OpenAI-compatible API over the models that workers serve, and the runs, checkpoints and routes of the stack.",
    footer = {
      "  assay gateway",
      "  assay gateway --host 0.0.0.0 --port 8080 --bootstrap-servers kafka:9092 --schema-registry http://registry:8081"
    })
final class GatewayCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(GatewayCommand.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Context context;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final StackChoice choice = new StackChoice();

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = GatewayOptions.LOOPBACK,
      description = "Interface to listen on (default: ${DEFAULT-VALUE}, this machine alone). The gateway knows no passwords: what listens to others belongs behind a proxy that does.")
  private String host = GatewayOptions.LOOPBACK;

  @Option(names = "--port", paramLabel = "PORT", defaultValue = "" + GatewayOptions.STANDARD_PORT, description = "Port (default: ${DEFAULT-VALUE}; 0 for any that is free).")
  private int port;

  @Option(names = "--model", paramLabel = "NAME", description = "The model for requests that name none (default: the only language model that is served).")
  private @Nullable String model;

  @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "300", description = "How long a client waits for a model (default: ${DEFAULT-VALUE}).")
  private int timeout;

  @Option(names = "--in-flight", paramLabel = "N", defaultValue = "256", description = "Most requests to workers that are open at a time; more are answered 429 (default: ${DEFAULT-VALUE}).")
  private int inFlight;

  @Option(names = "--in-flight-per-model", paramLabel = "N", defaultValue = "128", description = "Most of them to one model (default: ${DEFAULT-VALUE}).")
  private int inFlightPerModel;

  @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks that clients may have evaluated besides the starter.")
  private @Nullable Path data;

  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      split = ",",
      description = "Folders below which a checkpoint that is announced here must lie (default: anywhere; workers look by themselves, see --adapters of 'assay worker').")
  private List<Path> roots = new ArrayList<>();

  GatewayCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    GatewayOptions options = options();
    Logging.toConsole();
    KafkaSettings settings = choice.requireRunning();
    try (Interruption.Hold _ = context.interruption().hold();
        Stack stack = Stack.external(settings.bootstrapServers(), settings.registryUrl(), settings.stateDirectory())) {
      stack.ensureCatalogue();
      Registries.registerSchemas(Registries.connect(settings.registryUrl()));
      try (Gateway gateway = Gateway.start(settings, options)) {
        context.console().line("gateway   " + gateway.address());
        while (!context.interruption().await(LOOK)) {
          // Nothing to tend: it tries again by itself when the broker comes back.
        }
        LOG.info("the gateway ends");
      }
    }
    return 0;
  }

  private GatewayOptions options() {
    try {
      Limits standard = Limits.defaults();
      Limits limits = new Limits(inFlight, inFlightPerModel, standard.bodyBytes(), Duration.ofSeconds(timeout));
      return new GatewayOptions(host, port, Optional.ofNullable(model), limits, Site::typeOf, new RequestedQuestions(Benchmarks.open(Optional.ofNullable(data))), roots);
    } catch (IllegalArgumentException e) {
      throw spec == null ? e : new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
