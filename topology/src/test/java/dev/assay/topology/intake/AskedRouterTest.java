package dev.assay.topology.intake;

import static dev.assay.topology.Records.answer;
import static dev.assay.topology.Records.choice;
import static dev.assay.topology.Records.failure;
import static dev.assay.topology.Records.model;
import static dev.assay.topology.Records.prompt;
import static dev.assay.topology.Records.votes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.assay.records.Answer;
import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.Followup;
import dev.assay.records.MetricRow;
import dev.assay.records.OrderRule;
import dev.assay.records.Prior;
import dev.assay.records.Prompt;
import dev.assay.records.Request;
import dev.assay.records.Route;
import dev.assay.records.Scope;
import dev.assay.records.Stopping;
import dev.assay.records.TaskType;
import dev.assay.records.Verdict;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import dev.assay.topology.ballot.Ballot;
import dev.assay.topology.ballot.StoredBallots;
import dev.assay.topology.routing.Routing;
import dev.assay.topology.routing.Votes;
import dev.assay.topology.tables.Tables;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prompts that ask {@code @router} by name, through intake, ballot, routing and tables. */
class AskedRouterTest {
  private static final List<String> MODELS = List.of("m1", "m2");
  private static final double[] RIGHT = {0, 2, 0.1};
  private static final double[] PLACES = {0.2, 0, 0};

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final RecordCodec<Answer> answers = RecordCodec.of(registry, Answer.class);
  private final RecordCodec<MetricRow> metrics = RecordCodec.of(registry, MetricRow.class);
  private final List<Answer> given = new ArrayList<>();
  private final List<Verdict> made = new ArrayList<>();
  private final List<DeadLetter> letters = new ArrayList<>();
  private final Map<String, Long> flow = new TreeMap<>();
  private Stage intake;
  private Stage ballot;
  private Stage routing;
  private Stage tables;

  @BeforeEach
  void start() {
    intake = new Stage(new Intake(registry, List.of()).topology(), registry);
    ballot = new Stage(new Ballot(registry).topology(), registry);
    routing = new Stage(new Routing(registry).topology(), registry);
    tables = new Stage(new Tables(registry, List.of()).topology(), registry);
    MODELS.forEach(name -> intake.send(Topics.MODELS, name, model(name)));
    route(TaskType.KNOWLEDGE, "m2");
  }

  @AfterEach
  void stop() {
    List.of(intake, ballot, routing, tables).forEach(Stage::close);
  }

  @Test
  void promptThatAsksTheRouter_costsOneModel_andItsVerdictCarriesTheRoute() {
    ask("p1", Votes.ROUTER);
    assertThat(settle(RIGHT)).containsExactly("m2");
    Verdict verdict = made.getFirst();
    assertThat(made).extracting(Verdict::getModel).containsExactly(Votes.ROUTER);
    assertThat(verdict.getTokensAsked()).isEqualTo(100);
    assertThat(verdict.getBasis().getChosen()).isEqualTo("m2");
    assertThat(verdict.getBasis().getMembers()).extracting("model", "checkpoint", "option").containsExactly(tuple("m2", "c1", 1));
    assertThat(verdict.getBasis().getRule()).isEqualTo("task-type, version 1");
    assertThat(verdict.getBasis().getReason()).isEqualTo("KNOWLEDGE route by task-type of 2026-03-01T12:00:00Z: the highest");
    assertThat(verdict.getBasis().getEvidence()).containsExactly("cell of m2");
    assertThat(verdict.getBasis().getRouteDecidedAt()).isEqualTo(Stage.START.toEpochMilli());
    assertThat(flow).containsExactlyInAnyOrderEntriesOf(flows(Votes.ROUTER, 1, 1, 0));
    assertThat(fallbacks()).isZero();
  }

