package dev.assay.cli;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.benchmarks.PromptFormat;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.benchmarks.UnknownTaskException;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.stack.StackChoice;
import dev.assay.records.OrderRule;
import java.io.IOException;
import java.nio.file.Path;
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
      "  assay eval --models smollm2-135m-instruct --tasks mmlu/anatomy,gsm8k --data ~/benchmarks --shots 5 --orders cyclic --limit 100",
      "  assay eval --models gpt4=recorded:answers.csv#gpt-4 --tasks mmlu --data ~/benchmarks --output results"
    })
final class EvalCommand implements Callable<Integer> {

  private final Context context;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final StackChoice choice = new StackChoice();
  @Mixin private final ModelChoice models = new ModelChoice();
  @Mixin private final RoutingChoice routing = new RoutingChoice();

  @Option(
      names = "--tasks",
      required = true,
      paramLabel = "TASK",
      description = "Tasks, separated by commas: mmlu/anatomy, a beginning such as mmlu or starter/bbq, or all. See 'assay data list'.")
  private String tasks = "";

  @Option(names = "--data", paramLabel = "DIR", description = "Folder with the benchmarks in their published layouts (mmlu, gsm8k, …).")
  private @Nullable Path data;

  @Option(names = "--shots", paramLabel = "K", defaultValue = "0", description = "Worked examples in each prompt (default: ${DEFAULT-VALUE}).")
  private int shots;

  @Option(
      names = "--orders",
      paramLabel = "RULE",
      defaultValue = "one",
      description = "Orders of the options that are asked: one, cyclic or all (default: ${DEFAULT-VALUE}).")
  private OrderRule orders = OrderRule.ONE;

  @Option(names = "--limit", paramLabel = "N", description = "Most questions of each task.")
  private @Nullable Integer limit;

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

  EvalCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    List<NamedModel> asked = models.required();
    EvaluationPlan plan = plan(asked);
    PromptBatch batch = prompts(plan);
    return new EvaluationShow(context, choice, asked, plan, batch, command(), Optional.ofNullable(output), json, routing.settings()).run(_ -> {});
  }

  private EvaluationPlan plan(List<NamedModel> asked) {
    try {
      return new EvaluationPlan(
          run == null ? RunName.now("eval") : run,
          asked.stream().map(NamedModel::name).toList(),
          shots,
          orders,
          optional(limit),
          seed,
          PromptFormat.of(format),
          optional(maxTokens));
    } catch (IllegalArgumentException e) {
      throw wrong(e);
    }
  }

  private PromptBatch prompts(EvaluationPlan plan) {
    try {
      return Benchmarks.open(Optional.ofNullable(data)).prompts(TaskSelector.parse(tasks), plan);
    } catch (UnknownTaskException | IllegalArgumentException e) {
      throw wrong(e);
    }
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
