package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.plans.Planner;
import dev.assay.cli.plans.PlannerService;
import dev.assay.cli.stack.Site;
import dev.assay.cli.stack.StackChoice;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.StackOptions;
import dev.assay.platform.TestStack;
import dev.assay.records.Checkpoint;
import dev.assay.records.EvaluationState;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.Prompt;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.training.CheckpointEvents;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** From a checkpoint's event to its place in the series, without anyone asking, on a real broker with a worker that loads adapters. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class PlanIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final Logger LOG = LoggerFactory.getLogger(PlanIT.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int QUESTIONS = 20;
  private static final Duration A_MOMENT = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private record Said(int status, String out, String err) {}

  @Test
  void checkpoints_areAskedWithoutAnyoneAsking_eachOnce_andFindTheirPlace() throws Exception {
    Path base = TinyLlama.write(folder.resolve("tiny"));
    Path rows = Files.write(folder.resolve("rows.jsonl"), IntStream.range(0, 12).mapToObj(i -> "{\"prompt\": \"Sum %d\", \"answer\": \"B\"}".formatted(i)).toList());
    Path adapters = Files.createDirectories(folder.resolve("adapters"));
    Path data = benchmark();
    Interruption end = new Interruption();
    StackChoice choice = new StackChoice();
    CommandLine.populateCommand(choice, stackArguments().toArray(String[]::new));
    try (Site site = Site.open(choice, StackOptions.defaults())) {
      Thread worker = Thread.ofPlatform().start(() -> assay(end, "worker", "--model", "tiny=" + base, "--adapters", adapters.toString()));
      try {
        site.startStages(1, Optional.empty());
        Said trained =
            onStack(
                "train", "--base", "tiny=" + base, "--data", rows.toString(), "--name", "job", "--output", adapters.resolve("job").toString(), "--epochs", "2",
                "--batch", "4", "--checkpoint-every", "2", "--lr", "0.05", "--no-events", "--json");
        assertThat(trained.status()).as(trained.err()).isZero();
        site.awaitStages();
        Said refused = onStack("plan", "add", "standing", "--tasks", "mmul", "--data", data.toString());
        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("mmul", "mmlu");
        assertThat(onStack("plan", "add", "standing", "--tasks", "mmlu", "--data", data.toString(), "--models", "job@*", "--when-newer", "finish").out())
            .contains("20 questions");

        try (PlannerService _ = planner(site)) {
          announce("job", adapters.resolve("job/checkpoint-4"));
          await(site, "job@4 and its base", evaluations -> evaluations.size() == 2 && all(evaluations, EvaluationState.DONE));
        }
        Map<String, Instant> first = firsts(site);
        Duration reaction = Duration.between(eventTime(site), first.get("job@4"));
        System.out.printf("from the event of a checkpoint to its first verdict: %,d ms%n", reaction.toMillis());
        assertThat(reaction).isLessThan(Duration.ofSeconds(20));

        // A planner that was killed between questions and its own record: whoever follows finds the questions on the log.
        PlannedEvaluation done = evaluations(site).stream().filter(one -> one.getCheckpoint().equals("job@4")).findFirst().orElseThrow();
        put(site, Topics.EVALUATIONS, done.getRun(), PlannedEvaluation.newBuilder(done).setState(EvaluationState.RUNNING).setAsked(5).build(), PlannedEvaluation.class);
        announce("job", adapters.resolve("job/checkpoint-4"));
        announce("job", adapters.resolve("job/checkpoint-6"));
        // And one that is killed with SIGKILL as soon as it has decided, wherever it is with the questions then.
        killPlannerAt("job@6 by plan standing: %d questions".formatted(QUESTIONS));
        forgetTheDead(site);
        assertThat(evaluations(site)).extracting(PlannedEvaluation::getCheckpoint).contains("job@6");
        try (PlannerService _ = planner(site)) {
          announce("job", adapters.resolve("job/checkpoint-2"));
          await(site, "the late one too", evaluations -> evaluations.size() == 4 && all(evaluations, EvaluationState.DONE));

          Path other = Files.createDirectories(adapters.resolve("other/checkpoint-6"));
          for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(adapters.resolve("job/checkpoint-2").resolve(file), other.resolve(file));
          }
          Checkpoint taken = CheckpointEvents.read(other, adapters, new CheckpointEvents.Said(Optional.of("job"), Optional.of("tiny"), OptionalLong.of(6)));
          put(site, Topics.CHECKPOINTS, taken.getName(), taken, Checkpoint.class);
          await(site, "the one that took a name", evaluations -> evaluations.size() == 5 && all(evaluations, EvaluationState.DONE));
        }
      } finally {
        end.request();
        worker.join();
      }
      List<Prompt> prompts = new ArrayList<>();
      site.scan(Topics.PROMPTS, Prompt.class, prompts::add);
      assertThat(prompts.stream().collect(Collectors.groupingBy(Prompt::getRun, Collectors.counting())).values())
          .as("each question of each run once")
          .hasSize(5)
          .containsOnly((long) QUESTIONS);
      assertThat(prompts.stream().map(prompt -> prompt.getRun() + " " + prompt.getId()).distinct()).hasSize(5 * QUESTIONS);
    }

    JsonNode series = JSON.readTree(onStack("checkpoints", "series", "--training", "job", "--json").out());
    assertThat(series).hasSize(1);
    assertThat(series.get(0).path("asked_by").asText()).isEqualTo("plan standing");
    JsonNode points = series.get(0).path("checkpoints");
    assertThat(points).extracting(point -> point.path("checkpoint").asText()).containsExactly("tiny", "job@2", "job@4", "job@6", "job@6");
    assertThat(points).extracting(point -> point.path("conflict").asBoolean()).containsExactly(false, false, false, true, true);
    assertThat(series.get(0).path("series"))
        .filteredOn(value -> value.path("main").asBoolean())
        .hasSize(5)
        .allSatisfy(value -> assertThat(value.path("n").asInt()).isEqualTo(QUESTIONS));
    assertThat(onStack("plan", "list").out()).contains("standing", "job@2", "done").doesNotContain("running");
    String run = JSON.readTree(onStack("plan", "list", "--json").out()).path("evaluations").get(0).path("run").asText();
    assertThat(onStack("report", "--run", run).out()).contains("Training job, asked by plan standing", "CONFLICT");
    assertThat(onStack("plan", "remove", "standing").status()).isZero();
    assertThat(onStack("plan", "stop", "standing").err()).contains("standing");
  }

  private static PlannerService planner(Site site) {
    return PlannerService.start(site.settings(), new Planner(8), line -> LOG.info("{}", line));
  }

  /** Runs 'assay plan run' as a process of its own until it says something. */
  private void killPlannerAt(String line) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.assay.records",
                "-cp",
                System.getProperty("java.class.path"),
                Assay.class.getName(),
                "plan",
                "run"));
    command.addAll(stackArguments());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> said = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String next = lines.readLine(); next != null && !next.contains(line); next = lines.readLine()) {
        said.add(next);
      }
      assertThat(process.isAlive()).as("what the planner said: %s", said).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** Its lease would run out after ten seconds. */
  private static void forgetTheDead(Site site) throws Exception {
    try (Admin admin = Admin.create(site.settings().admin("test"))) {
      admin.removeMembersFromConsumerGroup(PlannerService.GROUP, new RemoveMembersFromConsumerGroupOptions()).all().get();
    }
  }

  private void announce(String job, Path checkpoint) {
    Said said = onStack("checkpoints", "add", checkpoint.toString(), "--base", "tiny", "--job", job);
    assertThat(said.status()).as(said.err()).isZero();
  }

  private static List<PlannedEvaluation> evaluations(Site site) {
    try (var view = site.view(Topics.EVALUATIONS, PlannedEvaluation.class)) {
      return List.copyOf(view.catchUp().rows().values());
    }
  }

  private static boolean all(List<PlannedEvaluation> evaluations, EvaluationState state) {
    return evaluations.stream().allMatch(one -> one.getState() == state);
  }

  private static void await(Site site, String what, Predicate<List<PlannedEvaluation>> condition) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.test(evaluations(site))) {
      assertThat(System.nanoTime()).as("waiting for %s: %s", what, evaluations(site)).isLessThan(deadline);
      Thread.sleep(A_MOMENT);
    }
  }

  private static Map<String, Instant> firsts(Site site) {
    Map<String, Instant> firsts = new HashMap<>();
    site.scanRecords(Topics.VERDICTS, Verdict.class, (verdict, at) -> firsts.merge(verdict.getModel(), at, (a, b) -> a.isBefore(b) ? a : b));
    return firsts;
  }

  private static Instant eventTime(Site site) {
    List<Instant> times = new ArrayList<>();
    site.scanRecords(Topics.CHECKPOINTS, Checkpoint.class, (_, at) -> times.add(at));
    return times.getFirst();
  }

  private static <T extends SpecificRecord> void put(Site site, String topic, String key, T record, Class<T> type) throws Exception {
    try (KafkaProducer<String, byte[]> producer = new KafkaProducer<>(site.settings().producer("test"), new StringSerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, key, RecordCodec.of(site.registry(), type).encode(topic, record))).get();
    }
  }

  private Path benchmark() throws IOException {
    Path data = folder.resolve("data");
    Files.write(
        Files.createDirectories(data.resolve("mmlu/test")).resolve("sums_test.csv"),
        IntStream.range(0, QUESTIONS).mapToObj(i -> "What is %d,1,2,3,4,%s".formatted(i, "ABCD".charAt(i % 4))).toList());
    return data;
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
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), interruption)
            .execute(Stream.concat(Stream.of(arguments), stackArguments().stream()).toArray(String[]::new));
    return new Said(status, out.toString(), err.toString());
  }
}
