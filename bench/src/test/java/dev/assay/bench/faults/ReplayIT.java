package dev.assay.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.bench.Await;
import dev.assay.bench.Feeder;
import dev.assay.bench.MetricsWatch;
import dev.assay.bench.QuestionSet;
import dev.assay.bench.StoredAnswers;
import dev.assay.cli.Assay;
import dev.assay.cli.evaluation.PromptOutlet;
import dev.assay.cli.stack.Stage;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.ChildJvm;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TestStack;
import dev.assay.records.OrderRule;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.Verdict;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.StreamsService;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Invariant 3 on a real broker: stored answers judged again end in the bytes that the stages ended in, however and however often it is done. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ReplayIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  /** Another installation. */
  @RegisterExtension static final TestStack ELSEWHERE = new TestStack();

  private static final List<String> MODELS = List.of("amber", "birch");
  private static final QuestionSet QUESTIONS = QuestionSet.mixed(120);
  private static final int PROMPTS = 240;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private static SchemaRegistryClient registry;
  private static MetricsWatch watch;

  @TempDir private Path folder;

  /** What a command said. */
  private record Said(int status, String out, String err) {}

  @BeforeAll
  static void open() {
    STACK.stack().ensureTopics(Topics.all());
    registry = Registries.connect(STACK.settings().registryUrl());
    Registries.registerSchemas(registry);
    // A run must be announced to be brought in elsewhere.
    try (PromptOutlet outlet = new PromptOutlet(STACK.settings(), registry)) {
      outlet.write(new Run("staged", Instant.EPOCH, RunState.DONE, MODELS, List.of(), 0, "", 0L, (long) PROMPTS * MODELS.size(), "", 0, null));
    }
    watch = MetricsWatch.open(STACK.settings());
  }

  @AfterAll
  static void close() {
    watch.close();
  }

  private static Said assay(Interruption interruption, String... arguments) {
    return at(STACK, interruption, arguments);
  }

  private static Said at(TestStack stack, Interruption interruption, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] all =
        Stream.concat(
                Stream.of(arguments),
                Stream.of("--bootstrap-servers", stack.settings().bootstrapServers(), "--schema-registry", stack.settings().registryUrl()))
            .toArray(String[]::new);
    int status = Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), interruption).execute(all);
    return new Said(status, out.toString(), err.toString());
  }

  private Said replay(String... arguments) {
    return assay(
        new Interruption(),
        Stream.concat(Stream.of("replay", "--dir", folder.toString(), "--json"), Stream.of(arguments)).toArray(String[]::new));
  }

  private static SortedMap<String, String> table(String run) {
    return new TreeMap<>(watch.catchUp().table(run));
  }

  @Test
  void replay_endsInTheBytesOfTheStages_onAnyNumberOfThreads_fromAnyPartitions_andElsewhere() throws IOException {
    List<ProducerRecord<String, byte[]>> answers = StoredAnswers.of(registry, QUESTIONS, "staged", PROMPTS, MODELS).toList();
    try (Feeder feeder = new Feeder(STACK.settings())) {
      feeder.feed(QUESTIONS.prompts("staged", PROMPTS, MODELS));
      feeder.send(answers);
      // Delivered twice, and in another order.
      List<ProducerRecord<String, byte[]>> again = new ArrayList<>(answers.subList(0, PROMPTS));
      Collections.shuffle(again, new Random(3));
      feeder.send(again);
      SortedMap<String, String> staged = throughTheStages("staged");

      for (int threads : List.of(1, 2, 4)) {
        String name = "on-" + threads;
        Said said = replay("--run", "staged", "--as", name, "--threads", Integer.toString(threads));
        assertThat(said.status()).as(said.err()).isZero();
        Rig.assertSame(table(name), staged);
      }
      assertThat(watch.violations()).isEmpty();

      // The same answers of another run, spread over the partitions as no producer of ours would: the table is the same.
      Random random = new Random(7);
      feeder.feed(QUESTIONS.prompts("scattered", PROMPTS, MODELS));
      List<ProducerRecord<String, byte[]>> scattered = new ArrayList<>();
      StoredAnswers.of(registry, QUESTIONS, "scattered", PROMPTS, MODELS).toList()
          .forEach(record -> scattered.add(new ProducerRecord<>(record.topic(), random.nextInt(4), record.key(), record.value())));
      Collections.shuffle(scattered, random);
      feeder.send(scattered);
      assertThat(replay("--run", "scattered", "--as", "gathered").status()).isZero();
      Rig.assertSame(table("gathered"), staged);
      assertSameElsewhere(staged);
    }
  }

  /** The run goes to another installation as a file; its table there, and that of its replay there, are the same. */
  private void assertSameElsewhere(SortedMap<String, String> staged) throws IOException {
    Path file = folder.resolve("staged.assaylog");
    Path again = folder.resolve("again.assaylog");
    assertThat(assay(new Interruption(), "export", "--dir", folder.toString(), "--format", "log", "--run", "staged", "--output", file.toString()).status()).isZero();
    assertThat(assay(new Interruption(), "export", "--dir", folder.toString(), "--format", "log", "--run", "staged", "--output", again.toString()).status()).isZero();
    assertThat(Files.mismatch(file, again)).as("the same log gives the same file").isEqualTo(-1);
    byte[] altered = Files.readAllBytes(file);
    altered[altered.length / 2] ^= 1;
    Files.write(again, altered);

    Said refused = at(ELSEWHERE, new Interruption(), "import", "--dir", folder.toString(), again.toString());
    assertThat(refused.err()).contains("is altered: block 0, which begins at byte 16", "nothing of it was used");
    Said brought = at(ELSEWHERE, new Interruption(), "import", "--dir", folder.toString(), file.toString());
    assertThat(brought.status()).as(brought.err()).isZero();
    assertThat(at(ELSEWHERE, new Interruption(), "import", "--dir", folder.toString(), file.toString()).err()).contains("there is a run staged already");
    Said replayed = at(ELSEWHERE, new Interruption(), "replay", "--dir", folder.toString(), "--run", "staged", "--as", "there", "--json");
    assertThat(replayed.status()).as(replayed.err()).isZero();
    try (MetricsWatch there = MetricsWatch.open(ELSEWHERE.settings())) {
      there.catchUp();
      Rig.assertSame(new TreeMap<>(there.table("staged")), staged);
      Rig.assertSame(new TreeMap<>(there.table("there")), staged);
    }
  }

  @Test
  void replay_killedInTheMiddle_goesOnBehindWhatTheLogHas() {
    int prompts = 9_000;
    try (Feeder feeder = new Feeder(STACK.settings())) {
      feeder.feed(QUESTIONS.prompts("long", prompts, MODELS));
      feeder.send(StoredAnswers.of(registry, QUESTIONS, "long", prompts, MODELS).toList());
    }
    assertThat(replay("--run", "long", "--as", "undisturbed").status()).isZero();

    List<String> command =
        List.of(
            "dev.assay.cli.Assay", "replay", "--dir", folder.toString(), "--run", "long", "--as", "killed", "--threads", "1",
            "--bootstrap-servers", STACK.settings().bootstrapServers(), "--schema-registry", STACK.settings().registryUrl());
    List<String> options =
        List.of(
            "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.assay.records");
    try (TopicReader verdicts = TopicReader.committed(STACK.settings(), Topics.VERDICTS);
        ChildJvm child = ChildJvm.start(new ChildJvm.Launch("replay", folder, System.getProperty("java.class.path"), options, command))) {
      RecordCodec<Verdict> codec = RecordCodec.of(registry, Verdict.class);
      boolean begun = Await.until(LIMIT, () -> verdicts.poll().stream().anyMatch(record -> codec.decode(record.value()).getRun().equals("killed")) || !child.isAlive());
      assertThat(begun && child.isAlive()).as("the replay was killed at work; its end: %s", child.lastLines()).isTrue();
      child.kill();
    }
    assertThat(runs().get("killed").getState()).isEqualTo(RunState.RUNNING);
    assertThat(table("killed")).as("no row before the end").isEmpty();

    // Wished to end while it reads, it leaves what it has; then it goes on.
    Interruption wish = new Interruption();
    wish.request();
    assertThat(assay(wish, "replay", "--dir", folder.toString(), "--continue", "killed").status()).isEqualTo(130);
    Said end = replay("--continue", "killed");
    assertThat(end.status()).as(end.err()).isZero();

    Rig.assertSame(table("killed"), table("undisturbed"));
    assertThat(runs().get("killed").getState()).isEqualTo(RunState.DONE);
    assertThat(verdictsOf("killed")).as("each verdict once").isEqualTo(verdictsOf("undisturbed")).hasSize(prompts * MODELS.size());
    assertThat(replay("--continue", "killed").err()).contains("replay killed is done");
  }

  @Test
  void replay_underOtherRules_saysWhatWasNotAsked() {
    QuestionSet all = QuestionSet.choices(40, OrderRule.ALL);
    try (Feeder feeder = new Feeder(STACK.settings())) {
      feeder.feed(all.prompts("orders", 40, MODELS));
      feeder.send(StoredAnswers.of(registry, all, "orders", 40, MODELS).toList());
    }
    for (String rule : List.of("one", "cyclic", "sampled:8", "adaptive:0.1", "pride:0.25")) {
      String name = "orders-" + rule.replace(':', '-');
      Said said = replay("--run", "orders", "--as", name, "--orders", rule);
      assertThat(said.status()).as(said.err()).isZero();
      assertThat(said.err()).contains("40 prompts, 80 answers, 80 verdicts, 0 dead letters");
      assertThat(runs().get(name).getOrigin()).satisfies(origin -> assertThat(origin.getOrders()).isEqualTo(rule));
    }
    Said part = replay("--run", "orders", "--as", "part", "--tasks", "ledger/part-1", "--answers-of", "birch");
    assertThat(part.err()).contains("10 prompts, 10 answers, 10 verdicts");
    assertThat(replay("--run", "orders-one", "--as", "of-a-replay").err()).contains("is itself a replay", "replay orders");
    assertThat(replay("--run", "orders", "--as", "part").err()).contains("there is a run part already");
    assertThat(replay("--run", "nobody").err()).contains("run nobody has no prompts of this choice");
    assertThat(replay("--run", "orders", "--orders", "none").status()).isEqualTo(2);

    QuestionSet one = QuestionSet.choices(5, OrderRule.ONE);
    try (Feeder feeder = new Feeder(STACK.settings())) {
      feeder.feed(one.prompts("narrow", 5, MODELS));
      feeder.send(StoredAnswers.of(registry, one, "narrow", 5, MODELS).toList());
    }
    assertThat(replay("--run", "narrow", "--as", "wide", "--orders", "cyclic").err()).contains("0 verdicts, 10 dead letters");
    assertThat(assay(new Interruption(), "dead-letters", "list", "--dir", folder.toString(), "--run", "wide").out()).contains("replay", "were not asked");
  }

  private static SortedMap<String, String> throughTheStages(String run) {
    KafkaSettings settings = STACK.settings();
    List<StreamsService> stages = Stream.of(Stage.BALLOT, Stage.TABLES).map(stage -> stage.service(settings, "replay-it", 1)).toList();
    try {
      stages.forEach(StreamsService::start);
      AtomicReference<SortedMap<String, String>> last = new AtomicReference<>(new TreeMap<>());
      int[] quiet = {0};
      // Rows of analyses come every half second.
      boolean settled =
          Await.until(
              LIMIT,
              () -> {
                SortedMap<String, String> now = table(run);
                quiet[0] = now.equals(last.get()) && judged(run) ? quiet[0] + 1 : 0;
                last.set(now);
                return quiet[0] > 40;
              });
      assertThat(settled).as("the stages settle").isTrue();
      return last.get();
    } finally {
      stages.forEach(StreamsService::close);
    }
  }

  private static boolean judged(String run) {
    return MODELS.stream().allMatch(model -> watch.flow(run, model, "flow/verdicts") == PROMPTS);
  }

  private static SortedMap<String, Run> runs() {
    SortedMap<String, Run> runs = new TreeMap<>();
    RecordCodec<Run> codec = RecordCodec.of(registry, Run.class);
    try (TopicReader reader = TopicReader.committed(STACK.settings(), Topics.RUNS)) {
      reader.readToEnd().forEach(record -> runs.put(record.key(), codec.decode(record.value())));
    }
    return runs;
  }

  /** Prompt and model of every verdict of a run; fails when one is there twice. */
  private static Set<String> verdictsOf(String run) {
    RecordCodec<Verdict> codec = RecordCodec.of(registry, Verdict.class);
    Set<String> found = new TreeSet<>();
    try (TopicReader reader = TopicReader.committed(STACK.settings(), Topics.VERDICTS)) {
      for (ConsumerRecord<String, byte[]> record : reader.readToEnd()) {
        Verdict verdict = codec.decode(record.value());
        if (verdict.getRun().equals(run)) {
          assertThat(found.add(verdict.getPrompt() + " " + verdict.getModel())).as("%s twice", verdict.getPrompt()).isTrue();
        }
      }
    }
    return found;
  }
}
