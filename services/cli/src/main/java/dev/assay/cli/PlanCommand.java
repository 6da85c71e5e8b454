package dev.assay.cli;

import dev.assay.benchmarks.BenchmarkFileException;
import dev.assay.benchmarks.OrderPlan;
import dev.assay.benchmarks.PromptFormat;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.benchmarks.UnknownTaskException;
import dev.assay.cli.operations.OperationsChoice;
import dev.assay.cli.plans.PlannerBinder;
import dev.assay.cli.plans.NamePattern;
import dev.assay.cli.plans.PlanOutlet;
import dev.assay.cli.plans.PlanQuestions;
import dev.assay.cli.plans.PlannerService;
import dev.assay.cli.report.RecordTree;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.TextTable;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.Stack;
import dev.assay.platform.TopicView;
import dev.assay.records.Plan;
import dev.assay.records.PlanState;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.WhenNewer;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Standing plans: what every new checkpoint is asked. */
@Command(
    name = "plan",
    description = {
      "Standing plans: which questions every new checkpoint is asked, without anyone asking for it. A planner follows them; 'assay up' runs one,",
      "'assay plan run' is one by itself. Workers with --adapters serve the checkpoints."
    },
    footer = {
      "  assay plan add nightly --tasks mmlu,gsm8k --data ~/benchmarks --limit 200 --models 'tuned@*' --when-newer sample:0.25",
      "  assay plan list",
      "  assay plan remove nightly"
    })
