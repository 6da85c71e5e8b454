package dev.assay.cli;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.benchmarks.TrainingBatch;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.stack.TopicScan;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.LiveView;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.TrainableModel.Learning;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.Part;
import dev.assay.inference.store.AssayHome;
import dev.assay.inference.store.ModelSpec;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.records.Checkpoint;
import dev.assay.records.Prompt;
import dev.assay.records.TrainingStep;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.training.ContaminationGuard;
import dev.assay.training.Training;
import dev.assay.training.TrainingData;
import dev.assay.training.TrainingOutlet;
import dev.assay.training.TrainingRow;
import dev.assay.training.TrainingSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** Fine-tunes a model. */
@Command(
    name = "train",
    description = {
      "Fine-tunes a language model with LoRA, or all its weights (--full): adapters in PEFT's layout or models in that of transformers as checkpoints,",
      "each announced once its files are whole. Started again with the same settings, it goes on from the last checkpoint and ends with the same",
      "numbers. The defaults are the settings that won the NeurIPS 2023 LLM efficiency challenge."
    },
    footer = {
      "  assay train --base smollm2-135m-instruct --data rows.jsonl",
      "  assay train --base smollm2-135m-instruct --data rows.jsonl --name tuned --epochs 3 --checkpoint-every 50 --output ~/adapters/tuned",
      "  assay train --base smollm2-135m-instruct --full --tasks gsm8k,mmlu --data-dir ~/benchmarks --contaminated drop --output ~/models/tuned",
      "  assay train --base llama=/models/llama-3 --data chat.jsonl --guard mmlu,gsm8k --data-dir ~/benchmarks --contaminated drop"
    })
