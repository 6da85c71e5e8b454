package dev.assay.topology.routing.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.TaskType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class PolicyTest {
  private static final Query QUERY = new Query("q1", TaskType.KNOWLEDGE, "planets", "which planet is the largest", List.of("a", "b"));

  @Test
  void taskType_takesTheHighestLowerBound_notTheHighestMean() {
    Known known = known(Optional.empty(), Cell.of("lucky", "a", 4, 4), Cell.of("proved", "b", 1000, 900));
    Choice choice = new TaskTypePolicy().choose(QUERY, known);
    assertThat(choice.model()).isEqualTo("b");
    assertThat(choice.evidence()).hasSize(2).first().asString().startsWith("proved = 0.9000 [").endsWith("] 1000");
  }

  @Test
  void taskType_keepsTheRouteInForce_untilAnotherIsClearlyBetter() {
    Cell a = Cell.of("a", "a", 10_000, 7_000);
    Cell little = Cell.of("b", "b", 10_000, 7_010);
    Cell much = Cell.of("b", "b", 10_000, 7_600);
    assertThat(new TaskTypePolicy().choose(QUERY, known(Optional.of("a"), a, little)).model()).isEqualTo("a");
    assertThat(new TaskTypePolicy().choose(QUERY, known(Optional.of("a"), a, little)).reason()).contains("in force").contains("b");
    assertThat(new TaskTypePolicy().choose(QUERY, known(Optional.of("b"), a, little)).model()).isEqualTo("b");
    assertThat(new TaskTypePolicy().choose(QUERY, known(Optional.of("a"), a, much)).model()).isEqualTo("b");
    assertThatThrownBy(() -> new TaskTypePolicy(-1)).hasMessageContaining("-1");
  }

  @Test
  void rules_areTheWinnersTable() {
    RulesPolicy winners = RulesPolicy.winners("epoch-2", "epoch-3");
    assertThat(winners.choose(query(TaskType.TRUTHFULNESS), Known.NOTHING).model()).isEqualTo("epoch-3");
    assertThat(winners.choose(query(TaskType.OTHER), Known.NOTHING).model()).isEqualTo("epoch-3");
    for (TaskType type : List.of(TaskType.KNOWLEDGE, TaskType.BIAS, TaskType.SUMMARIZATION, TaskType.MATHS, TaskType.REASONING)) {
      assertThat(winners.choose(query(type), Known.NOTHING).model()).isEqualTo("epoch-2");
    }
    assertThat(RulesPolicy.parse("truthfulness=epoch-3,OTHER=epoch-3,*=epoch-2")).isEqualTo(winners);
    assertThatThrownBy(() -> RulesPolicy.parse("TRUTH=a")).hasMessageContaining("TRUTH").hasMessageContaining("KNOWLEDGE");
    assertThatThrownBy(() -> RulesPolicy.parse("MATHS")).hasMessageContaining("TYPE=MODEL");
    assertThatThrownBy(() -> RulesPolicy.parse("MATHS=a")).hasMessageContaining("without");
  }

  @Test
  void cascade_asksTheStrongModelOnASmallMargin_andPaysForBoth() {
    CascadePolicy cascade = new CascadePolicy("a", "b", 0.2);
    assertThat(cascade.choose(QUERY, Known.NOTHING).model()).isEqualTo("a");
    assertThat(cascade.choose(QUERY, Known.NOTHING.withMargin("a", 0.2)).asked()).containsExactly("a");
    Choice escalated = cascade.choose(QUERY, Known.NOTHING.withMargin("a", 0.1));
    assertThat(escalated.model()).isEqualTo("b");
    assertThat(escalated.asked()).containsExactly("a", "b");
    assertThatThrownBy(() -> new CascadePolicy("a", "b", Double.NaN)).hasMessageContaining("NaN");
  }

  @Test
  void cost_asksTheStrongModelForTheShare_whereItGainsMost() {
    List<Outcome> outcomes = RouterExamTest.outcomes(400);
    List<Query> queries = outcomes.stream().map(Outcome::query).toList();
    Gain gain = query -> query.text().length() + query.id().hashCode() * 1e-12;
    for (double share : new double[] {0, 0.25, 1}) {
      Policy policy = CostPolicy.calibrated("weak", "strong", share, gain, queries);
      assertThat(Trial.of(policy, outcomes, Known.NOTHING).chosen().getOrDefault("strong", 0.0)).isEqualTo(share, within(0.01));
    }
    assertThatThrownBy(() -> CostPolicy.calibrated("weak", "strong", 1.5, gain, queries)).hasMessageContaining("1.5");
    assertThatThrownBy(() -> CostPolicy.calibrated("weak", "strong", 0.5, gain, List.of())).hasMessageContaining("calibrate");
  }

  @Test
  void nearest_followsTheNeighbours_andNeverTheQuestionItself() {
    NearestPolicy nearest = new NearestPolicy(RouterExamTest::letters, 3);
    Experience experience = new Experience(100);
    Known known = new Known(List.of(), Optional.empty(), Map.of(), experience);
    List<String> models = List.of("strong", "weak");
    Query sum = new Query("sum", TaskType.MATHS, "", "add seven and nine", models);
    assertThatThrownBy(() -> nearest.choose(sum, known)).hasMessageContaining("sum");
    learn(experience, sum, 1, 0);
    assertThatThrownBy(() -> nearest.choose(sum, known)).isInstanceOf(IllegalStateException.class);
    for (int i = 0; i < 3; i++) {
      learn(experience, new Query("s" + i, TaskType.MATHS, "", "add seven and nine " + i, models), 0, 1);
      learn(experience, new Query("r" + i, TaskType.OTHER, "", "qu zx jk " + i, models), 1, 0);
    }
    assertThat(nearest.choose(sum, known).model()).isEqualTo("strong");
    assertThat(nearest.choose(sum, known).evidence())
        .hasSize(5)
        .startsWith("neighbours/strong = 1.0000 3", "neighbours/weak = 0.0000 3")
        .anySatisfy(words -> assertThat(words).startsWith("neighbour/s0 = ").endsWith("(strong 1.00, weak 0.00)"));
    assertThat(nearest.choose(new Query("x", TaskType.OTHER, "", "zx jk qu", models), known).model()).isEqualTo("weak");
    assertThatThrownBy(() -> nearest.choose(new Query("x", TaskType.OTHER, "", "", models), known)).hasMessageContaining("has not come");
    assertThatThrownBy(() -> new NearestPolicy(Meaning.NONE, 0)).hasMessageContaining("one at least");
  }

  @Test
  void costLearned_findsStrongAndWeak_andAsksTheStrongForTheShare_neverByTheQuestionItself() {
    Experience experience = new Experience(1_000);
    Known known = new Known(List.of(), Optional.empty(), Map.of(), experience);
    LearnedCostPolicy policy = new LearnedCostPolicy(Optional.empty(), 0.5);
    List<String> models = List.of("cheap", "dear", "middle");
    assertThatThrownBy(() -> policy.choose(task("x", "hard", models), known)).hasMessageContaining("two are needed");
    for (int i = 0; i < 400; i++) {
      boolean hard = i % 4 == 0;
      Query query = task("q" + i, hard ? "hard" : "even", models);
      double one = i % 3 == 0 ? 1 : 0;
      experience.add(outcome(query, hard ? 0 : one, 1, hard ? 0 : one), new float[0]);
      if (i == 10) {
        assertThatThrownBy(() -> policy.choose(task("x", "hard", models), known)).hasMessageContaining("11 questions").hasMessageContaining("20");
      }
    }
    Choice hard = policy.choose(task("new", "hard", models), known);
    assertThat(hard.model()).isEqualTo("dear");
    assertThat(hard.evidence())
        .anySatisfy(words -> assertThat(words).contains("expected gain of dear", "threshold"))
        .contains("share of dear = 0.5000, learned from 400 questions")
        .anySatisfy(words -> assertThat(words).startsWith("cheap/seen = "));
    // A quarter of the questions is hard; the other quarter is drawn from those that gain alike.
    double strong = 0;
    for (int i = 0; i < 2_000; i++) {
      Choice choice = policy.choose(task("n" + i, i % 4 == 0 ? "hard" : "even", models), known);
      strong += choice.model().equals("dear") ? 1 : 0;
      assertThat(choice.model()).isIn("cheap", "dear");
    }
    assertThat(strong / 2_000).isEqualTo(0.5, within(0.03));
    Choice before = policy.choose(task("q8", "hard", models), known);
    experience.add(outcome(task("q8", "hard", models), 1, 0, 1), new float[0]);
    assertThat(policy.choose(task("q8", "hard", models), known)).isEqualTo(before);
    assertThat(new LearnedCostPolicy(Optional.of(new LearnedCostPolicy.Pair("middle", "dear")), 0).choose(task("new", "hard", models), known).model())
        .isEqualTo("middle");
    assertThatThrownBy(() -> new LearnedCostPolicy(Optional.empty(), Double.NaN)).hasMessageContaining("NaN");
  }

  @Test
  void experience_forgetsTheOldest_andKnowsAQuestionOnce() {
    Experience experience = new Experience(2);
    List<String> models = List.of("cheap", "dear", "middle");
    assertThat(experience.add(outcome(task("a", "t", models), 0, 0, 0), new float[0])).isEmpty();
    assertThat(experience.add(outcome(task("b", "t", models), 0, 0, 0), new float[0])).isEmpty();
    assertThat(experience.add(outcome(task("a", "t", models), 1, 0, 0), new float[0])).isEmpty();
    assertThat(experience.add(outcome(task("c", "t", models), 0, 0, 0), new float[0])).contains("b");
    assertThat(experience.without("c")).singleElement().satisfies(past -> assertThat(past.outcome().of("cheap").value()).isEqualTo(1));
    assertThat(new Experience(0).add(outcome(task("a", "t", models), 0, 0, 0), new float[0])).contains("a");
  }

  private static Query task(String id, String task, List<String> models) {
    return new Query(id, TaskType.KNOWLEDGE, task, "", models);
  }

  /** The dear model costs most, the cheap one least. */
  private static Outcome outcome(Query query, double cheap, double dear, double middle) {
    return new Outcome(
        query,
        new TreeMap<>(
            Map.of(
                "cheap", new Outcome.Answered(cheap, 1, 1),
                "dear", new Outcome.Answered(dear, 100, 1),
                "middle", new Outcome.Answered(middle, 10, 1))));
  }

  private static void learn(Experience experience, Query query, double weak, double strong) {
    experience.add(RouterExamTest.outcome(query, weak, strong), RouterExamTest.letters(query.text()));
  }

  @Test
  void guarded_policyThatThrows_fallsBackToTheBestKnown_saysSo_andCountsIt() {
    GuardedPolicy guarded = new GuardedPolicy(policy(() -> { throw new IllegalStateException("no idea"); }));
    Choice choice = guarded.choose(QUERY, known(Optional.empty(), Cell.of("a", "a", 100, 50), Cell.of("b", "b", 100, 90)));
    assertThat(choice.model()).isEqualTo("b");
    assertThat(choice.reason()).startsWith("fallback").contains("no idea");
    assertThat(guarded.choose(QUERY, Known.NOTHING).model()).isEqualTo("a");
    assertThat(guarded.thrown()).isEqualTo(2);
    assertThat(guarded.gone()).isZero();
  }

  @Test
  void guarded_modelThatIsGone_fallsBack_saysSo_andCountsIt() {
    GuardedPolicy guarded = new GuardedPolicy(new FixedPolicy("retired"));
    Choice choice = guarded.choose(QUERY, Known.NOTHING);
    assertThat(choice.model()).isEqualTo("a");
    assertThat(choice.reason()).startsWith("fallback").contains("retired");
    assertThat(guarded.gone()).isEqualTo(1);
  }

  @Test
  void trial_hasTheBaselinesBesideIt() {
    List<Outcome> outcomes = RouterExamTest.outcomes(500);
    Trial weak = Trial.of(new FixedPolicy("weak"), outcomes, Known.NOTHING);
    Trial strong = Trial.of(new FixedPolicy("strong"), outcomes, Known.NOTHING);
    Trial oracle = Trial.oracle(outcomes);
    assertThat(Trial.singles(outcomes)).first().isEqualTo(strong);
    assertThat(oracle.value()).isGreaterThan(strong.value());
    assertThat(oracle.cost()).isBetween(weak.cost(), strong.cost());
    assertThat(Trial.mix(weak, strong, 0.5).value()).isEqualTo((weak.value() + strong.value()) / 2, within(1e-12));
    assertThat(Trial.of(new FixedPolicy("retired"), outcomes, Known.NOTHING).fallbacks()).isPositive();
    Trial cascade = Trial.of(new CascadePolicy("weak", "strong", 0.9), outcomes, Known.NOTHING);
    assertThat(cascade.cost()).isEqualTo(11, within(1e-9));
    assertThat(cascade.value()).isEqualTo(strong.value());
  }

  @Test
  void query_withoutModels_isRefused() {
    assertThatThrownBy(() -> new Query("q", TaskType.OTHER, "", "", List.of())).hasMessageContaining("no model");
    assertThatThrownBy(() -> new Choice("a", List.of("b"), "", List.of())).hasMessageContaining("a");
  }

  private static Query query(TaskType type) {
    return new Query("q", type, "", "", List.of("epoch-2", "epoch-3"));
  }

  private static Known known(Optional<String> inForce, Cell... cells) {
    return new Known(List.of(cells), inForce, Map.of());
  }

  private static Policy policy(Supplier<Choice> choice) {
    return new Policy() {
      @Override
      public String name() {
        return "own";
      }

      @Override
      public Choice choose(Query query, Known known) {
        return choice.get();
      }
    };
  }
}