final class PlanCommand implements Runnable {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,40}");
  private static final String SAMPLE = "sample";
  private static final double USUAL_SAMPLE = 0.25;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  PlanCommand(Context context) {
    this.context = context;
  }

  @Override
  public void run() {
    throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "expected add, list, stop, start, remove or run");
  }

  /** What a plan asks. */
  static final class Asked {

    @Option(names = "--tasks", required = true, split = ",", paramLabel = "TASK", description = "Tasks, as 'assay eval --tasks' takes them, separated by commas.")
    private List<String> tasks = List.of();

    @Option(names = "--models", paramLabel = "PATTERN", defaultValue = "*", description = "Which checkpoints: their names, with * for any characters; several separated by commas (default: ${DEFAULT-VALUE}).")
    private String models = "*";

    @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks in their published layouts, on the machine of the planner.")
    private @Nullable Path data;

    @Option(names = "--limit", paramLabel = "N", description = "Most questions of each task.")
    private @Nullable Integer limit;

    @Option(names = "--shots", paramLabel = "K", defaultValue = "0", description = "Worked examples in each prompt (default: ${DEFAULT-VALUE}).")
    private int shots;

    @Option(names = "--orders", paramLabel = "RULE", defaultValue = "one", description = "Orders of the options, as 'assay eval --orders' takes them (default: ${DEFAULT-VALUE}).")
    private String orders = "one";

    @Option(names = "--format", paramLabel = "FORMAT", defaultValue = "helm", description = "Whose wording: helm or lm-eval (default: ${DEFAULT-VALUE}).")
    private String format = "helm";

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the questions and of their order (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens of a generated answer, where the benchmark allows more.")
    private @Nullable Integer maxTokens;

    @Option(
        names = "--when-newer",
        paramLabel = "POLICY",
        defaultValue = "finish",
        description =
            "What becomes of an evaluation when a newer checkpoint of the same training comes before its end: finish; drop (no further question is "
                + "asked); sample[:SHARE] (it goes on to that share of its questions, 0.25). Default: ${DEFAULT-VALUE}.")
    private String whenNewer = "finish";

    @Option(names = "--run", paramLabel = "PREFIX", description = "What the names of its runs begin with (default: the plan's name).")
    private @Nullable String runPrefix;

    @Option(names = "--part", paramLabel = "SHARE", defaultValue = "1", description = "Ask this share of each task's questions, drawn by the seed, so that the others may be trained on (default: ${DEFAULT-VALUE}).")
    private double part;

    @Option(names = "--no-base", description = "Do not ask the model that the checkpoints were trained from.")
    private boolean noBase;
  }

  @Command(
      name = "add",
      description = {
        "Adds a plan, or replaces the one of this name. Checkpoints that are announced already are evaluated too. Reads the questions first, so that",
        "a task that is not there is refused now."
      },
      footer = {
        "  assay plan add starter --tasks starter",
        "  assay plan add nightly --tasks mmlu,gsm8k --data ~/benchmarks --limit 200 --models 'tuned@*' --when-newer sample:0.25"
      })
  Integer add(
      @Mixin StackChoice choice,
      @Mixin Asked asked,
      @Parameters(paramLabel = "NAME", description = "The plan's name: letters, digits and . _ -.") String name,
      @Option(names = "--json", description = "Print the plan as JSON.") boolean json) {
    Plan plan = plan(name, asked);
    int questions = questions(plan);
    Logging.toFile(choice.logs());
    KafkaSettings settings = ready(choice);
    try (PlanOutlet outlet = new PlanOutlet(settings, Registries.connect(settings.registryUrl()))) {
      outlet.write(plan);
    }
    if (json) {
      context.console().json(RecordTree.of(plan));
    } else {
      context.console().line("plan %s: %,d questions for each checkpoint that is called %s".formatted(name, questions, plan.getModels()));
    }
    return 0;
  }

  @Command(
      name = "list",
      description = "Lists the plans, and what was decided by them.",
      footer = {"  assay plan list", "  assay plan list --json"})
  Integer list(@Mixin StackChoice choice, @Option(names = "--json", description = "Print both as JSON.") boolean json) {
    Logging.toFile(choice.logs());
    KafkaSettings settings = ready(choice);
    List<Plan> plans = List.copyOf(rows(settings, Topics.PLANS, Plan.class).values());
    List<PlannedEvaluation> evaluations =
        rows(settings, Topics.EVALUATIONS, PlannedEvaluation.class).values().stream()
            .sorted(
                Comparator.comparing(PlannedEvaluation::getPlan)
                    .thenComparing(PlannedEvaluation::getJob)
                    .thenComparingLong(PlannedEvaluation::getStep)
                    .thenComparing(PlannedEvaluation::getDecidedAt))
            .toList();
    if (json) {
      Map<String, @Nullable Object> tree = new LinkedHashMap<>();
      tree.put("plans", plans.stream().map(RecordTree::of).toList());
      tree.put("evaluations", evaluations.stream().map(RecordTree::of).toList());
      context.console().json(tree);
      return 0;
    }
    if (plans.isEmpty()) {
      context.console().note("no plan stands; 'assay plan add' makes one");
    } else {
      TextTable table = new TextTable().words("plan").words("state").words("checkpoints").words("tasks").words("when newer");
      plans.forEach(
          plan ->
              table.row(
                  plan.getName(), lower(plan.getState()), plan.getModels(), String.join(", ", plan.getTasks()), policy(plan)));
      table.lines().forEach(context.console()::line);
    }
    if (!evaluations.isEmpty()) {
      context.console().line("");
      TextTable table = new TextTable().words("plan").words("checkpoint").numbers("step").words("state").numbers("asked").numbers("of").words("run").words("why");
      evaluations.forEach(
          one ->
              table.row(
                  one.getPlan(),
                  one.getCheckpoint(),
                  Long.toString(one.getStep()),
                  lower(one.getState()),
                  Integer.toString(one.getAsked()),
                  Integer.toString(one.getQuestions()),
                  one.getRun(),
                  one.getReason()));
      table.lines().forEach(context.console()::line);
    }
    return 0;
  }

  @Command(
      name = "stop",
      description = "Stops a plan: nothing new is begun, and what is begun asks no further question, until it is started again.",
      footer = "  assay plan stop nightly")
  Integer stop(@Mixin StackChoice choice, @Parameters(paramLabel = "NAME", description = "The plan.") String name) {
    return put(choice, name, PlanState.STOPPED);
  }

  @Command(name = "start", description = "Starts a plan again that was stopped; it goes on where it was.", footer = "  assay plan start nightly")
  Integer start(@Mixin StackChoice choice, @Parameters(paramLabel = "NAME", description = "The plan.") String name) {
    return put(choice, name, PlanState.ACTIVE);
  }

  @Command(
      name = "remove",
      description = "Removes a plan. What it has asked stays; evaluations that run ask no further question.",
      footer = "  assay plan remove nightly")
  Integer remove(@Mixin StackChoice choice, @Parameters(paramLabel = "NAME", description = "The plan.") String name) {
    Logging.toFile(choice.logs());
    KafkaSettings settings = ready(choice);
    known(settings, name);
    try (PlanOutlet outlet = new PlanOutlet(settings, Registries.connect(settings.registryUrl()))) {
      outlet.remove(name);
    }
    context.console().line("plan %s is removed".formatted(name));
    return 0;
  }

  @Command(
      name = "run",
      description = {
        "Follows the plans in the foreground until Ctrl-C: asks new checkpoints their questions. Several may run, one of them is at work;",
        "killed and started again, it goes on where it was."
      },
      footer = {"  assay plan run", "  assay plan run --bootstrap-servers kafka:9092 --schema-registry http://registry:8081"})
  Integer follow(@Mixin StackChoice choice, @Mixin OperationsChoice operations) {
    Logging.toFile(choice.logs());
    KafkaSettings settings = ready(choice);
    try (Interruption.Hold _ = context.interruption().hold();
        PlannerService planner = PlannerService.start(settings, context.console()::line);
        OperationsChoice.Running _ = operations.start("planner", new PlannerBinder(planner), () -> List.of(planner.health()))) {
      context.console().note("following the plans; Ctrl-C ends it");
      context.interruption().await();
    }
    return 0;
  }

  private Integer put(StackChoice choice, String name, PlanState state) {
    Logging.toFile(choice.logs());
    KafkaSettings settings = ready(choice);
    Plan plan = known(settings, name);
    try (PlanOutlet outlet = new PlanOutlet(settings, Registries.connect(settings.registryUrl()))) {
      outlet.write(Plan.newBuilder(plan).setState(state).build());
    }
    context.console().line("plan %s is %s".formatted(name, lower(state)));
    return 0;
  }

  private static Plan known(KafkaSettings settings, String name) {
    Map<String, Plan> plans = rows(settings, Topics.PLANS, Plan.class);
    Plan plan = plans.get(name);
    if (plan == null) {
      throw new CommandFailure(
          "got the plan %s; expected %s".formatted(name, plans.isEmpty() ? "one that 'assay plan add' has made" : "one of " + String.join(", ", plans.keySet())));
    }
    return plan;
  }

  private static <T extends SpecificRecord> Map<String, T> rows(KafkaSettings settings, String topic, Class<T> type) {
    try (TopicView<T> view = TopicView.open(settings, Registries.connect(settings.registryUrl()), topic, type)) {
      return Map.copyOf(view.catchUp().rows()).entrySet().stream()
          .sorted(Map.Entry.comparingByKey())
          .collect(LinkedHashMap::new, (map, entry) -> map.put(entry.getKey(), entry.getValue()), Map::putAll);
    }
  }

  /** A stack of before plans has no topic for them. */
  private static KafkaSettings ready(StackChoice choice) {
    KafkaSettings settings = choice.requireRunning();
    try (Stack stack = Stack.external(settings.bootstrapServers(), settings.registryUrl(), settings.stateDirectory())) {
      stack.ensureCatalogue();
    }
    Registries.registerSchemas(Registries.connect(settings.registryUrl()));
    return settings;
  }

  private Plan plan(String name, Asked asked) {
    String prefix = asked.runPrefix == null ? name : asked.runPrefix;
    if (!NAME.matcher(name).matches() || !NAME.matcher(prefix).matches()) {
      throw wrong("got the names %s and %s; expected 1 to 40 letters, digits and . _ -".formatted(name, prefix), null);
    }
    try {
      WhenNewer policy = WhenNewer.valueOf(asked.whenNewer.split(":", 2)[0].toUpperCase(Locale.ROOT));
      return Plan.newBuilder()
          .setName(name)
          .setCreatedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
          .setModels(patterns(asked.models))
          .setRunPrefix(prefix)
          .setTasks(TaskSelector.parse(String.join(",", asked.tasks)).names())
          .setData(asked.data == null ? null : asked.data.toAbsolutePath().normalize().toString())
          .setLimit(asked.limit)
          .setShots(asked.shots)
          .setOrders(OrderPlan.parse(asked.orders).toString())
          .setFormat(formatOf(asked.format))
          .setSeed(asked.seed)
          .setMaxTokens(asked.maxTokens)
          .setWhenNewer(policy)
          .setSample(share(asked.whenNewer, policy))
          .setPart(part(asked.part))
          .setWithBase(!asked.noBase)
          .setNote("assay plan add")
          .build();
    } catch (IllegalArgumentException e) {
      throw wrong(
          e.getMessage() != null && e.getMessage().contains(WhenNewer.class.getSimpleName())
              ? "got --when-newer %s; expected finish, drop or sample[:SHARE]".formatted(asked.whenNewer)
              : String.valueOf(e.getMessage()),
          e);
    }
  }

  private int questions(Plan plan) {
    try {
      return PlanQuestions.read(plan).prompts().size();
    } catch (UnknownTaskException | IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    } catch (BenchmarkFileException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private static String patterns(String models) {
    return NamePattern.parse(models).patterns().isEmpty() ? "*" : models;
  }

  private static String formatOf(String format) {
    PromptFormat.of(format);
    return format;
  }

  private static double share(String whenNewer, WhenNewer policy) {
    int colon = whenNewer.indexOf(':');
    if (colon < 0) {
      return USUAL_SAMPLE;
    }
    String text = whenNewer.substring(colon + 1);
    double share = policy == WhenNewer.SAMPLE && text.matches("[0-9]*\\.?[0-9]+") ? Double.parseDouble(text) : Double.NaN;
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("got --when-newer %s; expected %s with a share above 0, up to 1".formatted(whenNewer, SAMPLE));
    }
    return share;
  }

  private static double part(double part) {
    if (!(part > 0 && part <= 1)) {
      throw new IllegalArgumentException("got --part %s; expected a share above 0, up to 1".formatted(part));
    }
    return part;
  }

  private static String policy(Plan plan) {
    return plan.getWhenNewer() == WhenNewer.SAMPLE ? SAMPLE + ":" + plan.getSample() : lower(plan.getWhenNewer());
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private ParameterException wrong(String message, @Nullable Exception cause) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message, cause);
  }
}
