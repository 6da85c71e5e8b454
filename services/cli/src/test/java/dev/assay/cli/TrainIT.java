package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.cli.evaluation.PromptOutlet;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TestStack;
import dev.assay.platform.TopicView;
import dev.assay.records.Model;
import dev.assay.records.Prompt;
import dev.assay.records.TrainingStep;
import dev.assay.records.Verdict;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** From rows of training data to the verdict on a checkpoint, on a real broker. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class TrainIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int QUESTIONS = 4;
  private static final Duration A_MOMENT = Duration.ofMillis(200);

  @TempDir private Path folder;

  private record Said(int status, String out, String err) {}

  @Test
  void training_isAnnounced_servedAndJudged_whileItsBaseIsServed() throws Exception {
    Path base = TinyLlama.write(folder.resolve("tiny"));
    Path rows = Files.write(folder.resolve("rows.jsonl"), IntStream.range(0, 12).mapToObj(i -> "{\"prompt\": \"Sum %d\", \"answer\": \"B\"}".formatted(i)).toList());
    Path adapters = folder.resolve("adapters");
    Path data = benchmark();
    Interruption end = new Interruption();
    StackChoice choice = new StackChoice();
    CommandLine.populateCommand(choice, stackArguments().toArray(String[]::new));
    try (Site site = Site.open(choice, StackOptions.defaults())) {
      Files.createDirectories(adapters);
      Thread worker = Thread.ofPlatform().start(() -> assay(end, "worker", "--model", "tiny=" + base, "--adapters", adapters.toString()));
      try {
        site.startStages(1, Optional.empty());
        site.awaitStages();

        Said refused = train(base, rows, adapters, "--guard", "mmlu", "--data-dir", data.toString());
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("1 training rows ask what the evaluation asks, such as " + rows + ":4");
        Said trained = train(base, rows, adapters, "--guard", "mmlu", "--data-dir", data.toString(), "--contaminated", "drop");
        assertThat(trained.status()).as(trained.err()).isZero();
        JsonNode summary = JSON.readTree(trained.out());
        assertThat(summary.path("steps").asInt()).isEqualTo(6);
        assertThat(summary.path("checkpoints")).extracting(JsonNode::asText).containsExactly("job@2", "job@4", "job@6");

        List<TrainingStep> steps = new ArrayList<>();
        site.scan(Topics.TRAINING, TrainingStep.class, steps::add);
        assertThat(steps).extracting(TrainingStep::getStep).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(steps.getLast().getLoss()).isLessThan(steps.getFirst().getLoss());

        try (TopicView<Model> models = site.view(Topics.MODELS, Model.class)) {
          await("the checkpoints to be served", () -> models.catchUp().rows().keySet().containsAll(List.of("job@2", "job@4", "job@6")));
          assertThat(models.rows().get("job@6").getFailure()).isEmpty();
        }
        List<Prompt> prompts =
            Benchmarks.open(Optional.of(data)).prompts(TaskSelector.parse("mmlu"), EvaluationPlan.of("judged", List.of("tiny", "job@2", "job@6"))).prompts();
        try (PromptOutlet outlet = new PromptOutlet(site.settings(), site.registry())) {
          outlet.write(prompts);
        }
        List<Verdict> verdicts = new ArrayList<>();
        await(
            "the verdicts",
            () -> {
              verdicts.clear();
              site.scan(Topics.VERDICTS, Verdict.class, verdicts::add);
              return verdicts.size() >= 3 * QUESTIONS;
            });
        assertThat(verdicts).extracting(Verdict::getModel).containsOnly("tiny", "job@2", "job@6");
        assertThat(verdicts.stream().map(Verdict::getCheckpoint).distinct()).hasSize(3);
      } finally {
        end.request();
        worker.join();
      }
    }

    Path whole = folder.resolve("whole");
    Said full =
        onStack("train", "--base", "tiny=" + base, "--full", "--data", rows.toString(), "--output", whole.toString(), "--name", "whole", "--epochs", "1", "--batch", "4", "--json");
    assertThat(full.status()).as(full.err()).isZero();
    assertThat(JSON.readTree(onStack("checkpoints", "list", "--json").out()))
        .filteredOn(one -> one.path("name").asText().equals("whole@3"))
        .singleElement()
        .satisfies(one -> assertThat(one.path("base").isNull() || one.path("base").isMissingNode()).isTrue());
    Path question = Files.writeString(folder.resolve("question.jsonl"), "{\"prompt\": \"Sum 3\", \"continuations\": [\"B\"]}");
    Said asked = assayAlone("ask", "--model", "whole@3=" + whole.resolve("checkpoint-3"), question.toString());
    assertThat(asked.status()).as(asked.err()).isZero();
    assertThat(JSON.readTree(asked.out()).path("logprobs")).hasSize(1);

    Said listed = onStack("checkpoints", "list");
    assertThat(listed.out()).contains("job@2", "job@6", "tiny");
    Path other = Files.createDirectories(folder.resolve("other/checkpoint-7"));
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(adapters.resolve("job/checkpoint-2").resolve(file), other.resolve(file));
    }
    assertThat(onStack("checkpoints", "add", other.toString()).out()).contains("other@7");
    assertThat(JSON.readTree(onStack("checkpoints", "list", "--json").out())).anySatisfy(one -> assertThat(one.path("name").asText()).isEqualTo("other@7"));
    assertThat(onStack("checkpoints", "add", other.toString(), "--job", "job", "--step", "6").err()).contains("job@6 is announced already, with other files");
    Files.move(other.resolve("adapter_model.safetensors"), other.resolve("adapter_model.bin"));
    assertThat(onStack("checkpoints", "add", other.toString()).err()).contains("adapter_model.bin may hold code");
  }

  private Said train(Path base, Path rows, Path adapters, String... more) {
    return onStack(
        Stream.concat(
                Stream.of(
                    "train", "--base", "tiny=" + base, "--data", rows.toString(), "--name", "job", "--output", adapters.resolve("job").toString(), "--epochs", "2",
                    "--batch", "4", "--checkpoint-every", "2", "--lr", "0.05", "--json"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private Said onStack(String... arguments) {
    return assay(new Interruption(), arguments);
  }

  private List<String> stackArguments() {
    return List.of(
        "--dir", folder.resolve("stack").toString(),
        "--bootstrap-servers", STACK.settings().bootstrapServers(),
        "--schema-registry", STACK.settings().registryUrl());
  }

  private Said assay(Interruption interruption, String... arguments) {
    return said(interruption, Stream.concat(Stream.of(arguments), stackArguments().stream()));
  }

  private static Said assayAlone(String... arguments) {
    return said(new Interruption(), Stream.of(arguments));
  }

  private static Said said(Interruption interruption, Stream<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), interruption)
            .execute(arguments.toArray(String[]::new));
    return new Said(status, out.toString(), err.toString());
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofMinutes(3).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waiting for " + what).isLessThan(deadline);
      Thread.sleep(A_MOMENT);
    }
  }

  /** One of its questions is a row of the training data. */
  private Path benchmark() throws IOException {
    Path data = folder.resolve("data");
    Files.write(
        Files.createDirectories(data.resolve("mmlu/test")).resolve("sums_test.csv"),
        IntStream.range(3, 3 + QUESTIONS).mapToObj(i -> "%s %d,1,2,3,4,B".formatted(i == 3 ? "sum" : "What is", i)).toList());
    return data;
  }
}
