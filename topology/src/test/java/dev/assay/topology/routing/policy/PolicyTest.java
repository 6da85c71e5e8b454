package dev.assay.topology.routing.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.TaskType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    Query sum = new Query("sum", TaskType.MATHS, "", "add seven and nine", List.of("strong", "weak"));
    assertThatThrownBy(() -> nearest.choose(sum, Known.NOTHING)).hasMessageContaining("sum");
    nearest.learn(RouterExamTest.outcome(sum, 0, 1));
    assertThatThrownBy(() -> nearest.choose(sum, Known.NOTHING)).isInstanceOf(IllegalStateException.class);
    for (int i = 0; i < 3; i++) {
      nearest.learn(RouterExamTest.outcome(new Query("s" + i, TaskType.MATHS, "", "add seven and nine " + i, List.of("strong", "weak")), 0, 1));
      nearest.learn(RouterExamTest.outcome(new Query("r" + i, TaskType.OTHER, "", "qu zx jk " + i, List.of("strong", "weak")), 1, 0));
    }
    assertThat(nearest.choose(sum, Known.NOTHING).model()).isEqualTo("strong");
    assertThat(nearest.choose(new Query("x", TaskType.OTHER, "", "zx jk qu", List.of("strong", "weak")), Known.NOTHING).model()).isEqualTo("weak");
    assertThatThrownBy(() -> new NearestPolicy(Meaning.NONE, 0)).hasMessageContaining("one at least");
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