  @Test
  void modelOfTheRouteThatIsGone_orNoRoute_fallsBack_saysSo_andIsCounted() {
    ask("p1", TaskType.MATHS, Votes.ROUTER);
    route(TaskType.OTHER, "m2");
    ask("p2", TaskType.MATHS, Votes.ROUTER);
    route(TaskType.MATHS, "retired");
    ask("p3", TaskType.MATHS, Votes.ROUTER);
    route(TaskType.OTHER, "retired");
    ask("p4", TaskType.MATHS, Votes.ROUTER);
    intake.send(Topics.ROUTES, TaskType.MATHS.name(), new byte[] {1, 2, 3});
    ask("p5", TaskType.MATHS, Votes.ROUTER);
    settle(RIGHT);
    assertThat(made)
        .extracting(Verdict::getPrompt, verdict -> verdict.getBasis().getChosen())
        .containsExactlyInAnyOrder(tuple("p1", "m1"), tuple("p2", "m2"), tuple("p3", "m2"), tuple("p4", "m1"), tuple("p5", "m1"));
    assertThat(reason("p1")).startsWith("fallback for MATHS (there is no route yet)").contains("first language model by name");
    assertThat(reason("p2")).startsWith("fallback for MATHS (no route of its own): OTHER route");
    assertThat(reason("p3")).startsWith("fallback for MATHS (its route names retired, which is not served): OTHER route");
    assertThat(reason("p4")).contains("retired").contains("first language model by name");
    assertThat(fallbacks()).isEqualTo(5);
  }

  @Test
  void modelsNamedBesideTheRouter_areAskedOnceEach_andTheRoutingStageMakesNoSecondVerdictOfIt() {
    ask("p1", "m1", "m2", Votes.ROUTER);
    assertThat(settle(RIGHT)).containsExactlyInAnyOrder("m1", "m2");
    assertThat(made)
        .extracting(Verdict::getModel)
        .containsExactlyInAnyOrder("m1", "m2", Votes.ROUTER, Votes.ENSEMBLE, Votes.WEIGHTED, Votes.ORACLE);
    Map<String, Long> expected = new TreeMap<>(flows("m1", 1, 1, 0));
    List.of("m2", Votes.ROUTER, Votes.ENSEMBLE, Votes.WEIGHTED, Votes.ORACLE).forEach(name -> expected.putAll(flows(name, 1, 1, 0)));
    assertThat(flow).isEqualTo(expected);
  }

  @Test
  void modelThatFails_isALossOfTheRouter_underEachNameThatItWasAskedBy() {
    ask("p1", Votes.ROUTER);
    ask("p2", "m2", Votes.ROUTER);
    ask("p3", Votes.ROUTER);
    for (Request request : requests()) {
      String prompt = request.getEnvelope().getPrompt();
      Object outcome = prompt.equals("p3") ? votes(request, RIGHT, PLACES, 0) : failure("out of memory");
      answerTo(request, outcome);
    }
    look();
    assertThat(letters).extracting(DeadLetter::prompt, DeadLetter::model).containsExactly(tuple("p1", Votes.ROUTER), tuple("p2", "m2"), tuple("p2", Votes.ROUTER));
    Map<String, Long> expected = new TreeMap<>(flows(Votes.ROUTER, 3, 1, 2));
    expected.putAll(flows("m2", 1, 0, 1));
    assertThat(flow).isEqualTo(expected);
  }

  @Test
  void answersJudgedAgain_inAnyOrderAndTwice_giveTheSameVerdicts_whateverRouteIsInForce() {
    ask("p1", Votes.ROUTER);
    settle(RIGHT);
    route(TaskType.KNOWLEDGE, "m1");
    ask("p2", Votes.ROUTER);
    ask("p3", "m1", Votes.ROUTER);
    ask("p4", OrderRule.ADAPTIVE, Votes.ROUTER);
    settle(RIGHT);
    Map<String, Verdict> expected = byPromptAndModel(made);
    assertThat(expected).hasSize(5);
    assertThat(expected.get("p1/@router").getBasis().getChosen()).isEqualTo("m2");
    assertThat(expected.get("p2/@router").getBasis().getChosen()).isEqualTo("m1");
    for (int seed = 0; seed < 4; seed++) {
      List<Answer> again = new ArrayList<>(given);
      again.addAll(given);
      Collections.shuffle(again, new Random(seed));
      StoredBallots stored = new StoredBallots(new AsRecorded());
      List<Verdict> judged = new ArrayList<>();
      for (Answer answer : again) {
        if (stored.judge(answer, answers.encode(Topics.ANSWERS, answer)) instanceof StoredBallots.Ruling.Decided(List<Verdict> decided)) {
          judged.addAll(decided);
        }
      }
      assertThat(byPromptAndModel(judged)).isEqualTo(expected);
    }
  }

