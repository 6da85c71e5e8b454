package dev.assay.topology.tables;

import static dev.assay.topology.Records.choice;
import static dev.assay.topology.Records.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.MetricRow;
import dev.assay.records.OrderVote;
import dev.assay.records.Scope;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TablesTest {
  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final Map<String, MetricRow> table = new HashMap<>();
  private Stage stage;

  @BeforeEach
  void start() {
    stage = new Stage(new Tables(registry, List.of("m1")).topology(), registry);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void choiceVerdicts_makeRowsOverTaskTypeAndRun() {
    send(choiceVerdict("p1", "m1", "planets", 1, true, 0.9, 1, true, 0.8));
    send(choiceVerdict("p2", "m1", "planets", 2, false, 0.5, 1, true, 0.6));
    send(choiceVerdict("p3", "m1", "stars", 1, true, 0.7, 0, false, 0.4));
    look();
    MetricRow one = row(Scope.RUN, "*", Metrics.ACCURACY_ONE);
    assertThat(one.getN()).isEqualTo(3);
    assertThat(one.getMean()).isEqualTo(2.0 / 3, within(1e-15));
    assertThat(one.getSum()).isEqualTo("2.000000000000");
    assertThat(one.getStandardError()).isEqualTo(Math.sqrt((2 - 4.0 / 3) / 2 / 3), within(1e-12));
    assertThat(one.getLow()).isBetween(0.0, 2.0 / 3);
    assertThat(one.getHigh()).isBetween(2.0 / 3, 1.0);
    assertThat(one.getUnit()).isEqualTo("share");
    assertThat(row(Scope.TASK, "planets", Metrics.ACCURACY_ONE).getMean()).isEqualTo(0.5);
    assertThat(row(Scope.TASK, "stars", Metrics.ACCURACY_MEAN_LOGPROB).getMean()).isZero();
    assertThat(row(Scope.TASK_TYPE, "KNOWLEDGE", Metrics.ACCURACY_MEAN_LOGPROB).getMean()).isEqualTo(2.0 / 3, within(1e-15));
    assertThat(row(Scope.RUN, "*", Metrics.CHANGED_HELPED).getSum()).isEqualTo("1.000000000000");
    assertThat(row(Scope.RUN, "*", Metrics.CHANGED_HURT).getSum()).isEqualTo("1.000000000000");
    assertThat(row(Scope.RUN, "*", Metrics.CONFIDENCE_ONE).getMean()).isEqualTo(0.7, within(1e-12));
    assertThat(row(Scope.RUN, "*", Metrics.TOKENS_COMPUTED).getMean()).isEqualTo(60);
    assertThat(row(Scope.RUN, "*", Metrics.TOKENS_COMPUTED).getLow()).isNull();
    assertThat(row(Scope.RUN, "*", Metrics.COMPUTE_MICROSECONDS).getUnit()).isEqualTo("microseconds");
    assertThat(row(Scope.RUN, "*", Metrics.ANSWERED).getN()).isEqualTo(3);
  }

  @Test
  void cost_isARowOfTheAnswersWithAPrice() {
    send(Verdict.newBuilder(textVerdict("p1", "m1", "8", Map.of("exact_match", 1.0))).setCostMicros(1_500L).build());
    send(textVerdict("p2", "m1", "9", Map.of("exact_match", 0.0)));
    send(Verdict.newBuilder(textVerdict("p3", "m1", "9", Map.of("exact_match", 0.0))).setCostMicros(250L).build());
    look();
    assertThat(row(Scope.RUN, "*", Metrics.COST).getSum()).isEqualTo("1750.000000000000");
    assertThat(row(Scope.RUN, "*", Metrics.COST).getN()).isEqualTo(2);
    assertThat(row(Scope.RUN, "*", Metrics.COST).getUnit()).isEqualTo("millionths");
    assertThat(row(Scope.RUN, "*", Metrics.COST).getLow()).isNull();
  }

  @Test
  void severalTasks_haveAStandardErrorByTask_andSkillsHaveRows() {
    send(choiceVerdict("p1", "m1", "planets", 1, true, 0.9, 1, true, 0.8));
    send(choiceVerdict("p2", "m1", "planets", 1, true, 0.5, 1, true, 0.6));
    send(choiceVerdict("p3", "m1", "stars", 0, false, 0.7, 0, false, 0.4));
    send(choiceVerdict("p4", "m1", "stars", 1, true, 0.7, 1, true, 0.4));
    look();
    MetricRow run = row(Scope.RUN, "*", Metrics.ACCURACY_ONE);
    // sqrt(2 · ((2 − 2 · 0.75)² + (1 − 2 · 0.75)²)) / 4, against sqrt(0.25 / 4) for independent prompts
    assertThat(run.getStandardErrorClustered()).isCloseTo(0.25, within(1e-15));
    assertThat(run.getStandardError()).isCloseTo(0.25, within(1e-15));
    assertThat(row(Scope.SKILL, "KNOWLEDGE", Metrics.ACCURACY_ONE).getStandardErrorClustered()).isEqualTo(run.getStandardErrorClustered());
    assertThat(row(Scope.SKILL, "KNOWLEDGE", Metrics.ACCURACY_ONE).getN()).isEqualTo(4);
    assertThat(row(Scope.TASK, "stars", Metrics.ACCURACY_ONE).getStandardErrorClustered()).isNull();
    assertThat(run.getSum()).isEqualTo("3.000000000000");
  }

  @Test
  void positions_areCountedInThePublishedOrderAndInEachOrder() {
    // Whatever is asked, this model says the first position: options 0, 1 and 2 in turn, of which 1 is right.
    List<OrderVote> votes =
        List.of(new OrderVote(List.of(0, 1, 2), 0), new OrderVote(List.of(1, 2, 0), 1), new OrderVote(List.of(2, 0, 1), 2));
    Decision first = new Decision(0, false, 0.5);
    send(verdict("p1", "m1", "planets", new ChoiceVerdict(3, List.of(1), first, first, new Decision(-1, false, 0.5), false, votes, List.of(), 0, null)));
    look();
    assertThat(row(Scope.POSITION, "B of 3", Metrics.CHOSEN_ONE + "A").getMean()).isEqualTo(1);
    assertThat(row(Scope.POSITION, "B of 3", Metrics.CHOSEN_ONE + "B").getMean()).isZero();
    assertThat(row(Scope.POSITION, "B of 3", Metrics.CHOSEN_VOTED + Metrics.CHOSEN_NONE).getMean()).isEqualTo(1);
    for (String right : List.of("A", "B", "C")) {
      assertThat(row(Scope.POSITION, right + " of 3", Metrics.CHOSEN_EVERY_ORDER + "A").getMean()).isEqualTo(1);
      assertThat(row(Scope.POSITION, right + " of 3", Metrics.CHOSEN_EVERY_ORDER + "B").getN()).isEqualTo(1);
    }
    assertThat(row(Scope.POSITION, "A of 3", Metrics.CHOSEN_ONE + "A")).isNull();
  }

  @Test
  void confidences_fallIntoFixedTenths() {
    send(choiceVerdict("p1", "m1", "planets", 1, true, 0.9, 1, true, 0.3));
    send(choiceVerdict("p2", "m1", "planets", 1, true, 0.9, 0, false, 0.25));
    send(choiceVerdict("p3", "m1", "planets", 1, true, 0.9, 1, true, 0.300001));
    send(choiceVerdict("p4", "m1", "planets", 1, true, 0.9, 1, true, 0));
    look();
    assertThat(row(Scope.CONFIDENCE, "0.2-0.3", Metrics.CONFIDENCE_MEAN_LOGPROB).getSum()).isEqualTo("0.550000000000");
    assertThat(row(Scope.CONFIDENCE, "0.2-0.3", Metrics.ACCURACY_MEAN_LOGPROB).getMean()).isEqualTo(0.5);
    assertThat(row(Scope.CONFIDENCE, "0.3-0.4", Metrics.ACCURACY_MEAN_LOGPROB).getN()).isEqualTo(1);
    assertThat(row(Scope.CONFIDENCE, "0.0-0.1", Metrics.ACCURACY_MEAN_LOGPROB).getN()).isEqualTo(1);
  }

  @Test
  void twoModels_differBySign_andTheirQuestionsAreJudged() {
    send(choiceVerdict("p1", "a", "planets", 1, true, 0.9, 1, true, 0.8));
    send(choiceVerdict("p1", "b", "planets", 0, false, 0.9, 0, false, 0.8));
    send(choiceVerdict("p2", "a", "planets", 0, false, 0.9, 0, false, 0.8));
    send(choiceVerdict("p2", "b", "planets", 2, false, 0.9, 2, false, 0.8));
    send(choiceVerdict("p3", "b", "planets", 2, false, 0.9, 2, false, 0.8));
    send(choiceVerdict("p1", "@ensemble", "planets", 1, true, 0.9, 1, true, 0.8));
    look();
    MetricRow difference = table.get(new MetricKey("r1", "a", "c1", "b@c1", Scope.RUN, "*", Metrics.DIFFERENCE_RIGHT).toString());
    assertThat(difference.getUnit()).isEqualTo("difference");
    assertThat(difference.getN()).isEqualTo(2);
    assertThat(difference.getMean()).isEqualTo(0.5);
    assertThat(difference.getLow()).isNegative();
    assertThat(difference.getHigh()).isBetween(0.5, 1.0);
    assertThat(question(Metrics.QUESTION_WRONG).getMean()).isEqualTo(0.75);
    assertThat(question(Metrics.QUESTION_ALL_WRONG).getMean()).isEqualTo(0.5);
    assertThat(question(Metrics.QUESTION_DISPUTED).getMean()).isEqualTo(1);
    assertThat(question(Metrics.QUESTION_DISPUTED).getN()).isEqualTo(2);
  }

  @Test
  void textsThatAreNeitherRightNorWrong_differByTheirScores() {
    send(textVerdict("p1", "a", "eight", Map.of("rouge_2", 0.25)));
    send(textVerdict("p1", "b", "nine", Map.of("rouge_2", 0.75)));
    look();
    MetricRow difference = table.get(new MetricKey("r1", "a", "c1", "b@c1", Scope.TASK, "words", "difference/rouge_2").toString());
    assertThat(difference.getMean()).isEqualTo(-0.5);
    assertThat(difference.getLow()).isEqualTo(-1);
  }

  private MetricRow question(String metric) {
    return table.get(new MetricKey("r1", "*", "", null, Scope.RUN, "*", metric).toString());
  }

  @Test
  void textVerdicts_makeARowForEachScore() {
    send(textVerdict("p1", "m1", "8", Map.of("exact_match", 1.0, "rouge_2", 0.25)));
    send(textVerdict("p2", "m1", "9", Map.of("exact_match", 0.0, "rouge_2", 0.5)));
    look();
    assertThat(row(Scope.RUN, "*", "exact_match").getMean()).isEqualTo(0.5);
    assertThat(row(Scope.RUN, "*", "rouge_2").getSum()).isEqualTo("0.750000000000");
    assertThat(row(Scope.RUN, "*", "rouge_2").getSumOfSquares()).isEqualTo("0.312500000000");
  }

  @Test
  void verdict_deliveredTwice_countsOnce() {
    Verdict verdict = choiceVerdict("p1", "m1", "planets", 1, true, 0.9, 1, true, 0.8);
    send(verdict);
    send(verdict);
    look();
    send(verdict);
    look();
    assertThat(row(Scope.RUN, "*", Metrics.ACCURACY_ONE).getN()).isEqualTo(1);
  }

  @Test
  void verdict_corrected_replacesTheEarlierAsIfThatHadNeverBeen() {
    Verdict wrong = choiceVerdict("p1", "m1", "planets", 1, true, 1.0 / 3, 1, true, 0.1);
    Verdict right = choiceVerdict("p1", "m1", "stars", 2, false, 0.7, 0, false, 0.2);
    Verdict other = choiceVerdict("p1", "m2", "planets", 2, false, 0.7, 0, false, 0.2);
    send(other);
    send(wrong);
    look();
    send(right);
    look();
    Map<String, MetricRow> corrected = Map.copyOf(table);
    stop();
    start();
    table.clear();
    send(right);
    send(other);
    look();
    assertThat(corrected).isEqualTo(table);
  }

  @Test
  void verdict_ofALaterAnswer_doesNotReplaceTheEarlier() {
    Verdict first = choiceVerdict("p1", "m1", "planets", 1, true, 0.9, 1, true, 0.8);
    send(first);
    send(Verdict.newBuilder(choiceVerdict("p1", "m1", "planets", 2, false, 0.9, 2, false, 0.8))
        .setAnsweredAt(first.getAnsweredAt().plusMillis(1))
        .build());
    look();
    assertThat(row(Scope.RUN, "*", Metrics.ACCURACY_ONE).getMean()).isEqualTo(1);
    assertThat(row(Scope.RUN, "*", Metrics.ACCURACY_ONE).getN()).isEqualTo(1);
  }

  @Test
  void twoModels_areComparedOnThePromptsThatBothAnswered() {
    send(choiceVerdict("p1", "b", "planets", 1, true, 0.9, 1, true, 0.8));
    send(choiceVerdict("p1", "a", "planets", 1, true, 0.9, 1, true, 0.8));
    send(choiceVerdict("p2", "a", "planets", 2, false, 0.9, 2, false, 0.8));
    send(choiceVerdict("p2", "b", "planets", 2, false, 0.9, 2, false, 0.8));
    send(choiceVerdict("p3", "a", "planets", 2, false, 0.9, 2, false, 0.8));
    send(choiceVerdict("p3", "b", "planets", 0, false, 0.9, 0, false, 0.8));
    send(choiceVerdict("p4", "a", "planets", -1, false, 0.0, -1, false, 0.0));
    send(choiceVerdict("p4", "b", "planets", -1, false, 0.0, -1, false, 0.0));
    send(choiceVerdict("p5", "a", "planets", 1, true, 0.9, 1, true, 0.8));
    look();
    MetricRow same = table.get(new MetricKey("r1", "a", "c1", "b@c1", Scope.RUN, "*", Metrics.SAME_ANSWER).toString());
    assertThat(same.getN()).isEqualTo(4);
    assertThat(same.getSum()).isEqualTo("2.000000000000");
    MetricRow sameWrong = table.get(new MetricKey("r1", "a", "c1", "b@c1", Scope.TASK, "planets", Metrics.SAME_WRONG_ANSWER).toString());
    assertThat(sameWrong.getN()).isEqualTo(3);
    assertThat(sameWrong.getSum()).isEqualTo("1.000000000000");
    assertThat(table.values()).noneMatch(row -> "a@c1".equals(row.getOther()));
  }

  @Test
  void texts_areComparedWithoutCaseSpaceAndPunctuation() {
    send(textVerdict("p1", "a", "Jupiter.", Map.of("exact_match", 0.0)));
    send(textVerdict("p1", "b", " jupiter\n", Map.of("exact_match", 0.0)));
    send(textVerdict("p2", "a", "Mars", Map.of("rouge_2", 0.5)));
    send(textVerdict("p2", "b", "Venus", Map.of("rouge_2", 0.5)));
    look();
    MetricRow same = table.get(new MetricKey("r1", "a", "c1", "b@c1", Scope.RUN, "*", Metrics.SAME_ANSWER).toString());
    assertThat(same.getN()).isEqualTo(2);
    assertThat(same.getMean()).isEqualTo(0.5);
    MetricRow sameWrong = table.get(new MetricKey("r1", "a", "c1", "b@c1", Scope.RUN, "*", Metrics.SAME_WRONG_ANSWER).toString());
    assertThat(sameWrong.getN()).isEqualTo(1);
    assertThat(sameWrong.getMean()).isEqualTo(1);
  }

  @Test
  void flow_followsAPromptFromPendingOverDeadLetterToVerdict() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of("m1", "m2")).build());
    look();
    assertFlow("m1", 1, 0, 0, 1);
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of("m1", "m2")).build());
    sendLetter(new DeadLetter(Topics.ANSWERS, 0, 5, "ballot", "failed", "r1", "p1", "m1"));
    sendLetter(new DeadLetter(Topics.ANSWERS, 0, 6, "ballot", "failed", "r1", "p1", "m1"));
    look();
    assertFlow("m1", 1, 0, 1, 0);
    assertFlow("m2", 1, 0, 0, 1);
    send(choiceVerdict("p1", "m1", "planets", 1, true, 0.9, 1, true, 0.8));
    look();
    assertFlow("m1", 1, 1, 0, 0);
  }

  @Test
  void flow_countsAPromptThatWasGivenUpOnceForEachOfItsModels() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().setGold(List.of(9)).build()).setModels(List.of("m1", "m2")).build());
    sendLetter(new DeadLetter(Topics.PROMPTS, 0, 0, "intake", "gold 9", "r1", "p1", ""));
    stage.send(Topics.PROMPTS, "p2", prompt(choice().build()).setId("p2").setModels(List.of()).build());
    look();
    assertFlow("m1", 2, 0, 1, 1);
    assertFlow("m2", 1, 0, 1, 0);
  }

  @Test
  void flow_countsWhatCannotBeReadUnderTheRunQuestionMark() {
    stage.send(Topics.PROMPTS, "p1", "no Avro".getBytes(StandardCharsets.UTF_8));
    DeadLetter letter = new DeadLetter(Topics.PROMPTS, 0, 0, "intake", "no Avro", "", "", "");
    sendLetter(letter);
    sendLetter(letter);
    stage.send(Topics.DEAD_LETTERS, "x", new byte[] {1});
    look();
    MetricRow lost = table.get(new MetricKey("?", "?", "", null, Scope.RUN, "*", Metrics.FLOW_DEAD_LETTERS).toString());
    assertThat(lost.getN()).isEqualTo(2);
  }

  @Test
  void verdict_thatCannotBeCounted_becomesADeadLetter_andTheNextGoesOn() {
    stage.send(Topics.VERDICTS, "p1", "no Avro".getBytes(StandardCharsets.UTF_8));
    send(textVerdict("p1", "m1", "8", Map.of("rouge_2", 7.0)));
    send(textVerdict("p2", "m1", "8", Map.of("flow/pending", 1.0)));
    send(choiceVerdict("p3", "m1", "planets", 1, true, Double.NaN, 1, true, 0.8));
    send(choiceVerdict("p4", "m1", "planets", 1, true, 0.9, 1, true, 0.8));
    List<TestRecord<byte[], byte[]>> letters = stage.read(Topics.DEAD_LETTERS);
    look();
    assertThat(letters.getFirst().value()).isEqualTo("no Avro".getBytes(StandardCharsets.UTF_8));
    assertThat(letters)
        .extracting(letter -> DeadLetter.read(letter.headers()))
        .extracting(DeadLetter::reason)
        .satisfiesExactly(
            reason -> assertThat(reason).contains("Confluent"),
            reason -> assertThat(reason).isEqualTo("got rouge_2 = 7.0; expected a number in [0, 1]"),
            reason -> assertThat(reason).contains("'flow/pending'"),
            reason -> assertThat(reason).contains("confidence/one = NaN"));
    assertThat(row(Scope.RUN, "*", Metrics.ACCURACY_ONE).getN()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void flow_sumsHoldInEveryTransaction_andNoneIsEverNegative(long seed) {
    Random random = new Random(seed);
    List<Runnable> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String id = "p" + i;
      events.add(() -> stage.send(Topics.PROMPTS, id, prompt(choice().build()).setId(id).setModels(List.of("m1", "m2")).build()));
      events.add(() -> send(choiceVerdict(id, "m1", "planets", 1, true, 0.9, 1, true, 0.8)));
      events.add(() -> sendLetter(new DeadLetter(Topics.ANSWERS, 0, 1, "ballot", "x", "r1", id, "m2")));
      if (random.nextBoolean()) {
        events.add(() -> send(choiceVerdict(id, "m2", "planets", 0, false, 0.9, 1, true, 0.8)));
      }
      if (random.nextInt(4) == 0) {
        events.add(() -> sendLetter(new DeadLetter(Topics.PROMPTS, 0, 1, "intake", "x", "r1", id, "")));
      }
    }
    events.addAll(List.copyOf(events));
    Collections.shuffle(events, random);
    for (Runnable event : events) {
      event.run();
      look();
      for (String model : List.of("m1", "m2")) {
        if (table.containsKey(flowKey(model, Metrics.FLOW_PROMPTS))) {
          assertThat(flow(model, Metrics.FLOW_PROMPTS))
              .isEqualTo(flow(model, Metrics.FLOW_VERDICTS) + flow(model, Metrics.FLOW_DEAD_LETTERS) + flow(model, Metrics.FLOW_PENDING));
          assertThat(flow(model, Metrics.FLOW_PENDING)).isNotNegative();
        }
      }
    }
    assertFlow("m1", 40, 40, 0, 0);
  }

  private void assertFlow(String model, long prompts, long verdicts, long deadLetters, long pending) {
    assertThat(List.of(Metrics.FLOW_PROMPTS, Metrics.FLOW_VERDICTS, Metrics.FLOW_DEAD_LETTERS, Metrics.FLOW_PENDING))
        .extracting(metric -> flow(model, metric))
        .containsExactly(prompts, verdicts, deadLetters, pending);
  }

  private long flow(String model, String metric) {
    return table.get(flowKey(model, metric)).getN();
  }

  private static String flowKey(String model, String metric) {
    return new MetricKey("r1", model, "", null, Scope.RUN, "*", metric).toString();
  }

  private MetricRow row(Scope scope, String task, String metric) {
    return table.get(new MetricKey("r1", "m1", "c1", null, scope, task, metric).toString());
  }

  /** Lets time pass until nothing new comes, and takes the rows into the table. */
  private void look() {
    List<TestRecord<byte[], byte[]>> got;
    do {
      // Long enough that a beat comes however slow this machine is, first for the counting, then for the merging of what it sent.
      stage.pass(CountingProcessor.ANALYSIS_TICK);
      stage.pass(CountingProcessor.ANALYSIS_TICK);
      got = stage.read(Topics.METRICS);
      got.forEach(
          record -> {
            if (record.value() == null) {
              table.remove(new String(record.key(), StandardCharsets.UTF_8));
              return;
            }
            MetricRow row = RecordCodec.of(registry, MetricRow.class).decode(record.value());
            assertThat(MetricKey.of(row)).hasToString(new String(record.key(), StandardCharsets.UTF_8));
            table.put(MetricKey.of(row).toString(), row);
          });
    } while (!got.isEmpty());
  }

  private void send(Verdict verdict) {
    stage.send(Topics.VERDICTS, verdict.getPrompt(), verdict);
  }

  private void sendLetter(DeadLetter letter) {
    RecordHeaders headers = new RecordHeaders();
    letter.writeTo(headers);
    stage.send(Topics.DEAD_LETTERS, new TestRecord<>(new byte[0], new byte[] {7}, headers, Stage.START));
  }

  static Verdict choiceVerdict(
      String prompt,
      String model,
      String task,
      int one,
      boolean oneRight,
      double oneConfidence,
      int mean,
      boolean meanRight,
      double meanConfidence) {
    ChoiceVerdict choice =
        new ChoiceVerdict(
            3,
            List.of(1),
            new Decision(one, oneRight, oneConfidence),
            new Decision(mean, meanRight, 1.0),
            new Decision(mean, meanRight, meanConfidence),
            oneRight && meanRight,
            List.of(),
            List.of(),
            0,
            null);
    return verdict(prompt, model, task, choice);
  }

  static Verdict textVerdict(String prompt, String model, String text, Map<String, Double> scores) {
    return verdict(prompt, model, "words", new TextVerdict(text, List.of("8"), scores));
  }

  private static Verdict verdict(String prompt, String model, String task, Object outcome) {
    return new Verdict(
        "r1", prompt, model, "c1", task, TaskType.KNOWLEDGE, Skill.KNOWLEDGE, "", outcome, "1", 100L, 60L, 0L, 700L, Stage.START,
        Stage.START.plusMillis(10), List.of(), null, null, null);
  }
}
