package dev.assay.cli;

import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.operations.OperationsChoice;
import dev.assay.cli.operations.WorkerBinder;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.inference.AdaptableModel;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.Health;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.schemas.Registries;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
    description = {
      "Serves one model in the foreground until Ctrl-C, and the adapters that share its weights. Start as many as there is work for,",
      "on any machine."
    },
    footer = {
      "  assay worker --model minilm",
      "  assay worker --model smollm2-135m-instruct --adapter tuned=runs/adapter --adapters /models/adapters",
      "  assay worker --model gpt=openai:https://api.openai.com/v1#gpt-4o-mini?price-in=0.15&price-out=0.6",
      "  assay worker --model big=/models/llama-3-70b --device gpu:1 --dtype bfloat16 --memory-fraction 0.8",
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
      names = "--adapter",
      paramLabel = "NAME=DIR",
      description = "A LoRA adapter in PEFT's layout, served as a model of this name. May be given again.")
  private Map<String, Path> adapters = new LinkedHashMap<>();

  @Option(
      names = "--adapters",
      paramLabel = "ROOT",
      description = {
        "Load the adapters of the model that checkpoint events name, and drop them when the event is deleted. Only files below this",
        "folder are read. May be given again."
      })
  private List<Path> roots = new ArrayList<>();

  @Option(
      names = "--most-adapters",
      paramLabel = "N",
      defaultValue = "16",
      description = "Most adapters from events that are served at a time, the newest (default: ${DEFAULT-VALUE}).")
  private int mostAdapters;

  @Option(
      names = "--kv-budget",
      paramLabel = "MIB",
      description = {
        "Memory that a language model may take for what it has read (keys and values), in MiB",
        "(default: an eighth of the memory that is free, at most 1024)."
      })
  private @Nullable Long kvMib;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "${env:ASSAY_DEVICE:-auto}",
      description = {
        "Where a language model computes: cpu, gpu:0, gpu:1, … or auto, the first GPU that there is, else the CPU; one worker a device",
        "(default: $ASSAY_DEVICE, else auto)."
      })
  private String device = "auto";

  @Option(
      names = "--memory-fraction",
      paramLabel = "F",
      description = {
        "Part of the device's memory, of what is free once the weights are there, that keys and values may take, up to 1,",
        "unless --kv-budget says it in MiB (default: on a GPU 0.7)."
      })
  private @Nullable Double memoryFraction;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "${env:ASSAY_DTYPE:-float32}",
      description = "Number format of weights and activations, float32 or bfloat16 (default: $ASSAY_DTYPE, else float32).")
  private String dtype = "float32";

  @Mixin private final OperationsChoice operations = new OperationsChoice();

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
      stack.ensureCatalogue();
    }
    Stopwatch watch = new Stopwatch();
    try (AnsweringModel opened = OpenedModel.of(spec, options())) {
      LOG.info("{} is loaded after {}: {}", spec.name(), watch, opened.card());
      attach(opened);
      serve(settings, opened, workerId);
    }
    return 0;
  }

  private void attach(AnsweringModel opened) {
    if (adapters.isEmpty() && roots.isEmpty()) {
      return;
    }
    if (!(opened instanceof AdaptableModel adaptable)) {
      throw new CommandFailure("got adapters for %s, which takes none; expected a language model".formatted(opened.card().name()));
    }
    for (Map.Entry<String, Path> adapter : adapters.entrySet()) {
      try {
        LOG.info("{} is loaded: {}", adapter.getKey(), adaptable.attach(adapter.getKey(), adapter.getValue()));
      } catch (IOException e) {
        throw new CommandFailure("cannot read the adapter " + adapter.getValue() + ": " + e.getMessage(), e);
      }
    }
  }

  private LoadOptions options() {
    LoadOptions options;
    try {
      options = LoadOptions.defaults().on(device).withPrecision(precision()).withMemoryFraction(fraction());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
    if (kvMib == null) {
      return options;
    }
    if (kvMib < 0 || kvMib > MOST_KV_MIB) {
      throw new CommandFailure("got --kv-budget %d; expected MiB from 0 to %d".formatted(kvMib, MOST_KV_MIB));
    }
    return options.withKvBytes(kvMib * BYTES_PER_MIB);
  }

  private double fraction() {
    if (memoryFraction == null) {
      return 0;
    }
    if (!(memoryFraction > 0 && memoryFraction <= 1)) {
      throw new CommandFailure("got --memory-fraction %s; expected a number above 0, up to 1".formatted(memoryFraction));
    }
    return memoryFraction;
  }

  private Precision precision() {
    return switch (dtype) {
      case "float32" -> Precision.FLOAT32;
      case "bfloat16" -> Precision.BFLOAT16;
      default -> throw new CommandFailure("got --dtype %s; expected float32 or bfloat16".formatted(dtype));
    };
  }

  private void serve(KafkaSettings settings, AnsweringModel opened, String workerId) {
    // The worker's run ends when the stopper closes it.
    Worker worker =
        new Worker(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()),
            Registries.connect(settings.registryUrl()),
            opened,
            WorkerSettings.of(workerId, batch).withAdapters(roots, mostAdapters));
    try (Interruption.Hold _ = context.interruption().hold();
        OperationsChoice.Running _ = operations.start("worker", new WorkerBinder(opened.card().name(), worker::meters), () -> List.of(health(worker, opened.card().name())))) {
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

  /** A worker is at work once it has announced its model and is in the model's group. */
  private static Health health(Worker worker, String model) {
    boolean serving = worker.isServing();
    return new Health(Worker.group(model), serving, serving ? "serves " + model : "does not serve yet, or ends", Duration.ZERO);
  }
}
