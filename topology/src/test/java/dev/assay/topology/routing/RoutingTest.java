package dev.assay.topology.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.MetricRow;
import dev.assay.records.OrderVote;
import dev.assay.records.Route;
import dev.assay.records.Scope;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import dev.assay.topology.routing.policy.Choice;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.Query;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final List<String> THREE = List.of("a", "b", "c");

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final RecordCodec<Verdict> verdicts = RecordCodec.of(registry, Verdict.class);
  private final RecordCodec<Route> routes = RecordCodec.of(registry, Route.class);

  private static final int PROMPTS = 12;

  /** What the log of verdicts holds of virtual models, in its order; and the last of each, as tables would have it. */
  private final List<Verdict> log = new ArrayList<>();

  private final SortedMap<String, Verdict> standing = new TreeMap<>();
  private Stage stage;

  @BeforeEach
  void start() {
    begin(RouterSettings.DEFAULT);
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private void begin(RouterSettings settings) {
    stage = new Stage(new Routing(registry, settings).topology(), registry);
  }

  @Test
  void ensemble_isTheMeanOfProbabilities_onceAllHaveAnswered() {
    send(choice("p1", "a", 1, 0.2, 0.5, 0.3), choice("p1", "b", 2, 0.1, 0.3, 0.6));
    assertThat(standing).isEmpty();
    send(choice("p1", "c", 0, 0.4, 0.3, 0.3));
    Verdict merged = standing.get("p1/@ensemble");
    ChoiceVerdict outcome = (ChoiceVerdict) merged.getOutcome();
    assertThat(outcome.getMeanLogProb().getOption()).isEqualTo(2);
    assertThat(outcome.getMeanLogProb().getConfidence()).isEqualTo(0.4, within(1e-12));
    assertThat(outcome.getMeanLogProb().getRight()).isFalse();
    assertThat(merged.getTokensAsked()).isEqualTo(300);
    assertThat(merged.getBasis().getMembers()).extracting("model", "option").containsExactly(tuple("a", 1), tuple("b", 2), tuple("c", 0));
    assertThat(merged.getBasis().getMissing()).isEmpty();
    assertThat(((ChoiceVerdict) standing.get("p1/@oracle").getOutcome()).getMeanLogProb().getRight()).isTrue();
    assertThat(log).hasSize(4);
  }

  @Test
  void lettersAlone_areVotes() {
    send(letter("p1", "a", 2), letter("p1", "b", 1), letter("p1", "c", 1));
    ChoiceVerdict outcome = (ChoiceVerdict) standing.get("p1/@ensemble").getOutcome();
    assertThat(outcome.getMaxVote()).isEqualTo(new Decision(1, true, 2.0 / 3));
    assertThat(outcome.getMeanLogProb().getOption()).isEqualTo(1);
  }

  @Test
  void promptOfOneModel_isLeftAlone() {
    Verdict alone = Verdict.newBuilder(choice("p1", "a", 1, 0.2, 0.5, 0.3)).setAsked(List.of("a")).build();
    send(alone);
    stage.pass(PATIENCE.multipliedBy(2));
    look();
    assertThat(log).isEmpty();
  }

  @Test
  void lateModel_isNotWaitedForLongerThanStated_andCorrectsExactly() {
    send(choice("p1", "a", 1, 0.2, 0.5, 0.3), choice("p1", "b", 2, 0.1, 0.2, 0.7));
    stage.pass(PATIENCE.minusMillis(200));
    look();
    assertThat(standing).isEmpty();
    stage.pass(Duration.ofMillis(400));
    look();
    Verdict early = standing.get("p1/@ensemble");
    assertThat(early.getBasis().getMissing()).containsExactly("c");
    send(choice("p1", "c", 1, 0.0, 1.0, 0.0));
    Verdict corrected = standing.get("p1/@ensemble");
    assertThat(corrected.getAnsweredAt()).isEqualTo(early.getAnsweredAt());
    stop();
    start();
    standing.clear();
    send(choice("p2", "c", 1, 0.0, 1.0, 0.0), choice("p2", "b", 2, 0.1, 0.2, 0.7), choice("p2", "a", 1, 0.2, 0.5, 0.3));
    assertThat(corrected).isEqualTo(Verdict.newBuilder(standing.get("p2/@ensemble")).setPrompt("p1").build());
    assertThat(option(corrected)).isEqualTo(1);
    assertThat(option(early)).isEqualTo(2);
  }

  @Test
  void weights_neverKnowTheQuestionThatTheyAreUsedFor() {
    send(letter("p1", "a", 1), letter("p1", "b", 2), letter("p1", "c", 2));
    assertThat(standing.get("p1/@ensemble-weighted").getBasis().getWeights().values()).containsOnly(standing.get("p1/@ensemble-weighted").getBasis().getWeights().get("a"));
    for (int i = 2; i < 30; i++) {
      send(letter("p" + i, "a", 1), letter("p" + i, "b", 2), letter("p" + i, "c", 2));
    }
    Map<String, Double> learned = standing.get("p29/@ensemble-weighted").getBasis().getWeights();
    assertThat(learned.get("a")).isGreaterThan(3);
    assertThat(learned.get("b")).isZero();
    assertThat(option(standing.get("p29/@ensemble"))).isEqualTo(2);
    assertThat(option(standing.get("p29/@ensemble-weighted"))).isEqualTo(1);
  }

  @Test
  void replayOfTheLog_endsWithTheSameBytes_inAnyOrder() {
    Random random = new Random(11);
    List<Verdict> members = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      for (String model : THREE) {
        members.add(letter("p" + i, model, random.nextInt(3)));
      }
    }
    members.forEach(this::send);
    send(route("b", 1));
    SortedMap<String, Verdict> first = new TreeMap<>(standing);
    List<Verdict> recorded = new ArrayList<>(log);
    assertThat(first).hasSize(80);

    for (int seed = 0; seed < 3; seed++) {
      stop();
      start();
      log.clear();
      stage.pass(Duration.ofHours(1));
      send(route("c", 1));
      List<Verdict> again = new ArrayList<>(members);
      Collections.shuffle(again, new Random(seed));
      again.addAll(recorded);
      again.forEach(this::send);
      assertThat(standing).isEqualTo(first);
      assertThat(log).hasSizeGreaterThan(80);
    }
    stop();
    begin(new RouterSettings(RouterSettings.DEFAULT.policy(), false, PATIENCE, true));
    send(route("c", 1));
    members.forEach(this::send);
    assertThat(standing.get("p3/@router").getBasis().getChosen()).isEqualTo("c");
    assertThat(standing.get("p3/@router").getBasis().getRule()).endsWith("decided anew");
  }

  @Test
  void router_answersWhatTheModelOfTheRouteAnswered_andCarriesTheRoute() {
    send(route("b", 1));
    send(choice("p1", "a", 1, 0.2, 0.5, 0.3), choice("p1", "b", 2, 0.1, 0.2, 0.7), choice("p1", "c", 1, 0, 1, 0));
    Verdict routed = standing.get("p1/@router");
    assertThat(option(routed)).isEqualTo(2);
    assertThat(routed.getTokensAsked()).isEqualTo(100);
    assertThat(routed.getBasis().getChosen()).isEqualTo("b");
    assertThat(routed.getBasis().getRule()).isEqualTo("task-type, version 1");
    assertThat(routed.getBasis().getEvidence()).containsExactly("cell of b");
    assertThat(routed.getBasis().getRouteDecidedAt()).isEqualTo(Stage.START.toEpochMilli());
  }

  @Test
  void routeToAModelThatIsGone_fallsBack_andSaysSo() {
    send(route("retired", 1));
    send(letter("p1", "a", 1), letter("p1", "b", 2), letter("p1", "c", 2));
    assertThat(standing.get("p1/@router").getBasis().getChosen()).isIn(THREE);
    assertThat(standing.get("p1/@router").getBasis().getReason()).startsWith("fallback").contains("retired");
  }

  @Test
  void modelOfTheRouteThatIsLate_isReplacedUntilItAnswers() {
    send(route("c", 1));
    send(letter("p1", "a", 2), letter("p1", "b", 2));
    stage.pass(PATIENCE.plusMillis(200));
    look();
    assertThat(option(standing.get("p1/@router"))).isEqualTo(2);
    assertThat(standing.get("p1/@router").getBasis().getReason()).startsWith("fallback");
    send(letter("p1", "c", 1));
    assertThat(option(standing.get("p1/@router"))).isEqualTo(1);
    assertThat(standing.get("p1/@router").getBasis().getReason()).doesNotStartWith("fallback");
  }

  @Test
  void policyThatThrows_fallsBack_andSaysSo() {
    stop();
    begin(new RouterSettings(new Throwing(), true, PATIENCE, false));
    send(letter("p1", "a", 1), letter("p1", "b", 2), letter("p1", "c", 2));
    assertThat(standing.get("p1/@router").getBasis().getReason()).startsWith("fallback").contains("out of order");
    assertThat(stage.metric("stream-route-metrics", "fallback-total")).isEqualTo(1);
    assertThat(standing).containsKey("p1/@ensemble");
  }

  @Test
  void cascade_paysForBothModels() {
    stop();
    begin(RouterSettings.parse("cascade:a>b>0.5", PATIENCE, false));
    send(choice("p1", "a", 1, 0.3, 0.4, 0.3), choice("p1", "b", 2, 0.1, 0.2, 0.7), choice("p1", "c", 1, 0, 1, 0));
    send(choice("p2", "a", 1, 0.1, 0.8, 0.1), choice("p2", "b", 2, 0.1, 0.2, 0.7), choice("p2", "c", 1, 0, 1, 0));
    assertThat(option(standing.get("p1/@router"))).isEqualTo(2);
    assertThat(standing.get("p1/@router").getTokensAsked()).isEqualTo(200);
    assertThat(option(standing.get("p2/@router"))).isEqualTo(1);
    assertThat(standing.get("p2/@router").getTokensAsked()).isEqualTo(100);
  }

  @Test
  void modelsWithDifferentOptionSets_areMergedByTheFormThatMostHave() {
    Verdict odd = verdict("p1", "a", new ChoiceVerdict(4, List.of(3), decision(3, true), decision(3, true), decision(3, true), true, List.of(), List.of(), 0, null));
    send(odd, letter("p1", "b", 1), letter("p1", "c", 1));
    Verdict merged = standing.get("p1/@ensemble");
    assertThat(((ChoiceVerdict) merged.getOutcome()).getOptions()).isEqualTo(3);
    assertThat(option(merged)).isEqualTo(1);
    assertThat(merged.getBasis().getMembers().getFirst().getWeight()).isZero();
  }

  @Test
  void votesForNoOption_andNumbersThatAreNone_stopNothing() {
    send(choice("p1", "a", 1, Double.NaN, Double.NaN, Double.NaN), letter("p1", "b", 7), letter("p1", "c", -1));
    assertThat(option(standing.get("p1/@ensemble"))).isEqualTo(1);
    send(letter("p2", "a", -1), letter("p2", "b", -1), letter("p2", "c", -1));
    assertThat(option(standing.get("p2/@ensemble"))).isEqualTo(-1);
    stage.send(Topics.VERDICTS, "p3", new byte[] {1, 2, 3});
    stage.send(Topics.METRICS, "x", new byte[] {1, 2, 3});
    stage.send(Topics.ROUTES, "KNOWLEDGE", new byte[] {1, 2, 3});
    send(letter("p4", "a", 1), letter("p4", "b", 1), letter("p4", "c", 1));
    assertThat(standing).containsKey("p4/@router");
  }

  @Test
  void study_saysWhatEachModelAdds() {
    List<List<Verdict>> prompts =
        List.of(
            List.of(letter("p1", "a", 1), letter("p1", "b", 1), letter("p1", "c", 2)),
            List.of(letter("p2", "a", 1), letter("p2", "b", 0), letter("p2", "c", 0)),
            List.of(letter("p3", "a", 1)));
    EnsembleStudy study = EnsembleStudy.of(prompts);
    assertThat(study.prompts()).isEqualTo(2);
    assertThat(study.ensemble()).isEqualTo(0.5);
    assertThat(study.oracle()).isEqualTo(1);
    assertThat(study.members().get("a").alone()).isEqualTo(1);
    assertThat(study.members().get("a").ahead().mean()).isEqualTo(-0.5);
    assertThat(study.members().get("a").adds().mean()).isZero();
    assertThatThrownBy(() -> EnsembleStudy.of(List.of(List.of(letter("p1", "a", 1))))).hasMessageContaining("two models");
  }

  @Test
  void texts_areMergedByTheAnswerOfMost() {
    send(text("p1", "a", "Seven", 0), text("p1", "b", "eight.", 1), text("p1", "c", "Eight", 1));
    assertThat(((TextVerdict) standing.get("p1/@ensemble").getOutcome()).getText()).isEqualTo("eight.");
  }

  @Test
  void routes_followTheMetrics_withEvidence_hysteresis_andExploration() {
    metric("a", 10_000, 0.70);
    metric("b", 10_000, 0.701);
    metric("new", 10, 0.9, 0.5);
    tick();
    Route route = routesWritten().getLast();
    assertThat(route.getModel()).isEqualTo("b");
    assertThat(route.getEvidence()).hasSize(3).first().asString().contains("accuracy/mean-logprob").contains("0.7010 [");
    assertThat(route.getExplores()).isEqualTo("new");
    assertThat(route.getExploreShare()).isEqualTo(0.05);
    metric("a", 10_100, 0.702);
    tick();
    assertThat(routesWritten()).isEmpty();
    metric("a", 10_200, 0.75);
    tick();
    assertThat(routesWritten()).extracting(Route::getModel).containsExactly("a");
    metric("@ensemble", 10_200, 0.9);
    metric("a", 90_000, 0.75);
    tick();
    assertThat(routesWritten()).extracting(Route::getModel).containsExactly("a");
  }

  /** Each checkpoint is a candidate by its own name, whatever run it was evaluated in: two of one base share the work by themselves. */
  @Test
  void checkpointsOfOneBase_eachBestAtOneTaskType_areEachOnesRoute() {
    checkpointMetric("nightly-base", "base", TaskType.KNOWLEDGE, 0.62);
    checkpointMetric("nightly-base", "base", TaskType.TRUTHFULNESS, 0.80);
    checkpointMetric("nightly-tuned-1", "tuned@1", TaskType.KNOWLEDGE, 0.645);
    checkpointMetric("nightly-tuned-1", "tuned@1", TaskType.TRUTHFULNESS, 0.84);
    checkpointMetric("nightly-tuned-2", "tuned@2", TaskType.KNOWLEDGE, 0.618);
    checkpointMetric("nightly-tuned-2", "tuned@2", TaskType.TRUTHFULNESS, 0.90);
    tick();
    assertThat(routesWritten())
        .extracting(Route::getTaskType, Route::getModel)
        .containsExactlyInAnyOrder(tuple(TaskType.KNOWLEDGE, "tuned@1"), tuple(TaskType.TRUTHFULNESS, "tuned@2"));
  }

  private void checkpointMetric(String run, String model, TaskType type, double mean) {
    MetricRow row =
        new MetricRow(
            run, model, "hash of " + model, null, Scope.TASK_TYPE, type.name(), "accuracy/mean-logprob", "share", 10_000L, mean, 0.01, mean - 0.02,
            Math.min(1, mean + 0.02), "0", "0", null);
    stage.send(Topics.METRICS, MetricKey.of(row).toString(), row);
  }

  @Test
  void routerOfAnOlderVersion_leavesTheRouteOfANewerOneAlone() {
    send(route("a", 2));
    metric("b", 10_000, 0.9);
    tick();
    assertThat(routesWritten()).isEmpty();
    send(route("a", 0));
    metric("b", 10_001, 0.9);
    tick();
    assertThat(routesWritten()).extracting(Route::getModel).containsExactly("b");
  }

  private record Throwing() implements Policy {
    @Override
    public String name() {
      return "throwing";
    }

    @Override
    public Choice choose(Query query, Known known) {
      throw new IllegalStateException("out of order");
    }
  }

  private void tick() {
    stage.pass(Duration.ofSeconds(1));
  }

  private List<Route> routesWritten() {
    return stage.read(Topics.ROUTES).stream().map(record -> routes.decode(record.value())).toList();
  }

  @Test
  void storedVerdicts_mergeByRecordedDecisions_toTheSame_whoeverBringsThemWhen() {
    List<Verdict> members = members();
    members.forEach(this::send);
    assertThat(standing).hasSize(4 * PROMPTS);
    Collections.shuffle(members, new Random(11));
    StoredRouting stored = new StoredRouting(Optional.empty());
    log.forEach(stored::recorded);
    members.parallelStream().forEach(stored::judged);
    SortedMap<String, Verdict> merged = new TreeMap<>();
    stored.merged().forEach(verdict -> merged.put(verdict.getPrompt() + "/" + verdict.getModel(), verdict));
    assertThat(merged).isEqualTo(standing);

    StoredRouting nothing = new StoredRouting(Optional.empty());
    members.forEach(nothing::judged);
    assertThat(nothing.isWanted()).as("nothing is recorded, so nothing is merged").isFalse();
    assertThat(nothing.merged()).isEmpty();
  }

  @Test
  void storedVerdicts_decidedAnew_sayByWhatPolicy_andTwiceTheSame() {
    List<Verdict> members = members();
    members.forEach(this::send);
    Optional<RouterSettings> rules = Optional.of(RouterSettings.parse("rules:*=b", PATIENCE, true));
    List<List<Verdict>> twice = new ArrayList<>();
    for (int seed = 0; seed < 2; seed++) {
      Collections.shuffle(members, new Random(seed));
      StoredRouting stored = new StoredRouting(rules);
      log.forEach(stored::recorded);
      members.forEach(stored::judged);
      twice.add(stored.merged());
    }
    assertThat(twice.getFirst()).isEqualTo(twice.getLast()).hasSize(4 * PROMPTS);
    assertThat(twice.getFirst())
        .filteredOn(verdict -> verdict.getModel().equals(Votes.ROUTER))
        .allSatisfy(
            verdict -> {
              assertThat(verdict.getBasis().getChosen()).isEqualTo("b");
              assertThat(verdict.getBasis().getRule()).endsWith(", decided anew");
              assertThat(verdict.getBasis().getDecidedAt()).isEqualTo(Stage.START.toEpochMilli());
            });
  }

  private static List<Verdict> members() {
    Random random = new Random(5);
    List<Verdict> members = new ArrayList<>();
    for (int i = 0; i < PROMPTS; i++) {
      for (String model : THREE) {
        double first = random.nextDouble();
        double second = (1 - first) * random.nextDouble();
        members.add(choice("q" + i, model, first > second ? 0 : 1, first, second, 1 - first - second));
      }
    }
    return members;
  }

  private void metric(String model, long n, double mean) {
    metric(model, n, mean, 0.02);
  }

  private void metric(String model, long n, double mean, double width) {
    MetricRow row =
        new MetricRow("r1", model, "c1", null, Scope.TASK_TYPE, "KNOWLEDGE", "accuracy/mean-logprob", "share", n, mean, 0.01, mean - width, Math.min(1, mean + width), "0", "0", null);
    stage.send(Topics.METRICS, MetricKey.of(row).toString(), row);
  }

  private Route route(String model, int version) {
    return new Route(TaskType.KNOWLEDGE, model, "task-type", List.of("cell of " + model), Stage.START, "the highest", version, null, 0.0);
  }

  private void send(Route route) {
    stage.send(Topics.ROUTES, route.getTaskType().name(), route);
  }

  private void send(Verdict... sent) {
    for (Verdict verdict : sent) {
      stage.send(Topics.VERDICTS, verdict.getPrompt(), verdict);
      look();
    }
  }

  /** Reads what came out. The driver has handed it back in already, as the topic does. */
  private void look() {
    for (TestRecord<byte[], byte[]> made : stage.read(Topics.VERDICTS)) {
      Verdict verdict = verdicts.decode(made.value());
      assertThat(new String(made.key(), StandardCharsets.UTF_8)).isEqualTo(verdict.getPrompt());
      log.add(verdict);
      standing.put(verdict.getPrompt() + "/" + verdict.getModel(), verdict);
    }
  }

  private static int option(Verdict verdict) {
    return ((ChoiceVerdict) verdict.getOutcome()).getMeanLogProb().getOption();
  }

  private static Decision decision(int option, boolean right) {
    return new Decision(option, right, 1.0);
  }

  /** Option 1 is right. */
  private static Verdict choice(String prompt, String model, int option, double... probabilities) {
    Decision chosen = decision(option, option == 1);
    List<Double> shares = Arrays.stream(probabilities).boxed().toList();
    List<OrderVote> votes = List.of(new OrderVote(List.of(0, 1, 2), option));
    return verdict(prompt, model, new ChoiceVerdict(3, List.of(1), chosen, chosen, chosen, option == 1, votes, shares, 0, null));
  }

  private static Verdict letter(String prompt, String model, int option) {
    return choice(prompt, model, option);
  }

  private static Verdict text(String prompt, String model, String text, double score) {
    return verdict(prompt, model, new TextVerdict(text, List.of("eight"), Map.of("exact_match", score)));
  }

  private static Verdict verdict(String prompt, String model, Object outcome) {
    return new Verdict(
        "r1", prompt, model, "c1", "planets", TaskType.KNOWLEDGE, Skill.KNOWLEDGE, "", outcome, "1", 100L, 60L, 0L, 700L, Stage.START,
        Stage.START.plusMillis(10), THREE, null, null, null);
  }
}
