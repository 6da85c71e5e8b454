package dev.assay.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.bench.Expectation;
import dev.assay.bench.Feeder;
import dev.assay.bench.MetricsWatch;
import dev.assay.cli.stack.Stage;
import dev.assay.bench.QuestionSet;
import dev.assay.inference.recorded.RecordedModel;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.KafkaSettings;
import dev.assay.platform.TestStack;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.Scope;
import dev.assay.records.TaskType;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.StreamsService;
import dev.assay.topology.tables.Metrics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Everything that is wrong with a prompt, sent among good ones: each becomes a dead letter that says why, and the good ones are scored. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class BadInputIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final String RUN = "bad-input";
  private static final String MODEL = "amber";
  private static final int GOOD = 120;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  /** Two equal options are asked as they stand, and when one of them is right, both are. */
  private static final QuestionSet.Question TWINS =
      new QuestionSet.Question(
          "ledger/twins",
          TaskType.KNOWLEDGE,
          Choice.newBuilder()
              .setQuestion("Which lamp burns?")
              .setOptions(List.of("the left", "the left"))
              .setGold(List.of(1))
              .build());

  @TempDir Path directory;

  /** A record that must become a dead letter. */
  private record Bad(ProducerRecord<String, byte[]> record, String stage, List<String> reason, String prompt) {}

  @Test
  void everyBadPromptBecomesADeadLetter_andEveryGoodOneIsScored() throws IOException {
    KafkaSettings settings = STACK.settings();
    STACK.stack().ensureTopics(Topics.all());
    QuestionSet questions = QuestionSet.mixed(GOOD);
    List<Prompt> good = questions.prompts(RUN, GOOD, List.of(MODEL));
    List<StreamsService> stages = Stage.USUAL.stream().map(stage -> stage.service(settings, "bad", 1)).toList();
    Worker worker =
        new Worker(
            Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()),
            Registries.connect(settings.registryUrl()),
            RecordedModel.load(answers(questions), MODEL),
            WorkerSettings.of("bad-input", 16));
    Thread serving = Thread.ofPlatform().start(worker);
    try (Feeder feeder = new Feeder(settings);
        MetricsWatch watch = MetricsWatch.open(settings);
        TopicReader letters = TopicReader.committed(settings, Topics.DEAD_LETTERS)) {
      stages.forEach(StreamsService::start);
      feeder.feed(good.subList(0, GOOD / 2));
      List<Bad> bad = bad(feeder, good.getFirst());
      List<RecordMetadata> places = feeder.send(bad.stream().map(Bad::record).toList());
      feeder.feed(good.subList(GOOD / 2, GOOD));
      Prompt twins = prompt("twins", TWINS.ask(), List.of(MODEL));
      feeder.feed(List.of(Prompt.newBuilder(twins).setTask(TWINS.task()).setTaskType(TWINS.type()).build()));

      Map<String, DeadLetter> byPlace = awaitLetters(letters, bad.size());
      for (int i = 0; i < bad.size(); i++) {
        RecordMetadata at = places.get(i);
        assertLetter(bad.get(i), at, byPlace);
      }
      awaitGood(watch, bad);
    } finally {
      worker.close();
      join(serving);
      stages.forEach(StreamsService::close);
    }
  }

  private Path answers(QuestionSet questions) throws IOException {
    List<QuestionSet.Question> all = new ArrayList<>(questions.questions());
    all.add(TWINS);
    return new QuestionSet(all).writeAnswers(directory.resolve("amber.jsonl"), MODEL);
  }

  /** The intake names the place of the prompt, the ballot that of the answer. */
  private static void assertLetter(Bad bad, RecordMetadata at, Map<String, DeadLetter> byPlace) {
    DeadLetter letter =
        bad.stage().equals("intake")
            ? byPlace.get(at.topic() + "/" + at.partition() + "/" + at.offset())
            : byPlace.values().stream()
                .filter(one -> one.topic().equals(Topics.ANSWERS) && one.prompt().equals(bad.prompt()))
                .findAny()
                .orElse(null);
    assertThat(letter).as("dead letter of %s", bad.reason()).isNotNull();
    assertThat(letter.stage()).isEqualTo(bad.stage());
    assertThat(letter.reason()).contains(bad.reason());
    assertThat(letter.prompt()).isEqualTo(bad.prompt());
    assertThat(letter.run()).isEqualTo(bad.prompt().isEmpty() ? "" : RUN);
  }

  /** Every bad record is a prompt to somebody, so the flow has them all: the good ones as verdicts, the readable bad ones as dead letters. */
  private static void awaitGood(MetricsWatch watch, List<Bad> bad) {
    QuestionSet questions = QuestionSet.mixed(GOOD);
    Map<Expectation.Cell, Long> counts = new HashMap<>(Expectation.of(RUN, questions, GOOD, List.of(MODEL)).counts());
    for (Expectation.Cell scope :
        List.of(
            new Expectation.Cell(MODEL, "", Scope.RUN, "*", Metrics.ANSWERED),
            new Expectation.Cell(MODEL, "", Scope.TASK_TYPE, TWINS.type().name(), Metrics.ANSWERED),
            new Expectation.Cell(MODEL, "", Scope.TASK, TWINS.task(), Metrics.ANSWERED),
            flow(Metrics.FLOW_VERDICTS))) {
      counts.merge(scope, 1L, Long::sum);
    }
    long lost = bad.stream().filter(one -> one.prompt().startsWith("lost")).count();
    counts.put(flow(Metrics.FLOW_DEAD_LETTERS), lost);
    counts.put(flow(Metrics.FLOW_PROMPTS), GOOD + 1 + lost);
    Expectation expected = new Expectation(RUN, counts);
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!watch.catchUp().isComplete(expected)) {
      assertThat(System.nanoTime() - deadline).as("missing: %s", watch.missing(expected)).isNegative();
      Rig.sleep();
    }
    assertThat(watch.violations()).isEmpty();
    Expectation.Cell twins = new Expectation.Cell(MODEL, "", Scope.TASK, TWINS.task(), Metrics.ACCURACY_ONE);
    assertThat(watch.rows(RUN).get(twins).getMean()).as("either of two equal options is right").isEqualTo(1);
  }

  private static Expectation.Cell flow(String metric) {
    return new Expectation.Cell(MODEL, "", Scope.RUN, "*", metric);
  }

  private static Map<String, DeadLetter> awaitLetters(TopicReader letters, int count) {
    Map<String, DeadLetter> byPlace = new LinkedHashMap<>();
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (byPlace.size() < count) {
      assertThat(System.nanoTime() - deadline).as("%d dead letters; got %s", count, byPlace.values()).isNegative();
      for (ConsumerRecord<String, byte[]> record : letters.poll()) {
        DeadLetter letter = DeadLetter.read(record.headers());
        assertThat(letter).as("headers of dead letter %d", record.offset()).isNotNull();
        byPlace.put(letter.topic() + "/" + letter.partition() + "/" + letter.offset(), letter);
      }
    }
    return byPlace;
  }

  private static List<Bad> bad(Feeder feeder, Prompt good) {
    List<Bad> bad = new ArrayList<>();
    bad.add(unreadable("no Avro at all".getBytes(StandardCharsets.UTF_8), "expected a Prompt in Confluent's wire format"));
    bad.add(unreadable(new byte[0], "got 0 bytes"));
    bad.add(unreadable(ByteBuffer.allocate(9).put((byte) 0).putInt(987_654).array(), "got schema id 987654", "register"));
    byte[] whole = feeder.record(good).value();
    bad.add(unreadable(Arrays.copyOf(whole, whole.length / 2), "end in the middle of a Prompt"));

    bad.add(choice(feeder, "lost-no-options", options(0), List.of(0), OrderRule.ONE, "got 0 options", "expected 2 to 26"));
    bad.add(choice(feeder, "lost-one-option", options(1), List.of(0), OrderRule.ONE, "got 1 options", "expected 2 to 26"));
    bad.add(choice(feeder, "lost-30-options", options(30), List.of(0), OrderRule.ONE, "got 30 options", "expected 2 to 26"));
    bad.add(choice(feeder, "lost-gold-high", options(4), List.of(4), OrderRule.ONE, "got gold 4 for 4 options", "0 to 3"));
    bad.add(choice(feeder, "lost-gold-low", options(4), List.of(-1), OrderRule.ONE, "got gold -1 for 4 options"));
    bad.add(choice(feeder, "lost-no-gold", options(4), List.of(), OrderRule.ONE, "got no gold"));
    bad.add(choice(feeder, "lost-pride-alone", options(6), List.of(0), OrderRule.PRIDE, "got orders PRIDE without calibration", "needed"));
    bad.add(choice(feeder, "lost-blank-option", List.of("one", "  "), List.of(0), OrderRule.ONE, "option 1", "is blank"));
    bad.add(asked(feeder, "lost-blank-question", Choice.newBuilder().setQuestion(" ").setOptions(options(3)).setGold(List.of(0)).build(), "got a blank question"));
    bad.add(asked(feeder, "lost-blank-input", Generation.newBuilder().setInput("").setReferences(List.of("x")).build(), "got a blank input"));
    bad.add(asked(feeder, "lost-unknown-metric",
            Generation.newBuilder().setInput("Say it.").setReferences(List.of("x")).setMetrics(List.of("beauty")).build(), "got the metric 'beauty'"));

    Choice unknown = Choice.newBuilder().setQuestion("Which lamp burns?").setOptions(options(3)).setGold(List.of(0)).build();
    bad.add(
        new Bad(
            feeder.record(prompt("lost-unanswered", unknown, List.of(MODEL))),
            "ballot",
            List.of("has no answer to prompt lost-unanswered", "Which lamp burns?"),
            "lost-unanswered"));

    ProducerRecord<String, byte[]> stranger = feeder.record(prompt("stranger", good.getAsk(), List.of("nobody-serves-this")));
    bad.add(new Bad(stranger, "intake", List.of("got the unknown model 'nobody-serves-this'", "known are [amber]"), "stranger"));
    return bad;
  }

  private static List<String> options(int count) {
    return IntStream.range(0, count).mapToObj(i -> "option " + i).toList();
  }

  private static Bad unreadable(byte[] bytes, String... reason) {
    return new Bad(new ProducerRecord<>(Topics.PROMPTS, "unreadable", bytes), "intake", List.of(reason), "");
  }

  private static Bad choice(Feeder feeder, String id, List<String> options, List<Integer> gold, OrderRule orders, String... reason) {
    Choice choice = Choice.newBuilder().setQuestion("Which one?").setOptions(options).setGold(gold).setOrders(orders).build();
    return asked(feeder, id, choice, reason);
  }

  private static Bad asked(Feeder feeder, String id, Object ask, String... reason) {
    return new Bad(feeder.record(prompt(id, ask, List.of(MODEL))), "intake", List.of(reason), id);
  }

  private static Prompt prompt(String id, Object ask, List<String> models) {
    return Prompt.newBuilder().setId(id).setRun(RUN).setTask("ledger/bad").setModels(models).setAsk(ask).build();
  }

  private static void join(Thread serving) {
    try {
      serving.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
