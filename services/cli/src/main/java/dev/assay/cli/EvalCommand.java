package dev.assay.cli;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.ChallengeTasks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.OrderPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.benchmarks.PromptFormat;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.benchmarks.UnknownTaskException;
import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.benchmarks.perturbation.Perturbations;
import dev.assay.benchmarks.perturbation.WordListException;
import dev.assay.benchmarks.perturbation.WordLists;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.topology.routing.Votes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** One evaluation. */
@Command(
    name = "eval",
    description =
        "Evaluates models on tasks and prints the tables. Uses the stack that runs, or starts one for the time; starts workers for models "
            + "that nobody serves. Exit status 1 when anything became a dead letter.",
    footer = {
      "  assay eval --models minilm --tasks starter",
      "  assay eval --models tuned-a,tuned-b --tasks mmlu --data ~/benchmarks --until decided",
      "  assay eval --models @router --tasks starter",
      "  assay eval --models smollm2-135m-instruct --tasks mmlu/anatomy,gsm8k --data ~/benchmarks --shots 5 --orders cyclic --limit 100",
      "  assay eval --models gpt4=recorded:answers.csv#gpt-4 --tasks mmlu --data ~/benchmarks --output results",
      "  assay eval --models tuned=~/tuned --tasks challenge --budget 600 --data ~/benchmarks --lists ~/lists"
    })
final class EvalCommand implements Callable<Integer> {

  private static final String CANONICAL = "canonical";
  private static final String NO_PERTURBATION = "none";

  private final Context context;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final StackChoice choice = new StackChoice();
  @Mixin private final ModelChoice models = new ModelChoice();
  @Mixin private final RoutingChoice routing = new RoutingChoice();

  @Option(
      names = "--tasks",
      required = true,
      paramLabel = "TASK",
      description = {
        "Tasks, separated by commas: mmlu/anatomy, a beginning such as mmlu or starter/bbq, or all. See 'assay data list'.",
        "challenge stands for the tasks of the NeurIPS 2023 LLM efficiency challenge, with its worked examples, MMLU in canonical perturbations."
      })
  private String tasks = "";

  @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks in their published layouts (mmlu, gsm8k, …).")
  private @Nullable Path data;

  @Option(names = "--shots", paramLabel = "K", defaultValue = "0", description = "Worked examples in each prompt (default: ${DEFAULT-VALUE}).")
  private int shots;

  @Option(
      names = "--orders",
      paramLabel = "RULE",
      defaultValue = "one",
      description = {
        "Orders of the options that are asked (default: ${DEFAULT-VALUE}): one; cyclic; all (beyond five options 24 drawn ones); sampled[:N]; "
            + "adaptive[:E] asks more until the winner over all orders is certified at error rate E (0.05); pride[:S] asks a share S (0.05) in all "
            + "rotations, and divides the preference for positions that it shows out of the rest."
      })
  private String orders = "one";

  @Option(names = "--limit", paramLabel = "N", description = "Most questions of each task.")
  private @Nullable Integer limit;

  @Option(names = "--budget", paramLabel = "N", description = "With --tasks challenge: about N questions, split evenly as the challenge splits its 600.")
  private @Nullable Integer budget;

  @Option(
      names = "--perturbations",
      paramLabel = "NAME",
      description = {
        "Ask every question in perturbed copies too: names as 'assay perturb' has them, or HELM's suites: canonical, robustness, fairness, …",
        "With --tasks challenge only MMLU's questions (default there: canonical); none turns them off."
      })
  private @Nullable String perturbations;

  @Mixin private final ListsChoice lists = new ListsChoice();