  @Test
  void furtherRounds_areAskedOfTheModelThatWasChosen_whateverTheRouteIsThen() {
    ask("p1", OrderRule.ADAPTIVE, Votes.ROUTER);
    Request first = requests().getFirst();
    route(TaskType.KNOWLEDGE, "m1");
    answerTo(first, votes(first, new double[] {0, 0.01, 0}, PLACES, 2));
    List<Followup> wanted = ballot.read(Topics.FOLLOWUPS, Followup.class);
    assertThat(wanted).extracting(Followup::getRound).containsExactly(1);
    wanted.forEach(followup -> intake.send(Topics.FOLLOWUPS, "p1", followup));
    Request second = requests().getFirst();
    assertThat(second.getModel()).isEqualTo("m2");
    assertThat(second.getEnvelope().getRouted()).isEqualTo(first.getEnvelope().getRouted());
    assertThat(intake.deadLetters()).isEmpty();
  }

  @Test
  void routerBeforeAnyModelIsAnnounced_waits_andIsGivenUpAfterTheGrace() {
    intake.close();
    intake = new Stage(new Intake(registry, List.of()).topology(), registry);
    ask("p1", "m1", Votes.ROUTER);
    intake.pass(Intake.DEFAULT_GRACE.dividedBy(2));
    assertThat(intake.deadLetters()).isEmpty();
    intake.send(Topics.MODELS, "m1", model("m1"));
    intake.pass(Duration.ofMillis(200));
    assertThat(settle(RIGHT)).containsExactly("m1");
    assertThat(made).extracting(Verdict::getModel).containsExactlyInAnyOrder("m1", Votes.ROUTER);

    intake.close();
    intake = new Stage(new Intake(registry, List.of()).topology(), registry);
    ask("p2", "m1", Votes.ROUTER);
    intake.pass(Intake.DEFAULT_GRACE.plusMillis(200));
    assertThat(intake.deadLetters()).extracting(DeadLetter::model).containsExactlyInAnyOrder("m1", Votes.ROUTER);
  }

  @Test
  void virtualModelsThatNobodyCanAsk_areDeadLettersThatSayWhatToDo_andTheOthersAreAsked() {
    ask("p1", "m1", Votes.ENSEMBLE);
    ask("p2", Votes.ORACLE);
    Choice pride = choice().setOrders(OrderRule.PRIDE).setCalibration(new Calibration("g", 1, true)).build();
    send(prompt(pride).setId("p3").setModels(List.of("m1", Votes.ROUTER)).build());
    assertThat(requests()).extracting(request -> request.getEnvelope().getPrompt(), Request::getModel).containsExactly(tuple("p1", "m1"), tuple("p3", "m1"));
    List<DeadLetter> refused = intake.deadLetters();
    assertThat(refused).extracting(DeadLetter::prompt, DeadLetter::model).containsExactly(tuple("p1", Votes.ENSEMBLE), tuple("p2", Votes.ORACLE), tuple("p3", Votes.ROUTER));
    assertThat(refused.getFirst().reason()).contains("'@ensemble'", "name these", "--routing");
    assertThat(refused.getLast().reason()).contains("PRIDE", "other orders");
  }

  /** As the log holds it: nothing is asked otherwise, and no stop is known. */
  private static final class AsRecorded implements StoredBallots.Rules {
    @Override
    public @Nullable Prompt asked(String prompt) {
      return null;
    }

    @Override
    public List<String> metrics() {
      return List.of();
    }

    @Override
    public @Nullable Prior prior(String model, String checkpoint, String group) {
      return null;
    }

    @Override
    public @Nullable Stopping stopping(String prompt, String model, String checkpoint) {
      return null;
    }
  }

  private void ask(String id, String... models) {
    ask(id, TaskType.KNOWLEDGE, models);
  }

  private void ask(String id, TaskType type, String... models) {
    send(prompt(choice().build()).setId(id).setTaskType(type).setModels(List.of(models)).build());
  }

  private void ask(String id, OrderRule rule, String... models) {
    Choice rounds = choice().setOrders(rule).setErrorRate(1e-6).build();
    send(prompt(rounds).setId(id).setTaskType(TaskType.KNOWLEDGE).setModels(List.of(models)).build());
  }

