package dev.assay.cli;

import dev.assay.benchmarks.BbqItem;
import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.benchmarks.TaskCount;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.cli.evaluation.Evaluation;
import dev.assay.cli.reproduce.Experiment;
import dev.assay.cli.reproduce.Figure;
import dev.assay.cli.reproduce.Measured;
import dev.assay.cli.reproduce.Measurements;
import dev.assay.cli.reproduce.Recording;
import dev.assay.cli.report.Contestant;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.stack.LocalWorkers;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Interruption;
import dev.assay.cli.terminal.LiveView;
import dev.assay.cli.terminal.TextTable;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.recorded.RecordedModel;
import dev.assay.platform.StackOptions;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.BbqQuestion;
import dev.assay.topology.scoring.BbqTally;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Published answers through the whole pipeline, and our figures beside those that are known of them. */
@Command(
    name = "reproduce",
    description = {
      "Evaluates published answers of large models through Kafka and prints our figures beside those that are known of these answers.",
      "published: their authors print the figure; ours must round to it. counted: other code counted the file; ours must be the same.",
      "Exit status 1 when one differs. Experiments, the quick ones first:",
      "  gsm8k, cnndm, bbq, bbh, mmlu-checkpoints, mmlu-helm"
    },
    footer = {"  assay reproduce --data ~/benchmarks --only gsm8k,cnndm", "  assay reproduce --data ~/benchmarks"})
final class ReproduceCommand implements Callable<Integer> {

  private static final int STREAM_THREADS = 1;
  private static final int INTERRUPTED = 130;

  private final Context context;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--data", required = true, paramLabel = "DIR", description = "Folder with the benchmarks in their published layouts.")
  private Path data = Path.of("");

  @Option(
      names = "--answers",
      paramLabel = "DIR",
      description = "Folder of published answers, with a folder a layout: gsm8k_openai, … (default: model_outputs in the data folder).")
  private @Nullable Path answers;

  @Option(names = "--only", split = ",", paramLabel = "EXPERIMENT", description = "Some of the experiments (default: all).")
  private List<String> only = new ArrayList<>();

  @Option(names = "--json", description = "Print the figures as JSON.")
  private boolean json;

  ReproduceCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    Set<Experiment> wanted = wanted();
    Map<Experiment, List<List<Recording>>> rounds = rounds(wanted);
    List<Figure> figures = Figure.all().stream().filter(figure -> wanted.contains(figure.experiment())).toList();
    Measurements measurements = new Measurements();
    Logging.toFile(choice.logs());
    Stopwatch watch = new Stopwatch();
    try (Interruption.Hold _ = context.interruption().hold();
        Site site = Site.open(choice, StackOptions.defaults())) {
      requireFree(site, rounds);
      site.startStages(STREAM_THREADS, Optional.empty());
      site.awaitStages();
      for (Experiment experiment : wanted) {
        List<List<Recording>> parts = rounds.getOrDefault(experiment, List.of());
        for (int part = 0; part < parts.size(); part++) {
          if (!evaluate(site, experiment, parts.get(part), parts.size() == 1 ? "" : "-" + part, measurements)) {
            context.console().note("stopped; %s and what comes after it is not compared".formatted(experiment.label()));
            return INTERRUPTED;
          }
        }
        if (!json) {
          // At once, since the next one may take long, or never end.
          report(experiment, figures, measurements);
        }
      }
    }
    if (json) {
      context.console().json(figures.stream().map(figure -> tree(figure, measurements.of(figure))).toList());
    }
    long differ = figures.stream().filter(figure -> !agrees(figure, measurements.of(figure))).count();
    context.console().note("%,d figures, %,d differ, in %s".formatted(figures.size(), differ, watch));
    return differ == 0 ? 0 : 1;
  }

  private Set<Experiment> wanted() {
    try {
      return only.isEmpty()
          ? EnumSet.allOf(Experiment.class)
          : only.stream().map(Experiment::of).collect(Collectors.toCollection(() -> EnumSet.noneOf(Experiment.class)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec().commandLine(), "--only: " + e.getMessage(), e);
    }
  }

  /** All recordings, of which none may be missing before anything is started. */
  private Map<Experiment, List<List<Recording>>> rounds(Set<Experiment> wanted) {
    Path folder = answers == null ? data.resolve("model_outputs") : answers;
    Map<Experiment, List<List<Recording>>> rounds = new TreeMap<>();
    for (Experiment experiment : wanted) {
      for (String layout : experiment.layouts()) {
        if (!Files.isDirectory(folder.resolve(layout))) {
          throw new CommandFailure(
              "there is no folder %s; expected the published answers of %s; name their folder with --answers, or leave %s out: --only %s"
                  .formatted(folder.resolve(layout), experiment.title(), experiment.label(), others(experiment)));
        }
      }
      rounds.put(experiment, Recording.rounds(experiment, folder));
    }
    return rounds;
  }

  private static String others(Experiment without) {
    return Arrays.stream(Experiment.values()).filter(one -> one != without).map(Experiment::label).collect(Collectors.joining(","));
  }

  private static void requireFree(Site site, Map<Experiment, List<List<Recording>>> rounds) {
    for (List<List<Recording>> parts : rounds.values()) {
      for (Recording recording : parts.stream().flatMap(List::stream).toList()) {
        if (site.fleet().isServed(recording.tableName())) {
          throw new CommandFailure(
              "another process serves a model called %s; end it, or use another stack with --dir".formatted(recording.tableName()));
        }
      }
    }
  }

  /** Evaluates models together; whether that came to its end. */
  private boolean evaluate(Site site, Experiment experiment, List<Recording> models, String suffix, Measurements measurements)
      throws IOException {
    EvaluationPlan plan =
        new EvaluationPlan(
            RunName.now("reproduce-" + experiment.label()) + suffix,
            models.stream().map(Recording::tableName).toList(),
            0,
            OrderRule.ONE,
            OptionalInt.empty(),
            0,
            experiment.format(),
            OptionalInt.empty());
    Set<String> answered = new HashSet<>();
    List<AnsweringModel> opened = opened(models, answered);
    try (LocalWorkers workers = new LocalWorkers(site.settings(), opened)) {
      PromptBatch batch = answered(Benchmarks.open(Optional.of(data)).prompts(TaskSelector.parse(experiment.tasks()), plan), answered);
      Evaluation evaluation = new Evaluation(site, plan, batch, "assay reproduce", false);
      Evaluation.Standing end;
      try (LiveView view = LiveView.begin(context.console(), experiment.label() + suffix, " answers", 1, evaluation.expected())) {
        end =
            evaluation.run(
                context.interruption(),
                standing -> {
                  workers.requireAlive();
                  view.done(standing.flow().settled());
                });
      }
      if (!end.isDone()) {
        return false;
      }
      Map<String, String> names = models.stream().collect(Collectors.toMap(Recording::tableName, Recording::figureName));
      measurements.add(end.rows(), name -> names.getOrDefault(name, name));
    }
    if (experiment == Experiment.BBQ) {
      addBias(site, plan.run(), measurements);
    }
    return true;
  }

  /** Each model from a file of its own, which is gone once it is read. */
  private List<AnsweringModel> opened(List<Recording> recordings, Set<String> answered) throws IOException {
    List<AnsweringModel> opened = new ArrayList<>();
    for (Recording recording : recordings) {
      Path file = Files.createTempFile("assay-recorded-", ".jsonl");
      try {
        recording.write(data, file, answered);
        opened.add(RecordedModel.load(file, recording.tableName()));
      } finally {
        Files.delete(file);
      }
    }
    return opened;
  }

  /** The prompts that were answered: some of the published runs left questions out. */
  private static PromptBatch answered(PromptBatch batch, Set<String> answered) {
    List<Prompt> prompts = batch.prompts().stream().filter(prompt -> answered.contains(prompt.getId())).toList();
    Map<String, Long> sizes = prompts.stream().collect(Collectors.groupingBy(Prompt::getTask, Collectors.counting()));
    List<TaskCount> counts =
        batch.counts().stream()
            .filter(count -> sizes.containsKey(count.task()))
            .map(count -> new TaskCount(count.task(), sizes.getOrDefault(count.task(), 0L).intValue(), count.shots(), count.format()))
            .toList();
    return new PromptBatch(prompts, counts);
  }

  private void addBias(Site site, String run, Measurements measurements) {
    Map<String, BbqItem> items = BbqItem.byPrompt(data);
    StandingVerdicts verdicts = RunsCommand.verdicts(site, List.of(run));
    for (Contestant contestant : verdicts.contestants()) {
      Map<String, BbqTally> tallies = new TreeMap<>();
      for (Verdict verdict : verdicts.of(contestant).values()) {
        BbqItem item = items.get(verdict.getPrompt());
        if (item == null || !(verdict.getOutcome() instanceof ChoiceVerdict decided)) {
          throw new CommandFailure("the verdict on %s is on no question of BBQ in %s".formatted(verdict.getPrompt(), data));
        }
        int option = decided.getOne().getOption();
        BbqQuestion question =
            BbqQuestion.of(item.category(), item.negative(), item.ambiguous(), item.right(), item.answerInfo(), item.stereotypedGroups());
        BbqTally one = BbqTally.of(question, option < 0 ? OptionalInt.empty() : OptionalInt.of(option));
        tallies.merge(verdict.getTask(), one, BbqTally::merge);
      }
      tallies.forEach((task, tally) -> measurements.add(contestant.model(), task, tally));
    }
  }

  private void report(Experiment experiment, List<Figure> figures, Measurements measurements) {
    List<Figure> own = figures.stream().filter(figure -> figure.experiment() == experiment).toList();
    TextTable table = new TextTable().words("model").words("task").words("metric").numbers("ours").numbers("figure").words("basis").words("");
    for (Figure figure : own) {
      Optional<Measured> ours = measurements.of(figure);
      table.row(
          figure.model(),
          figure.task().equals(Measurements.ALL_QUESTIONS) ? "all questions" : figure.task(),
          figure.metric(),
          ours.map(figure::shown).orElse("–"),
          figure.shown(),
          figure.basis().name().toLowerCase(Locale.ROOT),
          agrees(figure, ours) ? "OK" : "differs");
    }
    context.console().line(experiment.title());
    table.lines().forEach(context.console()::line);
    own.stream().map(figure -> figure.basis().name().toLowerCase(Locale.ROOT) + ": " + figure.source()).distinct().forEach(context.console()::line);
    context.console().line("");
  }

  private static boolean agrees(Figure figure, Optional<Measured> ours) {
    return ours.map(figure::agrees).orElse(false);
  }

  private static Map<String, @Nullable Object> tree(Figure figure, Optional<Measured> ours) {
    Map<String, @Nullable Object> tree = new LinkedHashMap<>();
    tree.put("experiment", figure.experiment().label());
    tree.put("model", figure.model());
    tree.put("task", figure.task());
    tree.put("metric", figure.metric());
    tree.put("ours", ours.map(Measured::value).orElse(null));
    tree.put("n", ours.map(Measured::n).orElse(null));
    tree.put("figure", figure.text());
    tree.put("basis", figure.basis().name().toLowerCase(Locale.ROOT));
    tree.put("source", figure.source());
    tree.put("agrees", agrees(figure, ours));
    return tree;
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }
}