final class TrainCommand implements Callable<Integer> {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,79}");
  private static final int KILO = 1000;
  private static final double ADAPTER_RATE = 1e-4;
  private static final double FULL_RATE = 5e-5;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--base", required = true, paramLabel = "MODEL", description = "The model, as 'assay eval --models' takes it; its name is the one that workers serve it by.")
  private String base = "";

  @Option(
      names = "--data",
      paramLabel = "FILE.jsonl",
      description = "Rows of {\"prompt\", \"answer\"} or {\"messages\": [{\"role\", \"content\"}, …]}; only answers are learned. May be given again.")
  private List<Path> data = new ArrayList<>();

  @Option(
      names = "--tasks",
      paramLabel = "TASK",
      description = {
        "Benchmarks whose training parts are learned, worded as zero-shot questions are asked: mmlu (its dev questions), mmlu/auxiliary_train, gsm8k,",
        "cnndm, bigbench/TASK, an own benchmark's worked examples. What they ask in an evaluation is guarded as by --guard. Separated by commas."
      })
  private @Nullable String tasks;

  @Option(names = "--full", description = "Train all weights, in float32, at 16 bytes of memory a weight; checkpoints are whole models.")
  private boolean full;

  @Option(names = "--name", paramLabel = "JOB", description = "The training run; its checkpoints are JOB@STEP (default: the name of the first file or of the tasks).")
  private @Nullable String name;

  @Option(names = "--output", paramLabel = "DIR", description = "Folder of the checkpoints (default: training/JOB in $$ASSAY_HOME).")
  private @Nullable Path output;

  @Option(names = "--epochs", paramLabel = "N", defaultValue = "3", description = "Passes over the data (default: ${DEFAULT-VALUE}).")
  private int epochs;

  @Option(names = "--checkpoint-every", paramLabel = "N", defaultValue = "0", description = "Steps from one checkpoint to the next (default: one at the end of each epoch).")
  private int checkpointEvery;

  @Option(names = "--rank", paramLabel = "R", defaultValue = "8", description = "Rank of the adapter (default: ${DEFAULT-VALUE}).")
  private int rank;

  @Option(names = "--alpha", paramLabel = "A", defaultValue = "32", description = "The adapter's factor is A / R (default: ${DEFAULT-VALUE}).")
  private double alpha;

  @Option(names = "--dropout", paramLabel = "P", defaultValue = "0.05", description = "Part of what the adapter reads that is left out (default: ${DEFAULT-VALUE}).")
  private double dropout;

  @Option(
      names = "--targets",
      split = ",",
      paramLabel = "MODULE",
      defaultValue = "q_proj,v_proj",
      description = "Matrices that are changed: q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj (default: ${DEFAULT-VALUE}).")
  private List<String> targets = new ArrayList<>();

  @Option(names = "--lr", paramLabel = "X", description = "Learning rate of AdamW (default: 1e-4; with --full 5e-5, as the Hugging Face trainer has it).")
  private @Nullable Double learningRate;

  @Option(names = "--decay", paramLabel = "X", defaultValue = "0.85", description = "Factor of the learning rate after each epoch (default: ${DEFAULT-VALUE}).")
  private double decay;

  @Option(names = "--weight-decay", paramLabel = "X", defaultValue = "0.01", description = "Weight decay of AdamW (default: torch's ${DEFAULT-VALUE}).")
  private double weightDecay;

  @Option(names = "--warm-up", paramLabel = "N", defaultValue = "0", description = "Steps over which the learning rate rises (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Option(names = "--clip", paramLabel = "X", defaultValue = "1", description = "Largest norm of the whole gradient; 0 for no limit (default: ${DEFAULT-VALUE}).")
  private double clip;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "32", description = "Rows of a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(names = "--max-tokens", paramLabel = "N", defaultValue = "512", description = "Longer rows are left out, and counted (default: ${DEFAULT-VALUE}).")
  private int maxTokens;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of all that is by chance (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--guard",
      paramLabel = "TASK",
      description = {
        "Tasks of the evaluation, as 'assay eval --tasks' takes them, whose questions must not be trained on; log stands for all prompts on the running",
        "stack's log. Equal are texts that differ in letters' case and white space at most. Separated by commas."
      })
  private @Nullable String guard;

  @Option(names = "--data-dir", paramLabel = "DIR", description = "Folder with the benchmarks that --tasks and --guard name.")
  private @Nullable Path dataDirectory;

  @Option(names = "--contaminated", paramLabel = "WHAT", defaultValue = "refuse", description = "What becomes of rows that --guard finds: refuse the data, or drop them (default: ${DEFAULT-VALUE}).")
  private Contaminated contaminated = Contaminated.REFUSE;

  @Option(names = "--device", paramLabel = "DEVICE", defaultValue = "${env:ASSAY_DEVICE:-auto}", description = "Where it computes: cpu, gpu:0, … or auto (default: $ASSAY_DEVICE, else auto).")
  private String device = "auto";

  @Option(names = "--dtype", paramLabel = "TYPE", defaultValue = "${env:ASSAY_DTYPE:-float32}", description = "Number format of the model, float32 or bfloat16; the adapter is float32 (default: $ASSAY_DTYPE, else float32).")
  private String dtype = "float32";

  @Option(names = "--pass-tokens", paramLabel = "N", defaultValue = "512", description = "Tokens that go through the model at once; more need more memory (default: ${DEFAULT-VALUE}).")
  private int passTokens;

  @Option(names = "--no-events", description = "Announce nothing, though a stack runs.")
  private boolean silent;

  @Option(names = "--json", description = "Print the checkpoints and the last loss as JSON.")
  private boolean json;

  /** What becomes of rows that ask what the evaluation asks. */
  private enum Contaminated {
    REFUSE,
    DROP
  }

  TrainCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    NamedModel model = model();
    ModelSpec weights = weights(model);
    TrainingSettings settings = settings();
    LoadOptions options = options();
    String job = job();
    Path folder = (output == null ? AssayHome.path().resolve("training").resolve(job) : output).toAbsolutePath().normalize();
    Logging.toFile(choice.logs());
    Optional<KafkaSettings> stack = silent ? Optional.empty() : choice.running().map(Stack::settings);
    List<TrainingRow> rows = rows(stack);
    Path files = OpenedModel.fetch(weights, context.console());
    context.console().note("loading " + model.name());
    try (Interruption.Hold _ = context.interruption().hold();
        TrainableModel opened = TrainableModel.load(files, options, full ? Learning.ALL_WEIGHTS : Learning.AN_ADAPTER)) {
      TrainingData learned = TrainingData.of(rows, opened, settings.maxTokens());
      if (!learned.tooLong().isEmpty()) {
        context
            .console()
            .note("%,d of %,d rows have more than %d tokens and are left out, %s the first".formatted(learned.tooLong().size(), rows.size(), settings.maxTokens(), learned.tooLong().getFirst()));
      }
      try (Training training = Training.open(opened, learned, settings, job, model.name(), folder)) {
        return run(training, job, folder, stack);
      }
    }
  }

  private Integer run(Training training, String job, Path folder, Optional<KafkaSettings> stack) throws IOException {
    context
        .console()
        .note(
            "%s: %,d numbers, %,d steps%s, checkpoints in %s%s"
                .formatted(
                    job,
                    training.parameters(),
                    training.steps(),
                    training.done() == 0 ? "" : " of which %,d are done".formatted(training.done()),
                    folder,
                    stack.isPresent() ? ", announced on " + stack.get().bootstrapServers() : "; no stack runs, so that nothing is announced"));
    try (TrainingOutlet outlet = stack.map(TrainCommand::outlet).orElse(null);
        Progress progress = new Progress(training, outlet)) {
      training.run(progress, context.interruption()::requested);
      if (outlet != null && outlet.pending() > 0) {
        throw new CommandFailure(
            "%d checkpoints in %s are whole but not announced, as the broker did not take them; announce them with 'assay checkpoints add'"
                .formatted(outlet.pending(), folder));
      }
      return progress.end(job, folder);
    }
  }

  /** Shows the training, and passes on what is told of it. */
  private final class Progress implements Training.Listener, AutoCloseable {
    private final Training training;
    private final @Nullable TrainingOutlet outlet;
    private final LiveView view;
    private final List<Checkpoint> saved = new ArrayList<>();
    private @Nullable TrainingStep last;

    Progress(Training training, @Nullable TrainingOutlet outlet) {
      this.training = training;
      this.outlet = outlet;
      this.view = LiveView.begin(context.console(), "training", " steps", 1, training.steps());
      view.done(training.done());
    }

    @Override
    public void stepped(TrainingStep step) {
      last = step;
      view.done(step.getStep());
      double rate = step.getTokens() * (double) KILO / Math.max(1, step.getMillis());
      view.remark(String.format(Locale.ROOT, " loss %.4f, %,.0f tokens/s", step.getLoss(), rate));
      if (outlet != null) {
        outlet.stepped(step);
      }
    }

    @Override
    public void saved(Checkpoint checkpoint) {
      saved.add(checkpoint);
      if (outlet != null) {
        outlet.saved(checkpoint);
      }
    }

    int end(String job, Path folder) {
      view.close();
      boolean whole = last == null || last.getStep() == training.steps();
      if (json) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("job", job);
        tree.put("steps", training.steps());
        tree.put("done", last == null ? training.done() : last.getStep());
        tree.put("loss", last == null ? null : last.getLoss());
        tree.put("checkpoints", saved.stream().map(Checkpoint::getName).toList());
        tree.put("folder", folder.toString());
        context.console().json(tree);
      } else {
        saved.forEach(one -> context.console().line(String.format(Locale.ROOT, "%s  loss %.4f  %s", one.getName(), one.getMetrics().get("loss"), one.getUri())));
      }
      if (!whole) {
        context.console().note("ended after step %d of %d; started again, it goes on from its last checkpoint".formatted(last.getStep(), training.steps()));
      }
      return whole ? 0 : 1;
    }

    @Override
    public void close() {
      view.close();
    }
  }

  private static TrainingOutlet outlet(KafkaSettings settings) {
    try (Stack stack = Stack.external(settings.bootstrapServers(), settings.registryUrl(), settings.stateDirectory())) {
      stack.ensureCatalogue();
    }
    return new TrainingOutlet(
        Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()), Registries.connect(settings.registryUrl()));
  }

  private List<TrainingRow> rows(Optional<KafkaSettings> stack) throws IOException {
    List<TrainingRow> rows = new ArrayList<>();
    for (Path file : data) {
      rows.addAll(TrainingRow.read(file));
    }
    Set<String> guards = new LinkedHashSet<>(guard == null ? List.of() : List.of(guard.split(",")));
    if (tasks != null) {
      TrainingBatch batch = benchmarks().training(TaskSelector.parse(tasks));
      rows.addAll(TaskRows.of(batch));
      guards.addAll(batch.asked().names());
      context.console().note("%,d questions to learn of %s".formatted(batch.prompts().size(), tasks));
    }
    return guarded(rows, guards, stack);
  }

  private Benchmarks benchmarks() {
    return Benchmarks.open(Optional.ofNullable(dataDirectory));
  }

  private List<TrainingRow> guarded(List<TrainingRow> rows, Set<String> guards, Optional<KafkaSettings> stack) {
    if (guards.isEmpty()) {
      return rows;
    }
    List<String> asked = new ArrayList<>();
    if (guards.remove("log")) {
      KafkaSettings settings = stack.orElseGet(choice::requireRunning);
      TopicScan.each(
          settings, Registries.connect(settings.registryUrl()), Topics.PROMPTS, Prompt.class, (prompt, _) -> asked.addAll(TaskRows.texts(prompt)));
    }
    if (!guards.isEmpty()) {
      EvaluationPlan plan = EvaluationPlan.of("guard", List.of("guard"));
      benchmarks().prompts(new TaskSelector(List.copyOf(guards)), plan).prompts().forEach(prompt -> asked.addAll(TaskRows.texts(prompt)));
    }
    ContaminationGuard.Outcome outcome = new ContaminationGuard(asked).part(rows);
    if (contaminated == Contaminated.REFUSE) {
      outcome.requireClean();
    }
    context.console().note("%,d of %,d rows ask what the evaluation asks and are left out".formatted(outcome.dropped().size(), rows.size()));
    return outcome.kept();
  }

  private NamedModel model() {
    try {
      return NamedModel.parse(base);
    } catch (IllegalArgumentException e) {
      throw wrong("--base: " + e.getMessage());
    }
  }

  private ModelSpec weights(NamedModel model) {
    if (!(model.origin() instanceof NamedModel.Origin.Weights(ModelSpec weights))) {
      throw wrong("got --base %s; expected a language model with weights of its own, such as smollm2-135m-instruct".formatted(base));
    }
    return weights;
  }

  private String job() {
    String by =
        data.isEmpty() ? String.valueOf(tasks).replaceAll("[^A-Za-z0-9._-]+", "-") : data.getFirst().getFileName().toString().replaceFirst("\\.jsonl?$", "");
    String job = name == null ? by : name;
    if (!NAME.matcher(job).matches()) {
      throw wrong("got the name '%s'; expected 1 to 80 letters, digits and . _ - by --name".formatted(job));
    }
    return job;
  }

  private TrainingSettings settings() {
    if (data.isEmpty() && tasks == null) {
      throw wrong("got nothing to learn; expected --data FILE.jsonl, or --tasks with benchmarks' training parts");
    }
    Optional<TrainingSettings.Lora> lora = full ? Optional.empty() : Optional.of(lora());
    double rate = learningRate == null ? full ? FULL_RATE : ADAPTER_RATE : learningRate;
    requireFullAlone();
    try {
      return new TrainingSettings(lora, rate, decay, weightDecay, warmUp, clip, batch, maxTokens, epochs, seed, checkpointEvery);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  /** An adapter's options would be passed over in silence. */
  private void requireFullAlone() {
    ParseResult given = Objects.requireNonNull(spec).commandLine().getParseResult();
    for (String option : List.of("--rank", "--alpha", "--dropout", "--targets")) {
      if (full && given.hasMatchedOption(option)) {
        throw wrong("got --full and %s, which is of an adapter; expected one of them".formatted(option));
      }
    }
    if (full && !dtype.equals("float32")) {
      throw wrong("got --full with --dtype %s; expected float32, as a small step would be lost in fewer bits".formatted(dtype));
    }
  }

  private TrainingSettings.Lora lora() {
    Set<Part> parts = EnumSet.noneOf(Part.class);
    for (String target : targets) {
      parts.add(
          LoraLayout.target(target)
              .orElseThrow(() -> wrong("got --targets %s; expected some of %s".formatted(target, LoraLayout.names(LoraLayout.TARGETS)))));
    }
    try {
      return new TrainingSettings.Lora(rank, alpha, dropout, parts);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private LoadOptions options() {
    Precision precision =
        switch (dtype) {
          case "float32" -> Precision.FLOAT32;
          case "bfloat16" -> Precision.BFLOAT16;
          default -> throw wrong("got --dtype %s; expected float32 or bfloat16".formatted(dtype));
        };
    try {
      return LoadOptions.defaults().withDevice(device).withPrecision(precision).withMaxPassTokens(passTokens);
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
