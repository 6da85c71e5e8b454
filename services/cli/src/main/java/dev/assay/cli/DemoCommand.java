package dev.assay.cli;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.PromptBatch;
import dev.assay.benchmarks.PromptFormat;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.records.OrderRule;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Everything on this machine: a real model, real questions, a real broker. */
@Command(
    name = "demo",
    description =
        "Puts the starter benchmark to a language model and to a baseline, in every order of the options, through an embedded broker. "
            + "Ends by itself.",
    footer = {"  assay demo", "  assay demo --stay", "  assay demo --train"})
final class DemoCommand implements Callable<Integer> {

  private static final List<NamedModel> MODELS =
      Stream.of("smollm2-135m-instruct", NamedModel.MINILM).map(NamedModel::parse).toList();

  private static final String TASKS = "starter";

  /** Enough for the model's word problems and summaries to show what they are, few enough for two cores. */
  private static final int MOST_TOKENS = 64;

  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Context context;

  @Mixin private final StackChoice choice = new StackChoice();

  @Option(names = "--stay", description = "Keep the stack and the models running afterwards, until Ctrl-C.")
  private boolean stay;

  @Option(
      names = "--train",
      description =
          "Fine-tune the language model on one half of the starter questions while a standing plan asks each checkpoint the other half, and show "
              + "how they fared. Takes some minutes.")
  private boolean train;

  DemoCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (train && stay) {
      throw new CommandFailure("got --train and --stay; expected one of them: 'assay up' keeps a stack, and 'assay checkpoints series' shows the training again");
    }
    if (train) {
      return new TrainingDemo(context, choice).run();
    }
    Stopwatch watch = new Stopwatch();
    EvaluationPlan plan =
        new EvaluationPlan(
            RunName.now("demo"),
            MODELS.stream().map(NamedModel::name).toList(),
            0,
            OrderRule.ALL,
            OptionalInt.empty(),
            0,
            PromptFormat.HELM,
            OptionalInt.of(MOST_TOKENS));
    PromptBatch batch = Benchmarks.open(Optional.empty()).prompts(TaskSelector.parse(TASKS), plan);
    return new EvaluationShow(context, choice, MODELS, plan, batch, "assay demo", Optional.empty(), false, false, Optional.empty())
        .run(
            this::openDashboard,
            site -> {
              explain(site, plan.run(), watch);
              if (stay) {
                stay(site);
              }
            });
  }

  private void openDashboard(Site site) {
    context.console().note("watch it in a browser: " + site.startGateway(OptionalInt.empty(), Benchmarks.open(Optional.empty())) + " (the dashboard" + (stay ? ")" : ", as long as the demo runs)"));
  }

  private void explain(Site site, String run, Stopwatch watch) {
    Console console = context.console();
    String again = choice.isDefault() ? "" : " --dir " + choice.directory();
    console.line("");
    console.line("It took " + watch + ". Every number above is a row of the topic " + Topics.METRICS + ", and can be traced to its records:");
    console.line("  the log          " + choice.directory().resolve("broker") + " (topics " + Topics.PROMPTS + ", " + Topics.ANSWERS + ", " + Topics.VERDICTS + ", …)");
    console.line("  logs of programs " + choice.logs());
    console.line("  this table again ./assay tables --run " + run + again);
    console.line("  from outside     ./assay up" + again + ", then any Kafka client with Confluent-format Avro:");
    console.line("                     broker " + site.settings().bootstrapServers() + ", schema registry " + site.settings().registryUrl());
    console.line("                     example: docs/examples");
  }

  private void stay(Site site) {
    context.console().line("");
    context.console().line("The stack and both models stay; Ctrl-C ends them. Ask them through the gateway, as one asks OpenAI:");
    context.console().line("  " + site.startGateway(OptionalInt.empty(), Benchmarks.open(Optional.empty())) + "   (in a browser: the dashboard)");
    while (!context.interruption().await(LOOK)) {
      site.tend();
    }
  }
}
