package dev.assay.cli;

import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One worker in the foreground. */
@Command(
    name = "worker",
    description = "Serves one model in the foreground until Ctrl-C. Start as many as there is work for, on any machine.",
    footer = {
      "  assay worker --model minilm",
      "  assay worker --model llama=/models/llama-3 --bootstrap-servers kafka:9092 --schema-registry http://registry:8081"
    })
final class WorkerCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(WorkerCommand.class);

  private static final long BYTES_PER_MIB = 1 << 20;

  /** A pebibyte: more than any machine has, and no overflow. */
  private static final long MOST_KV_MIB = 1 << 30;

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = "The model, as 'assay eval --models' takes it.")
  private String model = "";

  @Option(names = "--id", paramLabel = "ID", description = "What the worker calls itself (default: model and process).")
  private @Nullable String id;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Most requests answered together (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--kv-budget",
      paramLabel = "MIB",
      description = {
        "Memory that a language model may take for what it has read (keys and values), in MiB",
        "(default: an eighth of the memory that is free, at most 1024)."
      })
  private @Nullable Long kvMib;

  WorkerCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() {
    Logging.toConsole();
    NamedModel spec = NamedModel.parse(model);
    KafkaSettings settings = choice.requireRunning();
    String workerId = id == null ? spec.name() + "@" + ProcessHandle.current().pid() : id;
    try (Stack stack = Stack.external(settings.bootstrapServers(), settings.registryUrl(), settings.stateDirectory())) {
      // A worker may be the first to come.
      stack.ensureTopics(Topics.all());
    }
    Stopwatch watch = new Stopwatch();
    try (AnsweringModel opened = OpenedModel.of(spec, options())) {
      LOG.info("{} is loaded after {}: {}", spec.name(), watch, opened.card());
      serve(settings, opened, workerId);
    }
    return 0;
  }

  private LoadOptions options() {
    if (kvMib == null) {
      return LoadOptions.defaults();
    }
    if (kvMib < 0 || kvMib > MOST_KV_MIB) {
      throw new CommandFailure("got --kv-budget %d; expected MiB from 0 to %d".formatted(kvMib, MOST_KV_MIB));
    }
    return LoadOptions.defaults().withKvBytes(kvMib * BYTES_PER_MIB);
  }

  private void serve(KafkaSettings settings, AnsweringModel opened, String workerId) {
    // The worker's run ends when the stopper closes it.
    Worker worker =
        new Worker(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()),
            Registries.connect(settings.registryUrl()),
            opened,
            WorkerSettings.of(workerId, batch));
    try (Interruption.Hold _ = context.interruption().hold()) {
      Thread stopper =
          Thread.ofVirtual()
              .start(
                  () -> {
                    context.interruption().await();
                    worker.close();
                  });
      try {
        worker.run();
      } finally {
        stopper.interrupt();
      }
      LOG.info("{} ends: {}", workerId, worker.meters());
    }
  }
}
