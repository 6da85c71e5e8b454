package dev.assay.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.bench.Expectation;
import dev.assay.cli.stack.Stage;
import dev.assay.bench.QuestionSet;
import dev.assay.bench.Service;
import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.Envelope;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import dev.assay.topology.tables.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every fault ends with the bytes of the undisturbed run's table; invariant 2 holds in every row on the way. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
final class FaultsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String UNDISTURBED = "undisturbed";
  private static final int SEED = 7;

  @TempDir static Path directory;

  private static Rig rig;
  private static SortedMap<String, String> undisturbed;

  @BeforeAll
  static void runUndisturbed() throws IOException {
    rig = new Rig(directory);
    rig.feeder().feed(Rig.prompts(UNDISTURBED));
    undisturbed = rig.finish(UNDISTURBED);
  }

  @AfterAll
  static void close() {
    if (rig != null) {
      rig.close();
    }
  }

  @Test
  void undisturbed_rightAnswersAreThoseCountedByHand() throws IOException {
    for (String model : Rig.MODELS) {
      List<String> lines = Files.readAllLines(rig.answers().get(model));
      int choices = 0;
      int right = 0;
      for (int i = 0; i < lines.size(); i++) {
        if (Rig.QUESTIONS.questions().get(i).ask() instanceof Choice choice) {
          JsonNode published = JSON.readTree(lines.get(i)).get("votes").get(0).get("logprobs");
          int best = IntStream.range(0, published.size()).boxed().max((a, b) -> compare(published, a, b)).orElseThrow();
          choices++;
          right += choice.getGold().contains(best) ? 1 : 0;
        }
      }
      MetricRow row =
          rig.watch().rows(UNDISTURBED).get(new Expectation.Cell(model, "", Scope.RUN, "*", Metrics.ACCURACY_ONE));
      assertThat(row.getN()).isEqualTo(choices);
      assertThat(Double.parseDouble(row.getSum())).isEqualTo(right);
      assertThat(right).isBetween(1, choices - 1);
    }
  }

  private static int compare(JsonNode values, int a, int b) {
    return Double.compare(values.get(a).doubleValue(), values.get(b).doubleValue());
  }

  /** First in the middle of a batch that is never answered, then at any moment of its work. */
  @Test
  void workersKilledInMidBatch_andReplaced() {
    String run = "workers-killed";
    rig.workers().close();
    try (Service stalling = rig.startWorkers("stalling", 50)) {
      rig.feeder().feed(Rig.quarters(run, 0, 2));
      stalling.awaitStall();
      stalling.kill();
    }
    rig.workers().restart();
    rig.awaitVerdicts(run, Rig.PROMPTS / 4);
    rig.feeder().feed(Rig.quarters(run, 2, 4));
    rig.workers().kill();
    rig.workers().restart();
    Rig.assertSame(rig.finish(run), undisturbed);
  }

  /** Killed while records of it stand on its output topic that it has not committed, or not long ago. */
  @ParameterizedTest
  @EnumSource(value = Stage.class, mode = EnumSource.Mode.EXCLUDE, names = "ROUTING")
  void stageKilledInMidFlow_andRestarted(Stage stage) {
    String run = "stage-killed-" + stage;
    String output =
        switch (stage) {
          case INTAKE -> Topics.requests(Rig.MODELS.getFirst());
          case BALLOT -> Topics.VERDICTS;
          case TABLES -> Topics.METRICS;
          case ROUTING -> throw new IllegalArgumentException("routing does not run in this rig");
        };
    rig.feeder().feed(Rig.quarters(run, 0, 2));
    rig.awaitVerdicts(run, 1);
    try (TopicReader written = TopicReader.uncommitted(rig.stack().settings(), output)) {
      written.readToEnd();
      rig.feeder().feed(Rig.quarters(run, 2, 3));
      rig.await("something on " + output, () -> !written.poll().isEmpty());
      rig.stage(stage).kill();
    }
    rig.feeder().feed(Rig.quarters(run, 3, 4));
    rig.stage(stage).restart();
    Rig.assertSame(rig.finish(run), undisturbed);
  }

  @Test
  void brokerKilledInMidFlow_andRestarted() {
    String run = "broker-killed";
    rig.feeder().feed(Rig.quarters(run, 0, 2));
    rig.awaitVerdicts(run, 1);
    rig.feeder().feed(Rig.quarters(run, 2, 3));
    rig.stack().broker().orElseThrow().kill();
    rig.stack().restartEnded();
    rig.feeder().feed(Rig.quarters(run, 3, 4));
    Rig.assertSame(rig.finish(run), undisturbed);
  }

  /** Each answer comes twice more, soon after the first time, among the others. */
  @Test
  void everyAnswerDeliveredThreeTimes() {
    String run = "answered-thrice";
    try (TopicReader answers = TopicReader.committed(rig.stack().settings(), Topics.ANSWERS)) {
      answers.readToEnd();
      rig.feeder().feed(Rig.prompts(run));
      int[] echoed = {0};
      rig.await(
          "all answers echoed",
          () -> {
            List<ProducerRecord<String, byte[]>> again = new ArrayList<>();
            for (ConsumerRecord<String, byte[]> answer : answers.poll()) {
              if (answer.headers().lastHeader("echo") == null) {
                for (int i = 0; i < 2; i++) {
                  ProducerRecord<String, byte[]> echo = new ProducerRecord<>(Topics.ANSWERS, answer.key(), answer.value());
                  echo.headers().add("echo", new byte[0]);
                  again.add(echo);
                }
                echoed[0]++;
              }
            }
            rig.feeder().send(again);
            return echoed[0] == Rig.PROMPTS * Rig.MODELS.size();
          });
    }
    // What comes after all echoes has been counted after them: each partition keeps its order.
    rig.finish(run);
    rig.feeder().feed(Rig.prompts("after-thrice"));
    rig.finish("after-thrice");
    Rig.assertSame(rig.finish(run), undisturbed);
  }

  /** Answers come shuffled, half of them before their prompts; then the workers wake up and answer everything once more. */
  @Test
  void answersOutOfOrder_andLateOnesAfterwards() {
    String run = "answers-shuffled";
    rig.workers().close();
    List<ProducerRecord<String, byte[]>> answers = answersOf(UNDISTURBED, run);
    assertThat(answers).hasSize(Rig.PROMPTS * Rig.MODELS.size());
    Collections.shuffle(answers, new Random(SEED));
    rig.feeder().send(answers.subList(0, answers.size() / 2));
    rig.feeder().feed(Rig.prompts(run));
    rig.feeder().send(answers.subList(answers.size() / 2, answers.size()));
    Rig.assertSame(rig.finish(run), undisturbed);

    rig.workers().restart();
    try (TopicReader late = TopicReader.committed(rig.stack().settings(), Topics.ANSWERS)) {
      RecordCodec<Answer> codec = answerCodec();
      int[] seen = {0};
      rig.await(
          "the workers' own answers",
          () -> {
            seen[0] += (int) late.poll().stream().filter(answer -> codec.decode(answer.value()).getEnvelope().getRun().equals(run)).count();
            return seen[0] >= 2 * answers.size();
          });
    }
    rig.feeder().feed(Rig.prompts("after-shuffled"));
    rig.finish("after-shuffled");
    Rig.assertSame(rig.finish(run), undisturbed);
  }

  /** From one thread to five on two instances, and to four on the newer one alone. */
  @Test
  void instancesAndThreadsChangeInMidFlow() {
    String run = "scaled";
    rig.feeder().feed(Rig.quarters(run, 0, 1));
    Map<Stage, Service> more = new EnumMap<>(Stage.class);
    for (Stage stage : Stage.USUAL) {
      more.put(stage, rig.startStage(stage, "4", 4));
    }
    rig.feeder().feed(Rig.quarters(run, 1, 2));
    more.values().forEach(Service::awaitReady);
    rig.feeder().feed(Rig.quarters(run, 2, 3));
    more.forEach(rig::replaceStage);
    rig.feeder().feed(Rig.quarters(run, 3, 4));
    Rig.assertSame(rig.finish(run), undisturbed);
  }

  private static RecordCodec<Answer> answerCodec() {
    return RecordCodec.of(Registries.connect(rig.stack().settings().registryUrl()), Answer.class);
  }

  /** The answers of a run, as if they had been given to another run with the same prompts. */
  private static List<ProducerRecord<String, byte[]>> answersOf(String run, String other) {
    RecordCodec<Answer> codec = answerCodec();
    List<ProducerRecord<String, byte[]>> answers = new ArrayList<>();
    try (TopicReader reader = TopicReader.committed(rig.stack().settings(), Topics.ANSWERS)) {
      for (ConsumerRecord<String, byte[]> record : reader.readToEnd()) {
        Answer answer = codec.decode(record.value());
        if (answer.getEnvelope().getRun().equals(run)) {
          Envelope envelope = Envelope.newBuilder(answer.getEnvelope()).setRun(other).build();
          Answer renamed = Answer.newBuilder(answer).setEnvelope(envelope).build();
          answers.add(new ProducerRecord<>(Topics.ANSWERS, record.key(), codec.encode(Topics.ANSWERS, renamed)));
        }
      }
    }
    return answers;
  }

  /** Questions whose answers tell models apart; otherwise equal tables would prove little. */
  @Test
  void undisturbed_tableHasAllKindsOfRows() {
    assertThat(undisturbed).hasSizeGreaterThan(100);
    assertThat(undisturbed.keySet())
        .anyMatch(key -> key.contains(Metrics.SAME_WRONG_ANSWER))
        .anyMatch(key -> key.contains("rouge_2"))
        .anyMatch(key -> key.contains(Metrics.ACCURACY_EVERY_ORDER));
    assertThat(Rig.QUESTIONS).isEqualTo(QuestionSet.mixed(Rig.PROMPTS));
  }
}