  private void send(Prompt prompt) {
    intake.send(Topics.PROMPTS, prompt.getId(), prompt);
    tables.send(Topics.PROMPTS, prompt.getId(), prompt);
  }

  private void route(TaskType type, String model) {
    Route route = new Route(type, model, "task-type", List.of("cell of " + model), Stage.START, "the highest", 1, null, 0.0);
    intake.send(Topics.ROUTES, type.name(), route);
    routing.send(Topics.ROUTES, type.name(), route);
  }

  private List<Request> requests() {
    List<Request> all = new ArrayList<>();
    MODELS.forEach(name -> all.addAll(intake.read(Topics.requests(name), Request.class)));
    return all;
  }

  private void answerTo(Request request, Object outcome) {
    Answer answer = answer(request.getEnvelope(), request.getModel(), outcome, 10 + given.size());
    given.add(answer);
    ballot.send(Topics.ANSWERS, request.getEnvelope().getPrompt(), answer);
  }

  /** Answers all requests until there is none; who was asked, a name a request. */
  private List<String> settle(double[] options) {
    List<String> asked = new ArrayList<>();
    for (List<Request> wanted = requests(); !wanted.isEmpty(); wanted = requests()) {
      for (Request request : wanted) {
        asked.add(request.getModel());
        answerTo(request, votes(request, options, PLACES, 0.5));
      }
      ballot.read(Topics.FOLLOWUPS, Followup.class).forEach(followup -> intake.send(Topics.FOLLOWUPS, followup.getPrompt(), followup));
    }
    look();
    return asked;
  }

  /** Takes what the ballot has made to routing and tables, and what these make of it. */
  private void look() {
    List<Verdict> verdicts = new ArrayList<>(ballot.read(Topics.VERDICTS, Verdict.class));
    verdicts.forEach(verdict -> routing.send(Topics.VERDICTS, verdict.getPrompt(), verdict));
    verdicts.addAll(routing.read(Topics.VERDICTS, Verdict.class));
    verdicts.forEach(verdict -> tables.send(Topics.VERDICTS, verdict.getPrompt(), verdict));
    made.addAll(verdicts);
    for (Stage stage : List.of(intake, ballot)) {
      for (TestRecord<byte[], byte[]> letter : stage.read(Topics.DEAD_LETTERS)) {
        letters.add(DeadLetter.read(letter.headers()));
        tables.send(Topics.DEAD_LETTERS, letter);
      }
    }
    List<MetricRow> rows;
    do {
      // Long enough that a beat comes however slow this machine is, first for the counting, then for the merging of what it sent.
      tables.pass(Duration.ofMillis(500));
      tables.pass(Duration.ofMillis(500));
      rows = tables.read(Topics.METRICS).stream().filter(row -> row.value() != null).map(row -> metrics.decode(row.value())).toList();
      rows.stream()
          .filter(row -> row.getScope() == Scope.RUN && row.getMetric().startsWith("flow/"))
          .forEach(row -> flow.merge(row.getModel() + " " + row.getMetric(), row.getN(), (_, now) -> now));
    } while (!rows.isEmpty());
  }

  private static Map<String, Long> flows(String model, long prompts, long verdicts, long deadLetters) {
    Map<String, Long> flows = new TreeMap<>();
    flows.put(model + " flow/prompts", prompts);
    flows.put(model + " flow/verdicts", verdicts);
    flows.put(model + " flow/dead-letters", deadLetters);
    flows.put(model + " flow/pending", prompts - verdicts - deadLetters);
    return flows;
  }

  private static Map<String, Verdict> byPromptAndModel(List<Verdict> verdicts) {
    Map<String, Verdict> last = new TreeMap<>();
    verdicts.stream()
        .filter(verdict -> verdict.getModel().equals(Votes.ROUTER) || !Votes.isVirtual(verdict.getModel()))
        .forEach(verdict -> last.put(verdict.getPrompt() + "/" + verdict.getModel(), verdict));
    return last;
  }

  private String reason(String prompt) {
    return made.stream().filter(verdict -> verdict.getPrompt().equals(prompt)).findFirst().orElseThrow().getBasis().getReason();
  }

  private double fallbacks() {
    return intake.metric("stream-route-metrics", "fallback-total");
  }
}
