package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.Progress;
import dev.assay.platform.TestStack;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Commands from end to end on a real broker and registry, with stored answers for models. */
final class CommandIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final int QUESTIONS = 8;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir private Path folder;

  private Path data;

  /** What a command said. */
  private record Said(int status, String out, String err) {
    List<String> table() {
      return out.lines().filter(line -> !line.startsWith("Run ")).toList();
    }
  }

  @BeforeEach
  void writeBenchmark() throws IOException {
    data = folder.resolve("data");
    Path test = Files.createDirectories(data.resolve("mmlu/test"));
    List<String> rows = IntStream.range(0, QUESTIONS).mapToObj(i -> "What is %d plus one?,%d,%d,%d,%d,B".formatted(i, i, i + 1, i + 2, i + 3)).toList();
    Files.write(test.resolve("sums_test.csv"), rows);
  }

  /** A model that answers the first of the questions with these letters. */
  private String recorded(String name, String... letters) throws IOException {
    List<String> lines =
        IntStream.range(0, letters.length).mapToObj(i -> "{\"prompt\": \"mmlu/sums/test/%d\", \"text\": \" %s\"}".formatted(i, letters[i])).toList();
    return name + "=recorded:" + Files.write(folder.resolve(name + ".jsonl"), lines);
  }

  private static Said assay(List<String> arguments) {
    return assay(new Interruption(), arguments);
  }

  private static Said assay(Interruption interruption, List<String> arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), interruption)
            .execute(arguments.toArray(String[]::new));
    return new Said(status, out.toString(), err.toString());
  }

  private Said onStack(String... arguments) {
    return assay(onStackArguments(arguments));
  }

  private List<String> onStackArguments(String... arguments) {
    return Stream.concat(
            Stream.of(arguments),
            Stream.of(
                "--dir", folder.resolve("stack").toString(),
                "--bootstrap-servers", STACK.settings().bootstrapServers(),
                "--schema-registry", STACK.settings().registryUrl()))
        .toList();
  }

  private Said onOwnStack(String... arguments) {
    return assay(Stream.concat(Stream.of(arguments), Stream.of("--dir", folder.resolve("own").toString())).toList());
  }

  @Test
  void storedAnswersThatContradictEachOther_areRefusedBeforeAnythingRuns() throws IOException {
    Path twice = Files.write(folder.resolve("twice.jsonl"), List.of("{\"prompt\": \"p\", \"text\": \"A\"}", "{\"prompt\": \"p\", \"text\": \"B\"}"));

    Said eval = onOwnStack("eval", "--models", "m=recorded:" + twice, "--tasks", "mmlu", "--data", data.toString());

    assertThat(eval.status()).isEqualTo(1);
    assertThat(eval.err()).contains("twice.jsonl:2: got a second, different answer to prompt p");
    assertThat(folder.resolve("own/broker")).doesNotExist();
  }

  @Test
  void eval_countsWhatTheModelsAnswered() throws IOException {
    String half = recorded("half", "B", "B", "B", "B", "A", "A", "C", "D");
    String poor = recorded("poor", "B", "A", "A", "A", "A", "A", "A", "A");

    Said eval = onStack("eval", "--models", half + "," + poor, "--tasks", "mmlu", "--data", data.toString(), "--run", "counted", "--output", folder.toString());

    assertThat(eval.status()).as(eval.err()).isZero();
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).contains("mmlu/sums", "half", "50.0 ["));
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).contains("mmlu/sums", "poor", "12.5 ["));
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).contains("half and poor", "same wrong answer", "50.0"));
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).matches(" half +8 +8 +0 +0"));

    JsonNode written = new ObjectMapper().readTree(folder.resolve("counted.json").toFile());
    assertThat(written.get("verdicts").asInt()).isEqualTo(2 * QUESTIONS);
    assertThat(written.get("done").asBoolean()).isTrue();

    assertThat(onStack("tables", "--run", "counted").table()).isEqualTo(eval.table());
    assertThat(onStack("runs").out()).contains("counted", "DONE");
  }

  @Test
  void eval_untilDecided_endsWhenThePairIs_andTheTablesTellWhy() throws IOException {
    int questions = 100;
    Files.write(
        data.resolve("mmlu/test/sums_test.csv"),
        IntStream.range(0, questions).mapToObj(i -> "What is %d plus one?,%d,%d,%d,%d,B".formatted(i, i, i + 1, i + 2, i + 3)).toList());
    String knows = recorded("knows", Stream.generate(() -> "B").limit(questions).toArray(String[]::new));
    String first = recorded("first", Stream.generate(() -> "A").limit(questions).toArray(String[]::new));

    Said eval =
        onStack("eval", "--models", knows + "," + first, "--tasks", "mmlu", "--data", data.toString(), "--run", "decided", "--until", "decided");

    assertThat(eval.status()).as(eval.err()).isZero();
    assertThat(eval.out()).contains("knows is better than first, after 20 of 100: by 100.0 points", "Asked 20 of 100 questions, saved 80 (80 %)");
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).matches(" knows +20 +20 +0 +0"));
    JsonNode runs = new ObjectMapper().readTree(onStack("runs", "--json").out());
    assertThat(runs).anySatisfy(
        run -> {
          assertThat(run.get("name").asText()).isEqualTo("decided");
          assertThat(run.get("saved").asInt()).isEqualTo(80);
          assertThat(run.get("expected").asInt()).isEqualTo(40);
          assertThat(run.get("state").asText()).isEqualTo("DONE");
        });
    assertThat(onStack("tables", "--run", "decided", "--analysis", "agreement,positions,questions", "--top", "3").table())
        .anySatisfy(line -> assertThat(line).startsWith("Mean over 1 pairs 0.0 %"))
        .anySatisfy(line -> assertThat(line).matches(" first +one +20 +100\\.0 \\(0\\.0\\) .*"))
        .anySatisfy(line -> assertThat(line).matches(" mmlu/sums +20 +50\\.0 +0\\.0 +100\\.0"));
    assertThat(onStack("compare", "--all", "--run", "decided").out()).contains("knows@", "corrected over 1 comparisons");
    assertThat(onStack("eval", "--models", knows, "--tasks", "mmlu", "--data", data.toString(), "--until", "decided").status()).isEqualTo(2);
  }

  @Test
  void compareAndExport_ofTwoModels_tellWhatTheLogHolds() throws IOException {
    String good = recorded("good", "B", "B", "B", "B", "B", "B", "B", "B");
    String bad = recorded("bad", "A", "A", "A", "A", "A", "A", "C");
    onStack("eval", "--models", good + "," + bad, "--tasks", "mmlu", "--data", data.toString(), "--run", "compared");

    Said compared = onStack("compare", "bad", "good", "--run", "compared");

    // 2 · 2⁻⁷: seven questions that only one got right.
    assertThat(compared.out()).as(compared.err()).startsWith("good is better than bad by 100.0 points").contains("on 7 shared questions", "p = 0.0156");
    assertThat(compared.out()).contains("Questions left out: only bad answered 0, only good answered 1.");
    JsonNode json = new ObjectMapper().readTree(onStack("compare", "bad", "good", "--run", "compared", "--json").out());
    assertThat(json.at("/rows/0/difference").asDouble()).isEqualTo(-1);
    assertThat(onStack("compare", "bad", "best", "--run", "compared").err()).contains("best", "bad@", "good@");
    assertThat(onStack("compare", "bad", "good", "--run", "comparde").err()).contains("comparde", "compared");

    String out = folder.resolve("out").toString();
    assertThat(onStack("export", "--format", "csv", "--run", "compared", "--output", out).status()).isZero();
    assertThat(Files.readAllLines(Path.of(out, "compared_verdicts.csv"))).hasSize(1 + 2 * QUESTIONS - 1);
    assertThat(onStack("export", "--format", "csv", "--run", "compared", "--output", out).err()).contains("compared_metrics.csv", "--force");

    assertThat(onStack("export", "--format", "parquet", "--run", "compared", "--output", out).status()).isZero();
    assertThat(Path.of(out, "compared_verdicts.parquet")).isNotEmptyFile();

    Said harness = onStack("export", "--format", "lm-eval", "--run", "compared", "--output", out);
    assertThat(harness.status()).as(harness.err()).isZero();
    Path samples = harness.out().lines().filter(line -> line.contains("good/samples_mmlu_sums_")).map(Path::of).findFirst().orElseThrow();
    JsonNode sample = new ObjectMapper().readTree(Files.readAllLines(samples).getFirst());
    assertThat(sample.get("acc").asDouble()).isEqualTo(1);
    assertThat(sample.get("target").asText()).isEqualTo("1");
    assertThat(sample.at("/arguments/gen_args_1/arg_0").asText()).contains("What is 0 plus one?");
    assertThat(sample.at("/arguments/gen_args_1/arg_1").asText()).isEqualTo(" B");
    assertThat(sample.at("/resps/0/0").asText()).isEqualTo(" B");
  }

  @Test
  void eval_runNameTwice_isRefused() throws IOException {
    String model = recorded("once", "A", "B", "B", "B", "B", "B", "B", "B");
    String[] command = {"eval", "--models", model, "--tasks", "mmlu", "--data", data.toString(), "--run", "twice"};

    assertThat(onStack(command).status()).isZero();
    Said again = onStack(command);

    assertThat(again.status()).isEqualTo(1);
    assertThat(again.err()).contains("twice", "--run");
  }

  @Test
  void eval_answersMissing_becomeDeadLettersThatCanBeShownAndRetried() throws IOException {
    String some = recorded("some", "B", "B", "B", "B", "B", "B");

    Said eval = onStack("eval", "--models", some, "--tasks", "mmlu", "--data", data.toString(), "--run", "lossy");

    assertThat(eval.status()).isEqualTo(1);
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).matches(" some +8 +6 +2 +0"));
    assertThat(eval.err()).contains("2 dead letters", "mmlu/sums/test/7", "dead-letters retry --run lossy");

    JsonNode letters = new ObjectMapper().readTree(onStack("dead-letters", "list", "--run", "lossy", "--json").out());
    assertThat(letters).hasSize(2);
    String id = letters.get(0).get("id").asText();
    Said shown = onStack("dead-letters", "show", id);
    assertThat(new ObjectMapper().readTree(shown.out()).at("/record/model").asText()).isEqualTo("some");
    assertThat(onStack("dead-letters", "retry", "9-999").err()).contains("9-999", "dead-letters list");
  }

  @Test
  void deadLetters_retriedWhenTheModelCanAnswer_becomeVerdicts() throws Exception {
    String some = recorded("mended", "B", "B", "B", "B", "B", "B");
    assertThat(onStack("eval", "--models", some, "--tasks", "mmlu", "--data", data.toString(), "--run", "mended-run").status()).isEqualTo(1);
    String whole = recorded("mended", "B", "B", "B", "B", "B", "B", "B", "A");
    Interruption interruption = new Interruption();
    Thread up = Thread.ofPlatform().start(() -> assay(interruption, onStackArguments("up", "--models", whole)));
    try {
      assertThat(onStack("dead-letters", "retry", "--run", "mended-run").out()).contains("2 records");

      await(() -> onStack("tables", "--run", "mended-run").table().stream().anyMatch(line -> line.matches(" mended +8 +8 +0 +0")));
    } finally {
      interruption.request();
      up.join();
    }
    // Other stored answers are another checkpoint of the model, with a row of its own.
    assertThat(onStack("tables", "--run", "mended-run").table())
        .anySatisfy(line -> assertThat(line).matches(" mmlu/sums +mended@[0-9a-f]{8} +6 +100\\.0 .*"))
        .anySatisfy(line -> assertThat(line).matches(" mmlu/sums +mended@[0-9a-f]{8} +2 +50\\.0 .*"));
  }

  @Test
  void eval_realModel_answersWhatFitsItsWindow_andNamesWhatDoesNot() throws IOException {
    List<String> rows =
        List.of(
            "Which of these burns?,stone,wood,water,sand,B",
            "%s Which of these floats?,stone,wood,lead,sand,B".formatted("Water is wet. ".repeat(3_000)),
            "Which of these is a fruit?,pear,brick,shoe,cloud,A");
    Files.write(data.resolve("mmlu/test/sums_test.csv"), rows);

    Said eval =
        onStack("eval", "--models", "smollm2-135m-instruct", "--tasks", "mmlu", "--data", data.toString(), "--run", "window", "--output", folder.toString());

    assertThat(eval.status()).isEqualTo(1);
    assertThat(eval.table()).anySatisfy(line -> assertThat(line).matches(" smollm2-135m-instruct +3 +2 +1 +0"));
    assertThat(eval.err()).contains("1 dead letter", "mmlu/sums/test/1");
    assertThat(new ObjectMapper().readTree(onStack("dead-letters", "list", "--run", "window", "--json").out()).at("/0/reason").asText())
        .contains("tokens", "8192");
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("not within " + LIMIT).isNegative();
      Thread.sleep(100);
    }
  }

  @Test
  void tables_unknownRun_isRefused() throws IOException {
    onStack("eval", "--models", recorded("m", "B", "B", "B", "B", "B", "B", "B", "B"), "--tasks", "mmlu", "--data", data.toString(), "--run", "known");

    Said tables = onStack("tables", "--run", "unknown");

    assertThat(tables.status()).isEqualTo(1);
    assertThat(tables.err()).contains("unknown", "known");
  }

  @Test
  void watch_ofARunThatIsOver_showsItsTables() throws IOException {
    Said eval =
        onStack("eval", "--models", recorded("w", "B", "A", "B", "B", "B", "B", "B", "B"), "--tasks", "mmlu", "--data", data.toString(), "--run", "watched");

    assertThat(onStack("watch", "--run", "watched").table()).isEqualTo(eval.table());
  }

  @Test
  void tables_afterARestart_areTheSame_andNothingRunsBetween() throws IOException {
    Said eval =
        onOwnStack("eval", "--models", recorded("kept", "B", "B", "A", "B", "B", "B", "B", "B"), "--tasks", "mmlu", "--data", data.toString());
    assertThat(eval.status()).as(eval.err()).isZero();
    assertThat(children()).isEmpty();

    Said tables = onOwnStack("tables");

    assertThat(tables.table()).isEqualTo(eval.table());
    assertThat(children()).isEmpty();
  }

  @Test
  void up_interrupted_leavesNothingRunning() throws Exception {
    Path root = Path.of(System.getProperty("assay.project.root"));
    String model = recorded("idle", "B");
    Path output = folder.resolve("up.txt");
    ProcessBuilder builder =
        new ProcessBuilder(root.resolve("assay").toString(), "up", "--models", model, "--dir", folder.resolve("up").toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("ASSAY_NO_BUILD", "1");
    Process up = builder.start();
    try {
      awaitText(up, output, "Ctrl-C ends it.");
      List<ProcessHandle> children = up.descendants().toList();
      assertThat(children).hasSizeGreaterThanOrEqualTo(3);

      new ProcessBuilder("kill", "-INT", Long.toString(up.pid())).start().waitFor();
      boolean ended = up.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
      assertThat(ended).as("ended by SIGINT, which a shell has its background jobs ignore: %s", Files.readString(output)).isTrue();

      List<ProcessHandle> left = new ArrayList<>(children);
      left.removeIf(child -> !child.isAlive());
      assertThat(left).as(Files.readString(output)).isEmpty();
      assertThat(Files.exists(folder.resolve("up/stack.json"))).isFalse();
    } finally {
      up.descendants().forEach(ProcessHandle::destroyForcibly);
      up.destroyForcibly();
    }
  }

  /** The libraries beside the packaged command are not those of the tests: one that is missing there shows only so. */
  @Test
  void ask_asPackaged_hasALanguageModelAnswer() throws Exception {
    Path root = Path.of(System.getProperty("assay.project.root"));
    ModelStore.ofEnvironment().pull(ModelSpec.parse("smollm2-135m-instruct"), Progress.SILENT);
    Path question = Files.writeString(folder.resolve("question.jsonl"), "{\"prompt\": \"The sky is\", \"max_tokens\": 2}\n");
    Path out = folder.resolve("out.txt");
    Path err = folder.resolve("err.txt");
    ProcessBuilder builder =
        new ProcessBuilder(root.resolve("assay").toString(), "ask", "--model", "smollm2-135m-instruct", question.toString())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("ASSAY_NO_BUILD", "1");

    int status = builder.start().waitFor();

    assertThat(status).as(Files.readString(err)).isZero();
    assertThat(new ObjectMapper().readTree(out.toFile()).path("token_ids")).hasSize(2);
  }

  private static void awaitText(Process process, Path output, String text) throws Exception {
    while (!Files.readString(output).contains(text)) {
      assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
      Thread.sleep(100);
    }
  }

  /** Processes of this one's, apart from the stack that all tests share. */
  private static List<ProcessHandle> children() {
    List<Long> shared =
        Stream.concat(
                STACK.stack().broker().map(part -> part.process().pid()).stream(),
                STACK.stack().registry().map(part -> part.process().pid()).stream())
            .toList();
    return ProcessHandle.current().children().filter(child -> !shared.contains(child.pid())).toList();
  }
}
