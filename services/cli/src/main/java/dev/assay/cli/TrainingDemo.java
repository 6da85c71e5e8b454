package dev.assay.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.benchmarks.Benchmarks;
import dev.assay.cli.model.NamedModel;
import dev.assay.cli.model.OpenedModel;
import dev.assay.cli.plans.PlanOutlet;
import dev.assay.cli.plans.PlanQuestions;
import dev.assay.cli.plans.PlannerService;
import dev.assay.cli.report.Page;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.cli.terminal.Console;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TopicView;
import dev.assay.records.EvaluationState;
import dev.assay.records.Plan;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.Prompt;
import dev.assay.schemas.Topics;
import dev.assay.training.TrainingRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine;

/**
 * Training and evaluation at once, on this machine: one half of the starter benchmark's multiple-choice questions is learned, the other half is
 * asked of every checkpoint by a standing plan while the training goes on. Which half a question is in, a seed draws.
 */
record TrainingDemo(Context context, StackChoice choice) {

  private static final NamedModel BASE = NamedModel.parse("smollm2-135m-instruct");
  private static final List<String> TASKS = List.of("starter/mmlu", "starter/truthfulqa", "starter/bbq");
  private static final double ASKED = 0.5;
  private static final int SEED = 7;
  private static final int STREAM_THREADS = 1;
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  int run() throws InterruptedException, IOException {
    Logging.toFile(choice.logs());
    Stopwatch watch = new Stopwatch();
    OpenedModel.fetch(List.of(BASE), context.console());
    String job = RunName.now("demo");
    Path adapters = Files.createDirectories(choice.directory().resolve("adapters"));
    Plan plan =
        Plan.newBuilder()
            .setName(job)
            .setCreatedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
            .setModels(job + "@*")
            .setRunPrefix("demo")
            .setTasks(TASKS)
            .setOrders("cyclic")
            .setSeed(SEED)
            .setPart(ASKED)
            .setNote("assay demo --train")
            .build();
    PlanQuestions questions = PlanQuestions.read(plan);
    Path rows = Files.write(adapters.resolve(job + ".jsonl"), questions.rest().stream().map(TrainingDemo::row).toList());
    console().note("%,d questions to learn, %,d others to be asked".formatted(questions.rest().size(), questions.prompts().size()));
    try (Site site = Site.open(choice, StackOptions.defaults())) {
      site.startStages(STREAM_THREADS, Optional.empty());
      site.fleet().takeAdaptersBelow(List.of(adapters));
      site.startWorkers(List.of(BASE));
      site.awaitStages();
      site.awaitWorkers(List.of(BASE), context.interruption());
      console().note("stack and model ready after " + watch);
      console().note("watch it in a browser: " + site.startGateway(OptionalInt.empty(), Benchmarks.open(Optional.empty())));
      try (PlanOutlet outlet = new PlanOutlet(site.settings(), site.registry());
          PlannerService _ = PlannerService.start(site.settings(), console()::note)) {
        outlet.write(plan);
        int status = train(site, job, rows, adapters.resolve(job));
        if (status != 0) {
          return status;
        }
        awaitEnd(site, job);
        // Its checkpoints need not be asked again when the next stack starts here.
        outlet.remove(plan.getName());
      }
      SeriesReading reading = SeriesReading.open(site);
      reading.series(reading.verdictsOn(site, job), Optional.of(job)).stream()
          .flatMap(told -> new Page(told.title(), told.sections()).lines().stream().skip(2))
          .forEach(console()::line);
      console().line("");
      String again = choice.isDefault() ? "" : " --dir " + choice.directory();
      console().line("It took " + watch + ". The same again from the log: ./assay checkpoints series --training " + job + again);
    }
    return 0;
  }

  /** As {@code assay train} does it. */
  private int train(Site site, String job, Path rows, Path output) {
    return new CommandLine(new TrainCommand(context))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(
            (failure, _, _) -> {
              throw failure;
            })
        .execute(
            "--base", BASE.text(), "--data", rows.toString(), "--name", job, "--output", output.toString(), "--epochs", "3", "--batch", "8", "--lr", "1e-3",
            "--bootstrap-servers", site.settings().bootstrapServers(), "--schema-registry", site.settings().registryUrl());
  }

  private void awaitEnd(Site site, String job) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (TopicView<PlannedEvaluation> decided = site.view(Topics.EVALUATIONS, PlannedEvaluation.class)) {
      while (true) {
        List<PlannedEvaluation> ours = decided.catchUp().rows().values().stream().filter(one -> one.getPlan().equals(job)).toList();
        if (ours.size() > 1 && ours.stream().noneMatch(one -> one.getState() == EvaluationState.RUNNING)) {
          return;
        }
        if (context.interruption().await(LOOK) || System.nanoTime() > deadline) {
          throw new CommandFailure("ended while checkpoints were asked; 'assay checkpoints series --training %s' shows what was judged".formatted(job));
        }
        site.tend();
      }
    }
  }

  private Console console() {
    return context.console();
  }

  private static String row(Prompt prompt) {
    TrainingRow.Answered row = TaskRows.row(prompt);
    return JsonNodeFactory.instance.objectNode().put("prompt", row.prompt()).put("answer", row.answer()).toString();
  }
}
