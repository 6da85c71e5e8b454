package dev.assay.topology.ballot;

import static dev.assay.topology.Records.answer;
import static dev.assay.topology.Records.envelope;
import static dev.assay.topology.Records.failure;
import static dev.assay.topology.Records.gold;
import static dev.assay.topology.Records.text;
import static dev.assay.topology.Records.textGold;
import static dev.assay.topology.Records.votes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.assay.records.Answer;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Envelope;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BallotTest {
  private static final Envelope CHOICE = envelope("r1", "p1", gold(3, 1));
  private static final Envelope TEXT = envelope("r1", "p2", textGold("8"));

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private Stage stage;

  @BeforeEach
  void start() {
    stage = new Stage(new Ballot(registry).topology(), registry);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void answer_withVotes_becomesAVerdictWithEverythingThatTravelled() {
    send(answer(CHOICE, "m1", votes(new double[] {-2, -0.5, -3}), 10));
    List<TestRecord<byte[], byte[]>> sent = stage.read(Topics.VERDICTS);
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().key()).isEqualTo("p1".getBytes(StandardCharsets.UTF_8));
    Verdict verdict = RecordCodec.of(registry, Verdict.class).decode(sent.getFirst().value());
    assertThat(verdict.getRun()).isEqualTo("r1");
    assertThat(verdict.getModel()).isEqualTo("m1");
    assertThat(verdict.getCheckpoint()).isEqualTo("c1");
    assertThat(verdict.getTask()).isEqualTo("planets");
    assertThat(verdict.getTokensAsked()).isEqualTo(100);
    assertThat(verdict.getTokensComputed()).isEqualTo(60);
    assertThat(verdict.getComputeMicros()).isEqualTo(700);
    assertThat(verdict.getPromptedAt()).isEqualTo(Stage.START);
    assertThat(verdict.getAnsweredAt()).isEqualTo(Stage.START.plusMillis(10));
    ChoiceVerdict choice = (ChoiceVerdict) verdict.getOutcome();
    assertThat(choice.getOne().getOption()).isEqualTo(1);
    assertThat(choice.getOne().getRight()).isTrue();
  }

  @Test
  void answer_withText_isScored() {
    send(answer(TEXT, "m1", text(" 8\n"), 0));
    assertThat(((TextVerdict) verdicts().getFirst().getOutcome()).getScores()).isEqualTo(Map.of("exact_match", 1.0));
  }

  @Test
  void answer_deliveredThreeTimes_countsOnce_andOtherCheckpointsByThemselves() {
    Answer answer = answer(CHOICE, "m1", votes(new double[] {-2, -0.5, -3}), 0);
    for (int i = 0; i < 3; i++) {
      send(answer);
    }
    assertThat(verdicts()).hasSize(1);
    send(Answer.newBuilder(answer).setCheckpoint("c2").build());
    send(Answer.newBuilder(answer).setModel("m2").build());
    send(Answer.newBuilder(answer).setEnvelope(envelope("r2", "p1", gold(3, 1))).build());
    assertThat(verdicts()).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void answers_thatDiffer_endInTheSameVerdictInEveryOrder(long seed) {
    Answer first = answer(CHOICE, "m1", votes(new double[] {-2, -0.5, -3}), 5);
    List<Answer> answers =
        new ArrayList<>(
            List.of(
                first,
                answer(CHOICE, "m1", votes(new double[] {-0.1, -0.5, -3}), 6),
                answer(CHOICE, "m1", votes(new double[] {-1, -0.5, -0.2}), 7),
                answer(CHOICE, "m1", failure("out of memory"), 1),
                first));
    Collections.shuffle(answers, new Random(seed));
    answers.forEach(this::send);
    Verdict last = verdicts().getLast();
    assertThat(last.getAnsweredAt()).isEqualTo(first.getAnsweredAt());
    assertThat(((ChoiceVerdict) last.getOutcome()).getOne().getOption()).isEqualTo(1);
  }

  @Test
  void answers_ofOneMillisecond_endInTheSameVerdictInBothOrders() {
    Answer a = answer(CHOICE, "m1", votes(new double[] {-2, -0.5, -3}), 5);
    Answer b = answer(CHOICE, "m1", votes(new double[] {-2, -0.6, -3}), 5);
    send(a);
    send(b);
    Verdict oneWay = verdicts().getLast();
    stop();
    start();
    send(b);
    send(a);
    assertThat(verdicts().getLast()).isEqualTo(oneWay);
  }

  @Test
  void failure_becomesADeadLetter_andALaterAnswerStillCounts() {
    Answer failed = answer(CHOICE, "m1", failure("prompt of 4,000 tokens; the window holds 2,048"), 1);
    byte[] bytes = RecordCodec.of(registry, Answer.class).encode(Topics.ANSWERS, failed);
    send(failed);
    send(failed);
    List<TestRecord<byte[], byte[]>> letters = stage.read(Topics.DEAD_LETTERS);
    assertThat(letters).hasSize(1);
    assertThat(letters.getFirst().value()).isEqualTo(bytes);
    DeadLetter letter = DeadLetter.read(letters.getFirst().headers());
    assertThat(letter.reason()).isEqualTo("the model could not answer: prompt of 4,000 tokens; the window holds 2,048");
    assertThat(letter).extracting(DeadLetter::stage, DeadLetter::run, DeadLetter::prompt, DeadLetter::model)
        .containsExactly("ballot", "r1", "p1", "m1");
    send(answer(CHOICE, "m1", votes(new double[] {-2, -0.5, -3}), 90));
    assertThat(verdicts()).hasSize(1);
    send(answer(CHOICE, "m1", failure("late"), 0));
    assertThat(verdicts()).isEmpty();
    assertThat(stage.deadLetters()).isEmpty();
  }

  static Stream<Arguments> unusable() {
    return Stream.of(
        arguments(answer(CHOICE, "m1", votes(new double[] {-2, Double.NaN, -3}), 0), "NaN"),
        arguments(answer(CHOICE, "m1", votes(new double[] {-2, -1}), 0), "2"),
        arguments(answer(CHOICE, "m1", oneVote(List.of(0, 1, 1)), 0), "[0, 1, 1] is no permutation"),
        arguments(answer(CHOICE, "m1", oneVote(List.of(0, 1, 7)), 0), "[0, 1, 7] is no permutation of 0 to 2"),
        arguments(answer(CHOICE, "m1", oneVote(List.of(0, -1, 2)), 0), "[0, -1, 2] is no permutation"),
        arguments(answer(CHOICE, "m1", new Votes(List.of()), 0), "vote"),
        arguments(answer(TEXT, "m1", votes(new double[] {-2, -1}), 0), "expected Text"),
        arguments(answer(envelope("r1", "p1", gold(3, 7)), "m1", votes(new double[] {-2, -1, -1}), 0), "right options [7]"),
        arguments(
            Answer.newBuilder(answer(TEXT, "m1", text("8"), 0)).setTokensComputed(-5).build(), "tokensComputed -5"));
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void answer_thatCannotBeJudged_becomesADeadLetter_andTheNextGoesOn(Answer bad, String reason) {
    send(bad);
    assertThat(stage.deadLetters()).singleElement().satisfies(letter -> {
      assertThat(letter.reason()).contains(reason);
      assertThat(letter.model()).isEqualTo("m1");
      assertThat(letter.run()).isEqualTo("r1");
    });
    send(bad);
    assertThat(stage.deadLetters()).isEmpty();
    send(answer(TEXT, "m9", text("8"), 0));
    assertThat(verdicts()).hasSize(1);
  }

  @Test
  void record_thatIsNoAnswer_becomesADeadLetter_andTheNextGoesOn() {
    stage.send(Topics.ANSWERS, "p1", "no Avro".getBytes(StandardCharsets.UTF_8));
    stage.send(Topics.ANSWERS, "p1", new byte[] {0, 0, 0, 3, (byte) 0xe7, 1});
    send(answer(TEXT, "m1", text("8"), 0));
    assertThat(stage.deadLetters()).extracting(DeadLetter::run).containsExactly("", "");
    assertThat(verdicts()).hasSize(1);
  }

  private static Votes oneVote(List<Integer> order) {
    return new Votes(List.of(new Vote(order, List.of(-1.0, -2.0, -3.0))));
  }

  private void send(Answer answer) {
    stage.send(Topics.ANSWERS, answer.getEnvelope().getPrompt(), answer);
  }

  private List<Verdict> verdicts() {
    return stage.read(Topics.VERDICTS, Verdict.class);
  }
}
