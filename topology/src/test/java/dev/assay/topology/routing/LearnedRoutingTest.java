package dev.assay.topology.routing;

import static dev.assay.topology.Records.choice;
import static dev.assay.topology.Records.prompt;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.Choice;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.PerturbationFamily;
import dev.assay.records.Perturbed;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Verdict;
import dev.assay.schemas.Topics;
import dev.assay.topology.Stage;
import dev.assay.topology.routing.policy.Experience;
import dev.assay.topology.routing.policy.Known;
import dev.assay.topology.routing.policy.LearnedCostPolicy;
import dev.assay.topology.routing.policy.Meaning;
import dev.assay.topology.routing.policy.NearestPolicy;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.Query;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The policies that learn from verdicts, in the stage. */
class LearnedRoutingTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final List<String> MODELS = List.of("cheap", "dear");

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();

  /** The last verdict of {@code @router} on each prompt, and all that were made. */
  private final SortedMap<String, Verdict> routed = new TreeMap<>();

  private final List<Verdict> log = new ArrayList<>();
  private Stage stage;

  @BeforeEach
  void start() {
    begin("nearest:3");
  }

  @AfterEach
  void stop() {
    stage.close();
  }

  private void begin(String policy) {
    stage = new Stage(new Routing(registry, RouterSettings.parse(policy, PATIENCE, false, () -> LearnedRoutingTest::letters)).topology(), registry);
  }

  @Test
  void nearest_asksWhoWasRightOnQuestionsLikeIt_andCarriesTheirIds() {
    for (int i = 0; i < 4; i++) {
      answer("sum" + i, "add seven and nine " + i, false, true);
      answer("word" + i, "qu zx jk " + i, true, false);
    }
    answer("sum", "add nine and seven", true, false);
    answer("word", "zx jk qu", false, true);
    Verdict sum = routed.get("sum");
    assertThat(sum.getBasis().getChosen()).isEqualTo("dear");
    assertThat(sum.getBasis().getRule()).isEqualTo("nearest:3");
    assertThat(sum.getBasis().getReason()).isEqualTo("best of the 3 nearest questions, of 8");
    assertThat(sum.getBasis().getEvidence())
        .startsWith("neighbours/cheap = 0.0000 3", "neighbours/dear = 1.0000 3")
        .anySatisfy(words -> assertThat(words).startsWith("neighbour/sum0 = ").contains("dear 1.00"));
    assertThat(routed.get("word").getBasis().getChosen()).isEqualTo("cheap");
  }

  @Test
  void questionItself_anEarlierRunOfIt_andItsPerturbedCopy_teachNothingAboutIt() {
    answer("sum", "add seven and nine", false, true);
    assertThat(routed.get("sum").getBasis().getReason()).startsWith("fallback: nearest:3 threw");
    send("sum-typos", "add sevn and nine", copyOf("sum"), false, true);
    assertThat(routed.get("sum-typos").getBasis().getReason()).startsWith("fallback");
    ask("r2", "sum", "add seven and nine", null);
    MODELS.forEach(model -> judge(Verdict.newBuilder(verdict("sum", model, true, null)).setRun("r2").build()));
    assertThat(routed.get("sum").getRun()).isEqualTo("r2");
    assertThat(routed.get("sum").getBasis().getReason()).startsWith("fallback");
    assertThat(stage.metric("stream-route-metrics", "fallback-total")).isEqualTo(3);
    answer("other", "add seven and nine", true, true);
    assertThat(routed.get("other").getBasis().getEvidence()).last().asString().startsWith("neighbour/sum = 1.0000");
  }

  @Test
  void textThatComesAfterTheVerdicts_isWaitedFor_andNoLongerThanStated() {
    answer("sum1", "add seven and nine", false, true);
    MODELS.forEach(model -> judge(verdict("sum2", model, true, null)));
    assertThat(routed).doesNotContainKey("sum2");
    ask("sum2", "add nine and seven", null);
    assertThat(routed.get("sum2").getBasis().getChosen()).isEqualTo("dear");
    MODELS.forEach(model -> judge(verdict("sum3", model, true, null)));
    stage.pass(PATIENCE.plusMillis(200));
    look();
    assertThat(routed.get("sum3").getBasis().getReason()).startsWith("fallback").contains("the text of sum3 has not come");
  }

  @Test
  void cost_asksTheStrongModelForItsShare_onceItHasLearned_andCarriesThresholdAndShare() {
    stop();
    begin("cost:0.5");
    for (int i = 0; i < 120; i++) {
      String id = "q" + i;
      boolean hard = i % 4 == 0;
      judge(verdict(id, "cheap", !hard && id.hashCode() % 3 == 0, null));
      judge(verdict(id, "dear", hard || id.hashCode() % 3 == 0, null));
    }
    assertThat(routed.get("q5").getBasis().getReason()).startsWith("fallback: cost:0.5 threw").contains("5 questions so far, and 20");
    List<Verdict> learned = routed.values().stream().filter(verdict -> !verdict.getBasis().getReason().startsWith("fallback")).toList();
    assertThat(learned).hasSize(100);
    double strong = learned.stream().filter(verdict -> "dear".equals(verdict.getBasis().getChosen())).count() / 100.0;
    assertThat(strong).isBetween(0.35, 0.65);
    assertThat(routed.get("q119").getBasis().getEvidence())
        .anySatisfy(words -> assertThat(words).contains("expected gain of dear", "threshold"))
        .contains("share of dear = 0.5000, learned from 119 questions");
  }

  @Test
  void replayOfTheLog_takesTheRecordedDecisions_inAnyOrder_withoutATextAndUnderAnotherPolicy() {
    for (int i = 0; i < 6; i++) {
      answer("sum" + i, "add seven and nine " + i, i % 2 == 0, true);
      answer("word" + i, "qu zx jk " + i, true, i % 2 == 0);
    }
    SortedMap<String, Verdict> first = new TreeMap<>(routed);
    List<Verdict> recorded = new ArrayList<>(log);
    List<Verdict> members = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      members.add(verdict("sum" + i, "cheap", i % 2 == 0, null));
      members.add(verdict("sum" + i, "dear", true, null));
      members.add(verdict("word" + i, "cheap", true, null));
      members.add(verdict("word" + i, "dear", i % 2 == 0, null));
    }
    for (String policy : List.of("nearest:3", "cost:1")) {
      stop();
      begin(policy);
      routed.clear();
      List<Verdict> again = new ArrayList<>(members);
      Collections.shuffle(again, new Random(policy.length()));
      recorded.forEach(this::judge);
      again.forEach(this::judge);
      assertThat(routed).isEqualTo(first);
    }
  }

  @Test
  void storedVerdicts_decidedAnewByALearnedPolicy_giveTheSameTwice() {
    List<List<Verdict>> twice = new ArrayList<>();
    for (int seed = 0; seed < 2; seed++) {
      StoredRouting stored = new StoredRouting(Optional.of(RouterSettings.parse("nearest:3", PATIENCE, true, () -> LearnedRoutingTest::letters)));
      assertThat(stored.wantsTexts()).isTrue();
      List<Verdict> members = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        stored.asked("sum" + i, "add seven and nine " + i);
        members.add(verdict("sum" + i, "cheap", false, null));
        members.add(verdict("sum" + i, "dear", true, null));
      }
      Collections.shuffle(members, new Random(seed));
      members.forEach(stored::judged);
      twice.add(stored.merged().stream().filter(verdict -> verdict.getModel().equals(Votes.ROUTER)).toList());
    }
    assertThat(twice.getFirst()).isEqualTo(twice.getLast()).hasSize(6);
    assertThat(twice.getFirst().getLast().getBasis().getReason()).isEqualTo("best of the 3 nearest questions, of 5");
  }

  @Test
  void experience_outlivesTheStage_andForgetsInTheStoreWhatItForgets() {
    KeyValueStore<String, byte[]> store =
        Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore("experience"), Serdes.String(), Serdes.ByteArray()).withLoggingDisabled().build();
    MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
    store.init(context.getStateStoreContext(), store);
    StoredExperience before = new StoredExperience(store);
    for (int i = 0; i < Experience.MOST + 5; i++) {
      Query query = new Query("q" + i, TaskType.KNOWLEDGE, "planets", "text " + i, MODELS);
      before.learn(query, List.of(verdict("q" + i, "cheap", i % 2 == 0, null), verdict("q" + i, "dear", true, null)), letters("text " + i));
    }
    before.learn(new Query("bad", TaskType.OTHER, "t", "x", MODELS), List.of(), new float[0]);
    StoredExperience after = new StoredExperience(store);
    assertThat(after.get().size()).isEqualTo(Experience.MOST);
    Query asked = new Query("new", TaskType.KNOWLEDGE, "planets", "text 9", MODELS);
    Policy nearest = new NearestPolicy(LearnedRoutingTest::letters, 10);
    Policy cost = new LearnedCostPolicy(Optional.empty(), 0.3);
    for (Policy policy : List.of(nearest, cost)) {
      assertThat(policy.choose(asked, known(after))).isEqualTo(policy.choose(asked, known(before)));
    }
    after.learn(asked, List.of(verdict("new", "cheap", true, null)), letters("text"));
    assertThat(store.approximateNumEntries()).isEqualTo(Experience.MOST);
    store.close();
  }

  private static Known known(StoredExperience experience) {
    return new Known(List.of(), Optional.empty(), Map.of(), experience.get());
  }

  @Test
  void policies_areReadWithWhatTheyAreSetTo_orRefused() {
    assertThat(RouterSettings.parse("nearest", PATIENCE, false, () -> Meaning.NONE).policy().name()).isEqualTo("nearest:50");
    assertThat(RouterSettings.parse("cost:a>b>0.25", PATIENCE, false).policy().name()).isEqualTo("cost:a>b>0.25");
    assertThat(RouterSettings.parse("cost:0.25", PATIENCE, false).perQuestion()).isTrue();
    for (String wrong : List.of("nearest:", "nearest:x", "nearest:0", "cost", "cost:2", "cost:NaN", "cost:a>b", "cost:>b>0.5", "dearest")) {
      assertThatThrownBy(() -> RouterSettings.parse(wrong, PATIENCE, false, () -> Meaning.NONE))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected");
    }
    assertThatThrownBy(() -> RouterSettings.parse("nearest", PATIENCE, false)).hasMessageContaining("embedder");
  }

  private void answer(String id, String text, boolean cheap, boolean dear) {
    send(id, text, null, cheap, dear);
  }

  private void send(String id, String text, @Nullable Perturbed copy, boolean cheap, boolean dear) {
    ask(id, text, copy);
    judge(verdict(id, "cheap", cheap, copy));
    judge(verdict(id, "dear", dear, copy));
  }

  private void ask(String id, String text, @Nullable Perturbed copy) {
    ask("r1", id, text, copy);
  }

  private void ask(String run, String id, String text, @Nullable Perturbed copy) {
    Choice question = choice().setQuestion(text).setOptions(List.of("1", "2")).setGold(List.of(0)).build();
    stage.send(Topics.PROMPTS, "any key", prompt(question).setRun(run).setId(id).setModels(MODELS).setPerturbation(copy).build());
    look();
  }

  private void judge(Verdict verdict) {
    stage.send(Topics.VERDICTS, verdict.getPrompt(), verdict);
    look();
  }

  private void look() {
    for (Verdict verdict : stage.read(Topics.VERDICTS, Verdict.class)) {
      log.add(verdict);
      if (verdict.getModel().equals(Votes.ROUTER)) {
        routed.put(verdict.getPrompt(), verdict);
      }
    }
  }

  private static Perturbed copyOf(String id) {
    return Perturbed.newBuilder().setName("typos").setFamily(PerturbationFamily.ROBUSTNESS).setOrigin(id).build();
  }

  private static Verdict verdict(String prompt, String model, boolean right, @Nullable Perturbed copy) {
    Decision decision = new Decision(right ? 0 : 1, right, 1.0);
    ChoiceVerdict outcome = new ChoiceVerdict(2, List.of(0), decision, decision, decision, right, List.of(), List.of(), 0, null);
    return new Verdict(
        "r1", prompt, model, "c1", "planets", TaskType.KNOWLEDGE, Skill.KNOWLEDGE, "", outcome, "1", 100L, 60L, 0L, model.equals("dear") ? 900L : 10L, Stage.START,
        Stage.START.plusMillis(10), MODELS, copy, null, null);
  }

  /** How often each letter is there: a poor embedding, but one. */
  private static float[] letters(String text) {
    float[] counts = new float[26];
    text.chars().filter(c -> c >= 'a' && c <= 'z').forEach(c -> counts[c - 'a']++);
    return counts;
  }
}
