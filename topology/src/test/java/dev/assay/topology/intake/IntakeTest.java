package dev.assay.topology.intake;

import static dev.assay.topology.Records.choice;
import static dev.assay.topology.Records.generation;
import static dev.assay.topology.Records.model;
import static dev.assay.topology.Records.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Generate;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.TextGold;
import dev.assay.records.Variant;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.RegistryUnavailableException;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import io.confluent.kafka.schemaregistry.ParsedSchema;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class IntakeTest {
  private final FlakyRegistry registry = new FlakyRegistry();
  private Stage stage;

  /** A registry that can be away. */
  private static final class FlakyRegistry extends MockSchemaRegistryClient {
    private boolean away;

    @Override
    public ParsedSchema getSchemaById(int id) throws IOException, io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException {
      if (away) {
        throw new IOException("connection refused");
      }
      return super.getSchemaById(id);
    }
  }

  @BeforeEach
  void start() {
    stage = new Stage(new Intake(registry, List.of("m1")).topology(), registry);
    stage.send(Topics.MODELS, "m1", model("m1"));
    stage.send(Topics.MODELS, "m2", model("m2"));
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  @Test
  void prompt_labelled_becomesOneRequestWithItsTextAndEnvelope() {
    stage.send(Topics.PROMPTS, "other", prompt(choice().build()).setId("p0").build());
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setPrefix("Answer well.\n\n").setSource("planets.csv:3").build());
    Request request = requests("m1").getLast();
    assertThat(request.getPrefix()).isEqualTo("Answer well.\n\n");
    Score score = (Score) request.getWork();
    assertThat(score.getOptions()).containsExactly("Mars", "Jupiter", "Venus");
    assertThat(score.getVariants())
        .containsExactly(
            new Variant(
                List.of(0, 1, 2),
                "Which planet is the largest?\nA. Mars\nB. Jupiter\nC. Venus\nAnswer:",
                List.of(" A", " B", " C")));
    assertThat(request.getEnvelope())
        .isEqualTo(
            new Envelope(
                "r1", "p1", "planets", TaskType.OTHER, Skill.OTHER, "planets.csv:3", 0, 1L, Stage.START,
                new ChoiceGold(3, List.of(1), List.of("A", "B", "C"), 1, 0, null), List.of("m1"), null, null));
    assertThat(stage.deadLetters()).isEmpty();
  }

  @Test
  void prompt_cyclic_asksEveryRotationUnderTheSameLabels() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().setOrders(OrderRule.CYCLIC).build()).build());
    Request request = requests("m1").getFirst();
    List<Variant> variants = ((Score) request.getWork()).getVariants();
    assertThat(variants).extracting(Variant::getOrder).containsExactly(List.of(0, 1, 2), List.of(1, 2, 0), List.of(2, 0, 1));
    assertThat(variants.get(1).getSuffix()).isEqualTo("Which planet is the largest?\nA. Jupiter\nB. Venus\nC. Mars\nAnswer:");
    assertThat(((ChoiceGold) request.getEnvelope().getGold()).getOrders()).isEqualTo(3);
  }

  @Test
  void prompt_sampled_asksThePublishedOrderAndADrawThatItsSeedAndIdDecide() {
    Choice six = choice().setOptions(List.of("a", "b", "c", "d", "e", "f")).setOrders(OrderRule.SAMPLED).setMostOrders(13).build();
    stage.send(Topics.PROMPTS, "p1", prompt(six).build());
    stage.send(Topics.PROMPTS, "p1", prompt(six).setRun("r2").build());
    stage.send(Topics.PROMPTS, "p1", prompt(six).setSeed(5).build());
    stage.send(Topics.PROMPTS, "p1", prompt(Choice.newBuilder(six).setOrders(OrderRule.ALL).setMostOrders(0).build()).build());
    List<List<List<Integer>>> asked = requests("m1").stream().map(IntakeTest::orders).toList();
    assertThat(asked.getFirst()).hasSize(13).doesNotHaveDuplicates().startsWith(List.of(0, 1, 2, 3, 4, 5), List.of(1, 2, 3, 4, 5, 0));
    assertThat(asked.get(1)).isEqualTo(asked.getFirst());
    assertThat(asked.get(2)).isNotEqualTo(asked.getFirst());
    assertThat(asked.get(3)).hasSize(24);
    assertThat(asked.get(3).subList(0, 13)).isEqualTo(asked.getFirst());
  }

  @Test
  void prompt_withOptionsThatSpeakOfTheirPlace_keepsThemThere() {
    stage.send(
        Topics.PROMPTS, "p1", prompt(choice().setOptions(List.of("Mars", "Jupiter", "None of the above")).setOrders(OrderRule.ALL).build()).build());
    stage.send(Topics.PROMPTS, "p1", prompt(choice().setOptions(List.of("Mars", "Jupiter", "A and B")).setOrders(OrderRule.CYCLIC).build()).build());
    List<Request> requests = requests("m1");
    assertThat(orders(requests.get(0))).containsExactly(List.of(0, 1, 2), List.of(1, 0, 2));
    assertThat(((ChoiceGold) requests.get(0).getEnvelope().getGold()).getHeld()).isEqualTo(1);
    assertThat(orders(requests.get(1))).containsExactly(List.of(0, 1, 2));
    assertThat(((ChoiceGold) requests.get(1).getEnvelope().getGold()).getHeld()).isEqualTo(3);
  }

  @Test
  void prompt_separate_scoresTheOptionsThemselvesInOneOrder() {
    stage.send(
        Topics.PROMPTS,
        "p1",
        prompt(choice().setPresentation(Presentation.SEPARATE).setOrders(OrderRule.ALL).setContinuationFormat(" {option}").build()).build());
    assertThat(((Score) requests("m1").getFirst().getWork()).getVariants())
        .containsExactly(new Variant(List.of(0, 1, 2), "Which planet is the largest?\nAnswer:", List.of(" Mars", " Jupiter", " Venus")));
  }

  @Test
  void prompt_generation_carriesEverythingThatDecidesTheText() {
    stage.send(
        Topics.PROMPTS,
        "p1",
        prompt(generation().setMaxTokens(9).setStop(List.of("\n\n")).setTemperature(0.5).setTopK(3).setTopP(0.9).build()).setSeed(11).build());
    Request request = requests("m1").getFirst();
    assertThat(request.getWork()).isEqualTo(new Generate("Q: How many legs have two cats?\nA:", 9, List.of("\n\n"), 0.5, 3, 0.9, 11L, 1.0, 1, false));
    assertThat(request.getEnvelope().getGold()).isEqualTo(new TextGold(List.of("8"), List.of("exact_match")));
  }

  @Test
  void prompt_withTwoEqualOptionsOfWhichOneIsRight_makesBothRight() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().setOptions(List.of("Jupiter", "Jupiter", "Mars")).build()).build());
    assertThat(((ChoiceGold) requests("m1").getFirst().getEnvelope().getGold()).getRight()).containsExactly(0, 1);
  }

  @Test
  void prompt_whoseOptionLooksLikeAPlaceholder_keepsItsText() {
    stage.send(
        Topics.PROMPTS,
        "p1",
        prompt(choice().setQuestion("What is {option}?").setOptions(List.of("{label}", "{", "}{question}")).build()).build());
    assertThat(((Score) requests("m1").getFirst().getWork()).getVariants().getFirst().getSuffix())
        .isEqualTo("What is {option}?\nA. {label}\nB. {\nC. }{question}\nAnswer:");
  }

  @Test
  void prompt_withoutATaskType_isTaggedByItsText() {
    stage.send(
        Topics.PROMPTS,
        "p1",
        prompt(choice().build()).setPrefix("The following are multiple choice questions (with answers) about astronomy.\n\n").build());
    assertThat(requests("m1").getFirst().getEnvelope().getTaskType()).isEqualTo(TaskType.KNOWLEDGE);
    stage.send(Topics.PROMPTS, "p2", prompt(choice().build()).setTaskType(TaskType.BIAS).build());
    assertThat(requests("m1").getFirst().getEnvelope().getTaskType()).isEqualTo(TaskType.BIAS);
  }

  @Test
  void prompt_namingModels_asksEachOnce_andNoneNamedTheDefaults() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of("m2", "m1", "m2")).build());
    assertThat(requests("m1")).hasSize(1);
    assertThat(requests("m2")).hasSize(1);
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of()).build());
    assertThat(requests("m1")).hasSize(1);
    assertThat(requests("m2")).isEmpty();
  }

  @Test
  void request_id_isEqualForEqualWorkOnly() {
    Prompt prompt = prompt(choice().build()).build();
    stage.send(Topics.PROMPTS, "p1", prompt);
    stage.send(Topics.PROMPTS, "p1", prompt);
    stage.send(Topics.PROMPTS, "p1", Prompt.newBuilder(prompt).setPrefix("x").build());
    stage.send(Topics.PROMPTS, "p1", Prompt.newBuilder(prompt).setAsk(choice().setCue("So:").build()).build());
    List<String> ids = requests("m1").stream().map(Request::getId).toList();
    assertThat(ids.get(0)).isEqualTo(ids.get(1)).startsWith("r1/p1/m1/");
    assertThat(Set.copyOf(ids)).hasSize(3);
  }

  static Stream<Arguments> faults() {
    List<String> thirty = IntStream.range(0, 30).mapToObj(i -> "option " + i).toList();
    return Stream.of(
        arguments(prompt(choice().setOptions(List.of()).build()), "got 0 options; expected 2 to 26"),
        arguments(prompt(choice().setOptions(List.of("Mars")).setGold(List.of(0)).build()), "got 1 options; expected 2 to 26"),
        arguments(prompt(choice().setOptions(thirty).build()), "got 30 options; expected 2 to 26"),
        arguments(prompt(choice().setGold(List.of(3)).build()), "got gold 3 for 3 options; expected indices of 0 to 2"),
        arguments(prompt(choice().setGold(List.of(-1)).build()), "got gold -1 for 3 options"),
        arguments(prompt(choice().setGold(List.of()).build()), "got no gold"),
        arguments(prompt(choice().setQuestion(" \n").build()), "got a blank question"),
        arguments(prompt(choice().setOptions(List.of("Mars", "", "Venus")).build()), "option 1 (counted from 0) is blank"),
        arguments(
            prompt(choice().setOrders(OrderRule.SAMPLED).setMostOrders(121).build()), "got mostOrders 121; expected 1 to 120, or 0"),
        arguments(prompt(choice().setOrders(OrderRule.SAMPLED).setMostOrders(-1).build()), "got mostOrders -1"),
        arguments(prompt(choice().setOrders(OrderRule.ADAPTIVE).setErrorRate(Double.NaN).build()), "got errorRate NaN"),
        arguments(prompt(choice().setOrders(OrderRule.ADAPTIVE).setErrorRate(0.6).build()), "got errorRate 0.6"),
        arguments(prompt(choice().setOrders(OrderRule.PRIDE).build()), "got orders PRIDE without calibration"),
        arguments(prompt(choice().setCalibration(new Calibration("g", 5, true)).build()), "got orders ONE with calibration"),
        arguments(
            prompt(choice().setOrders(OrderRule.PRIDE).setCalibration(new Calibration("g", 0, true)).build()),
            "got the calibration group 'g' of 0 questions"),
        arguments(prompt(choice().setLabels(List.of("A", "B")).build()), "got 2 labels for 3 options"),
        arguments(prompt(choice().setLabels(List.of("A", "B", "A")).build()), "got the label 'A' twice"),
        arguments(prompt(choice().setContinuationFormat(" x").build()), "expected it to hold {label}"),
        arguments(prompt(choice().setPresentation(Presentation.SEPARATE).build()), "expected it to hold {option}"),
        arguments(prompt(generation().setInput("").build()), "got a blank input"),
        arguments(prompt(generation().setReferences(List.of()).build()), "got no references"),
        arguments(prompt(generation().setMetrics(List.of()).build()), "got no metrics"),
        arguments(prompt(generation().setMetrics(List.of("magic")).build()), "got the metric 'magic'; expected one of ["),
        arguments(prompt(generation().setMaxTokens(0).build()), "got maxTokens 0"),
        arguments(prompt(generation().setStop(List.of("")).build()), "got an empty stop text"),
        arguments(prompt(generation().setTemperature(Double.NaN).build()), "got temperature NaN"),
        arguments(prompt(generation().setTopK(-1).build()), "got topK -1"),
        arguments(prompt(generation().setTopP(0).build()), "got topP 0.0"),
        arguments(prompt(choice().build()).setId(""), "got the id ''"),
        arguments(prompt(choice().build()).setId("i".repeat(201)), "of 201 characters; expected 1 to 200"),
        arguments(prompt(choice().build()).setRun("a b"), "got the run 'a b'"),
        arguments(prompt(choice().build()).setTask(" "), "got a blank task"),
        arguments(prompt(choice().build()).setModels(List.of(" ")), "got the model name ' '"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void prompt_thatCannotBeAsked_becomesADeadLetterWithItsReason_andTheNextGoesOn(Prompt.Builder faulty, String reason) {
    Prompt prompt = faulty.build();
    byte[] bytes = RecordCodec.of(registry, Prompt.class).encode(Topics.PROMPTS, prompt);
    stage.send(Topics.PROMPTS, "key", bytes);
    stage.send(Topics.PROMPTS, "p2", prompt(choice().build()).setId("p2").build());
    List<TestRecord<byte[], byte[]>> letters = stage.read(Topics.DEAD_LETTERS);
    assertThat(letters).hasSize(1);
    assertThat(letters.getFirst().value()).isEqualTo(bytes);
    assertThat(letters.getFirst().key()).isEqualTo("key".getBytes(StandardCharsets.UTF_8));
    DeadLetter letter = DeadLetter.read(letters.getFirst().headers());
    assertThat(letter.reason()).contains(reason);
    assertThat(letter).extracting(DeadLetter::topic, DeadLetter::partition, DeadLetter::offset).containsExactly(Topics.PROMPTS, 0, 0L);
    assertThat(letter).extracting(DeadLetter::stage, DeadLetter::run, DeadLetter::prompt, DeadLetter::model)
        .containsExactly("intake", prompt.getRun(), prompt.getId(), "");
    assertThat(requests("m1")).extracting(request -> request.getEnvelope().getPrompt()).containsExactly("p2");
  }

  static Stream<Arguments> unreadable() {
    return Stream.of(
        arguments("no Avro at all".getBytes(StandardCharsets.UTF_8), "Confluent's wire format"),
        arguments(new byte[0], "got 0 bytes"),
        arguments(new byte[] {0, 0, 0, 3, (byte) 0xe7, 1, 2, 3}, "got schema id 999, which the registry does not know"),
        arguments(null, "without a value"));
  }

  @ParameterizedTest
  @MethodSource("unreadable")
  void record_thatIsNoPrompt_becomesADeadLetter_andTheNextGoesOn(byte[] bytes, String reason) {
    stage.send(Topics.PROMPTS, new TestRecord<>(new byte[] {(byte) 0xff, 0}, bytes, Stage.START));
    stage.send(Topics.PROMPTS, "p2", prompt(choice().build()).build());
    List<TestRecord<byte[], byte[]>> letters = stage.read(Topics.DEAD_LETTERS);
    assertThat(letters).hasSize(1);
    assertThat(letters.getFirst().key()).isEqualTo(new byte[] {(byte) 0xff, 0});
    assertThat(letters.getFirst().value()).isEqualTo(bytes);
    assertThat(DeadLetter.read(letters.getFirst().headers()).reason()).contains(reason);
    assertThat(requests("m1")).hasSize(1);
  }

  @Test
  void registry_away_stopsTheRecordInsteadOfGivingItUp() {
    byte[] bytes = RecordCodec.of(registry, Prompt.class).encode(Topics.PROMPTS, prompt(choice().build()).build());
    registry.away = true;
    assertThatThrownBy(() -> stage.send(Topics.PROMPTS, "p1", bytes)).hasRootCauseInstanceOf(IOException.class)
        .satisfies(e -> assertThat(causes(e)).hasAtLeastOneElementOfType(RegistryUnavailableException.class));
    assertThat(stage.deadLetters()).isEmpty();
  }

  @Test
  void model_unknown_becomesADeadLetterAfterTheGrace_andTheOthersAreAskedAtOnce() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of("nobody", "m2")).build());
    assertThat(requests("m2")).hasSize(1);
    assertThat(stage.deadLetters()).isEmpty();
    stage.pass(Intake.DEFAULT_GRACE.plusMillis(200));
    DeadLetter letter = Collections.unmodifiableList(stage.deadLetters()).getFirst();
    assertThat(letter.reason()).contains("unknown model 'nobody'").contains("known are [m1, m2]");
    assertThat(letter).extracting(DeadLetter::run, DeadLetter::prompt, DeadLetter::model).containsExactly("r1", "p1", "nobody");
    stage.pass(Intake.DEFAULT_GRACE.plusMillis(200));
    assertThat(stage.deadLetters()).isEmpty();
  }

  @Test
  void model_announcedWithinTheGrace_isAsked() {
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of("late/one")).build());
    stage.send(Topics.MODELS, "late/one", model("late/one"));
    stage.pass(Duration.ofMillis(200));
    assertThat(requests("late/one")).hasSize(1);
    stage.pass(Intake.DEFAULT_GRACE.plusMillis(200));
    assertThat(stage.deadLetters()).isEmpty();
    assertThat(requests("late/one")).isEmpty();
  }

  @Test
  void model_announcedWithBytesThatAreNoModel_isNone() {
    stage.send(Topics.MODELS, "broken", new byte[] {1, 2, 3});
    stage.send(Topics.PROMPTS, "p1", prompt(choice().build()).setModels(List.of("broken", "m1")).build());
    assertThat(requests("m1")).hasSize(1);
    stage.pass(Intake.DEFAULT_GRACE.plusMillis(200));
    assertThat(stage.deadLetters()).extracting(DeadLetter::model).containsExactly("broken");
  }

  @Test
  void prompt_whoseRequestWouldOutgrowTheBroker_becomesADeadLetterThatSaysSo() {
    String question = "Which of these is a very long question? ".repeat(500);
    Prompt prompt = prompt(choice().setQuestion(question).setOptions(List.of("a", "b", "c", "d", "e")).setOrders(OrderRule.ALL).build()).build();
    stage.send(Topics.PROMPTS, "p1", prompt);
    assertThat(stage.deadLetters()).singleElement().extracting(DeadLetter::reason).asString().contains("expected at most 1000000: ask for fewer orders");
    assertThat(requests("m1")).isEmpty();
  }

  @Test
  void prompt_ofAlmostEverySizeThatFits_isAsked() {
    String question = "q".repeat(950_000);
    stage.send(Topics.PROMPTS, "p1", prompt(generation().setInput(question).build()).build());
    assertThat(requests("m1")).hasSize(1);
  }

  private List<Request> requests(String model) {
    return stage.read(Topics.requests(model), Request.class);
  }

  private static Set<Throwable> causes(Throwable from) {
    Set<Throwable> causes = new HashSet<>();
    for (Throwable next = from; next != null && causes.add(next); next = next.getCause()) {}
    return causes;
  }

  private static List<List<Integer>> orders(Request request) {
    return ((Score) request.getWork()).getVariants().stream().map(Variant::getOrder).toList();
  }
}
