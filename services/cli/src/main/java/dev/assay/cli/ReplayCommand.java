package dev.assay.cli;

import dev.assay.benchmarks.OrderPlan;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.replay.Replay;
import dev.assay.cli.report.RecordTree;
import dev.assay.cli.report.RunReport;
import dev.assay.cli.routes.TextMeaning;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.LiveView;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.Checkpoint;
import dev.assay.records.MetricRow;
import dev.assay.records.Model;
import dev.assay.records.Origin;
import dev.assay.records.OriginKind;
import dev.assay.records.Run;
import dev.assay.schemas.Topics;
import dev.assay.topology.routing.RouterSettings;
import dev.assay.topology.scoring.TextMetrics;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A run again, out of the log. */
@Command(
    name = "replay",
    description = {
      "Judges the stored answers of a run again, without asking anybody: as they were judged, or in other orders, by other metrics, by another router's "
          + "policy. With --model or --checkpoint it puts the stored prompts to another model instead.",
      "A replay is a run of its own, whose record says of what it was made and how. What was decided by the knowledge of the moment (priors, where "
          + "ballots stopped, routes) is taken from the log unless --decide-anew; twice it gives the same bytes. Ctrl-C stops it, --continue goes on."
    },
    footer = {
      "  assay replay --run exam",
      "  assay replay --run exam --orders adaptive:0.1 --as exam-adaptive",
      "  assay replay --run exam --tasks mmlu --answers-of smollm2-135m-instruct --orders one",
      "  assay replay --run exam --policy cascade:minilm>smollm2-135m-instruct>0.2",
      "  assay replay --run exam --checkpoint tuned@200",
      "  assay replay --continue exam-adaptive"
    })
final class ReplayCommand implements Callable<Integer> {

  private static final int INTERRUPTED = 130;
  private static final int STREAM_THREADS = 1;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--run", paramLabel = "RUN", description = "The run that is replayed (default: the latest that is no replay).")
  private @Nullable String run;

  @Option(names = "--as", paramLabel = "NAME", description = "Name of the replay (default: RUN-replay-, and the time).")
  private @Nullable String name;

  @Option(names = "--continue", paramLabel = "NAME", description = "Go on with a replay that was stopped or killed.")
  private @Nullable String begun;

  @Option(names = "--tasks", split = ",", paramLabel = "TASK", description = "Only prompts of these tasks, or of tasks that begin so: mmlu, starter/bbq.")
  private List<String> tasks = new ArrayList<>();

  @Option(names = "--answers-of", split = ",", paramLabel = "MODEL", description = "Only answers of these models.")
  private List<String> models = new ArrayList<>();

  @Option(names = "--from", paramLabel = "TIME", description = "Only prompts of this time and later: 2026-03-01, or 2026-03-01T12:00:00Z.")
  private @Nullable String from;

  @Option(names = "--until", paramLabel = "TIME", description = "Only prompts of before this time.")
  private @Nullable String until;

  @Option(
      names = "--orders",
      paramLabel = "RULE",
      description = "Judge as if these orders had been asked, as 'assay eval --orders' has them. Answers that lack one of them become dead letters.")
  private @Nullable String orders;

  @Option(names = "--metrics", split = ",", paramLabel = "NAME", description = "Score generated texts by these metrics instead of those asked for.")
  private List<String> metrics = new ArrayList<>();

  @Option(
      names = "--policy",
      paramLabel = "POLICY",
      description = "Decide anew what the router answers, by this policy: task-type, rules:…, cascade:…, nearest, cost:SHARE; needs answers of two models or more.")
  private @Nullable String policy;

  @Option(names = "--decide-anew", description = "Decide anew what was decided by the knowledge of the moment; the run's record says so.")
  private boolean decideAnew;

  @Option(names = "--model", paramLabel = "MODEL", description = "Put the prompts to this model, named as for 'assay eval --models', or as a worker announced it.")
  private @Nullable String model;

  @Option(names = "--checkpoint", paramLabel = "NAME@STEP", description = "Put the prompts to this checkpoint, which a worker of its base serves.")
  private @Nullable String checkpoint;

  @Option(names = "--threads", paramLabel = "N", description = "Partitions that are judged at a time (default: two for each processor, as one waits while the broker commits).")
  private @Nullable Integer threads;

  @Option(names = "--json", description = "Print the metric rows as JSON instead of tables.")
  private boolean json;

  ReplayCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    check();
    Logging.toFile(choice.logs());
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      Replay replays = new Replay(site);
      Run plan = begun == null ? plan(site, replays) : replays.begun(begun);
      if (plan.getOrigin().getKind() == OriginKind.ASKED_AGAIN) {
        serve(site, plan.getModels());
      }
      return show(site, plan, replay(replays, plan));
    }
  }

  private void check() {
    boolean again = model != null || checkpoint != null;
    if (model != null && checkpoint != null) {
      throw wrong("got --model and --checkpoint; expected one of them");
    }
    if (begun != null && (run != null || name != null || !tasks.isEmpty() || !models.isEmpty() || orders != null || policy != null || decideAnew)) {
      throw wrong("got --continue with what to replay; a replay goes on as it was begun, its record says how");
    }
    if (again && (!models.isEmpty() || !metrics.isEmpty() || policy != null || decideAnew)) {
      throw wrong("got --%s with --answers-of, --metrics, --policy or --decide-anew, which are about stored answers".formatted(model == null ? "checkpoint" : "model"));
    }
    if (threads != null && threads < 1) {
      throw wrong("got --threads %d; expected 1 or more".formatted(threads));
    }
    for (String metric : metrics) {
      if (!TextMetrics.names().contains(metric)) {
        throw wrong("got the metric '%s'; expected one of %s".formatted(metric, String.join(", ", TextMetrics.names())));
      }
    }
    try {
      if (orders != null) {
        var _ = OrderPlan.parse(orders);
      }
      if (policy != null) {
        var _ = RouterSettings.parse(policy, RouterSettings.DEFAULT_PATIENCE, true, TextMeaning::shared);
      }
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private Run plan(Site site, Replay replays) {
    String wanted = run == null ? latest(site) : run;
    boolean again = model != null || checkpoint != null;
    Origin origin =
        Origin.newBuilder()
            .setRun(wanted)
            .setKind(again ? OriginKind.ASKED_AGAIN : OriginKind.RESCORED)
            .setTasks(tasks)
            .setModels(models)
            .setFrom(time("--from", from))
            .setUntil(time("--until", until))
            .setOrders(orders == null ? "" : OrderPlan.parse(orders).toString())
            .setMetrics(metrics)
            .setPolicy(policy == null ? "" : policy)
            .setDecidesAnew(decideAnew)
            .build();
    String note = "assay replay " + String.join(" ", spec().commandLine().getParseResult().originalArgs());
    return replays.plan(name == null ? RunName.now(wanted + "-replay") : name, origin, again ? List.of(asked()) : List.of(), note);
  }

  private String latest(Site site) {
    List<String> known = RunsCommand.all(site).stream().filter(one -> one.getOrigin() == null).map(Run::getName).toList();
    return RunsCommand.wanted("--run", null, known, choice);
  }

  private Replay.Outcome replay(Replay replays, Run plan) throws InterruptedException {
    boolean again = plan.getOrigin().getKind() == OriginKind.ASKED_AGAIN;
    Stopwatch watch = new Stopwatch();
    Replay.Outcome outcome;
    try (LiveView view = LiveView.begin(context.console(), again ? "asking" : "judging", " answers", 1, -1)) {
      outcome =
          replays.run(
              plan,
              threads == null ? 2 * Runtime.getRuntime().availableProcessors() : threads,
              context.interruption(),
              at -> {
                view.total(at.all());
                view.done(at.done());
                view.remark(at.words());
              });
    }
    context.console().note(
        "run %s, a replay of %s: %,d prompts, %,d answers, %,d verdicts, %,d dead letters in %s"
            .formatted(plan.getName(), plan.getOrigin().getRun(), outcome.prompts(), outcome.answers(), outcome.verdicts(), outcome.deadLetters(), watch));
    return outcome;
  }

  private int show(Site site, Run plan, Replay.Outcome outcome) {
    if (!outcome.isDone()) {
      context.console().note("stopped; 'assay replay --continue %s' goes on".formatted(plan.getName()));
      return INTERRUPTED;
    }
    try (TopicView<MetricRow> metricRows = site.view(Topics.METRICS, MetricRow.class).catchUp()) {
      List<MetricRow> rows = metricRows.rows().values().stream().filter(row -> row.getRun().equals(plan.getName())).toList();
      if (json) {
        context.console().json(rows.stream().map(RecordTree::of).toList());
      } else {
        RunReport.of(plan.getName(), rows).lines().forEach(context.console()::line);
      }
    }
    return 0;
  }

  private String asked() {
    if (checkpoint != null) {
      return checkpoint;
    }
    return spec(model).map(NamedModel::name).orElse(model == null ? "" : model);
  }

  /** Sees to it that somebody answers. */
  private void serve(Site site, List<String> asked) throws InterruptedException, IOException {
    site.startStages(STREAM_THREADS, Optional.empty());
    site.awaitStages();
    for (String one : asked) {
      if (site.fleet().isServed(one)) {
        continue;
      }
      Optional<NamedModel> named = spec(model).filter(found -> found.name().equals(one));
      if (named.isEmpty()) {
        named = spec(one);
      }
      if (named.isPresent()) {
        List<NamedModel> start = List.of(named.get());
        OpenedModel.fetch(start, context.console());
        site.startWorkers(start);
        site.awaitWorkers(start, context.interruption());
      } else {
        refuseUnserved(site, one);
      }
    }
  }

  private static void refuseUnserved(Site site, String name) {
    try (TopicView<Checkpoint> checkpoints = site.view(Topics.CHECKPOINTS, Checkpoint.class).catchUp();
        TopicView<Model> announced = site.view(Topics.MODELS, Model.class).catchUp()) {
      Checkpoint found = checkpoints.rows().get(name);
      if (found == null) {
        throw new CommandFailure(
            "no worker serves %s, and no checkpoint has this name; expected one of the models %s or the checkpoints %s"
                .formatted(name, announced.rows().keySet(), checkpoints.rows().keySet()));
      }
      String base = found.getBase() == null ? "its base" : found.getBase();
      throw new CommandFailure(
          "no worker serves checkpoint %s; start one of its base: assay worker --model %s --adapters FOLDER, where %s lies below FOLDER; then 'assay replay' again"
              .formatted(name, base, found.getUri()));
    }
  }

  private static Optional<NamedModel> spec(@Nullable String text) {
    if (text == null || text.contains("@")) {
      return Optional.empty();
    }
    try {
      return Optional.of(NamedModel.parse(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private @Nullable Instant time(String option, @Nullable String text) {
    if (text == null) {
      return null;
    }
    try {
      return text.toUpperCase(Locale.ROOT).contains("T") ? Instant.parse(text) : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw new ParameterException(
          spec().commandLine(), "got %s %s; expected a day such as 2026-03-01, or a time such as 2026-03-01T12:00:00Z".formatted(option, text), e);
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec().commandLine(), message);
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