  @Option(
      names = "--until",
      paramLabel = "decided",
      description =
          "decided: ask the questions in random waves and stop as soon as every pair of models is told apart, corrected over pairs and "
              + "looks; the questions saved are printed.")
  private @Nullable Until until;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "helm",
      description = "Whose wording and choice of examples: helm or lm-eval (default: ${DEFAULT-VALUE}).")
  private String format = "helm";

  @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the run (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--max-tokens", paramLabel = "N", description = "Most tokens of a generated answer, where the benchmark allows more.")
  private @Nullable Integer maxTokens;

  @Option(names = "--run", paramLabel = "NAME", description = "Name of the run: letters, digits and . _ - (default: eval- and the time).")
  private @Nullable String run;

  @Option(names = "--output", paramLabel = "DIR", description = "Write the metric rows to DIR/RUN.json as well.")
  private @Nullable Path output;

  @Option(names = "--json", description = "Print the metric rows as JSON instead of tables.")
  private boolean json;

  /** When an evaluation ends before its questions do. */
  private enum Until {
    DECIDED
  }

  EvalCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    List<NamedModel> served = models.besideRouter();
    if (until == Until.DECIDED && (served.size() < 2 || models.namesRouter())) {
      throw new ParameterException(
          commandSpec().commandLine(),
          "got --until decided with %d model%s; expected two or more, which it tells apart, and not %s, whose answers are those of others"
              .formatted(served.size(), models.namesRouter() ? " and " + Votes.ROUTER : "", Votes.ROUTER));
    }
    List<String> asked = new ArrayList<>(served.stream().map(NamedModel::name).toList());
    if (models.namesRouter()) {
      asked.add(Votes.ROUTER);
    }
    EvaluationPlan plan = plan(asked);
    if (models.namesRouter() && plan.orders().toString().startsWith("pride")) {
      throw wrong(new IllegalArgumentException("got --orders %s for %s; a prior is one model's, and routes may divide the questions among several: ask for other orders".formatted(orders, Votes.ROUTER)));
    }
    PromptBatch batch = prompts(plan);
    return new EvaluationShow(context, choice, served, plan, batch, command(), Optional.ofNullable(output), json, until == Until.DECIDED, routing.settings()).run(_ -> {}, _ -> {});
  }

  private EvaluationPlan plan(List<String> asked) {
    try {
      return new EvaluationPlan(
          run == null ? RunName.now("eval") : run,
          asked,
          shots,
          OrderPlan.parse(orders),
          optional(limit),
          seed,
          PromptFormat.of(format),
          optional(maxTokens));
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
  }

  private PromptBatch prompts(EvaluationPlan plan) {
    boolean isChallenge = tasks.strip().equals(ChallengeTasks.NAME);
    if (budget != null && (!isChallenge || budget < 1)) {
      throw wrong(new IllegalArgumentException("got --budget %d; expected 1 or more, with --tasks %s".formatted(budget, ChallengeTasks.NAME)));
    }
    if (isChallenge && (shots != 0 || limit != null)) {
      throw wrong(new IllegalArgumentException("--tasks challenge has its own worked examples and numbers of questions; leave --shots and --limit out"));
    }
    try {
      List<Perturbation> copies = perturbations(isChallenge ? CANONICAL : NO_PERTURBATION);
      Benchmarks benchmarks = Benchmarks.open(Optional.ofNullable(data));
      return isChallenge ? challenge(benchmarks, plan, copies) : benchmarks.prompts(TaskSelector.parse(tasks), plan, copies);
    } catch (WordListException e) {
      throw new CommandFailure(e.getMessage() + "; name the folder with --lists or $" + ListsChoice.VARIABLE, e);
    } catch (UnknownTaskException | IllegalArgumentException e) {
      throw wrong(e);
    }
  }

  private List<Perturbation> perturbations(String otherwise) {
    String names = perturbations == null ? otherwise : perturbations;
    return names.equals(NO_PERTURBATION) ? List.of() : Perturbations.parse(names, new WordLists(lists.folder()));
  }

  private PromptBatch challenge(Benchmarks benchmarks, EvaluationPlan plan, List<Perturbation> copies) {
    ChallengeTasks challenge = ChallengeTasks.of(benchmarks, plan, optional(budget), copies);
    if (challenge.prompts().prompts().isEmpty()) {
      throw new CommandFailure("the data folder has no task of the challenge; expected mmlu, truthfulqa, bbq, cnndm, gsm8k or bigbench in --data");
    }
    if (!challenge.absent().isEmpty()) {
      context.console().note(
          "not in the data folder and not asked: %s%s"
              .formatted(
                  String.join(", ", challenge.absent()),
                  challenge.unasked() == 0 ? "" : " (%d of %d questions)".formatted(challenge.unasked(), budget)));
    }
    return challenge.prompts();
  }

  private ParameterException wrong(Exception cause) {
    return new ParameterException(commandSpec().commandLine(), String.valueOf(cause.getMessage()), cause);
  }

  private String command() {
    return "assay eval " + String.join(" ", commandSpec().commandLine().getParseResult().originalArgs());
  }

  private CommandSpec commandSpec() {
    if (spec == null) {
      throw new IllegalStateException("the command was not made by picocli");
    }
    return spec;
  }

  private static OptionalInt optional(@Nullable Integer number) {
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
