package dev.assay.topology.routing.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.TaskType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RouterExamTest {
  private static final List<String> MODELS = List.of("weak", "strong");
  private static final List<RouterExam.Learner> LEARNERS =
      List.of(
          TaskGain::learn,
          examples -> TextGain.learn(examples, Meaning.NONE),
          examples -> TextGain.learn(examples, RouterExamTest::letters),
          examples -> NeighbourGain.learn(examples, RouterExamTest::letters));

  @Test
  void everyLearner_seesThatTheStrongModelIsWantedForSums() {
    for (RouterExam.Learner learner : LEARNERS) {
      RouterExam exam = RouterExam.draw(outcomes(600), 200, 3);
      double[] wishes = exam.wishes(exam.learn(learner, "strong", "weak"));
      assertThat(exam.curve(wishes, "strong", "weak").apgr()).isGreaterThan(0.65);
    }
  }

  @Test
  void training_neverSeesATestLabel() {
    RouterExam exam = RouterExam.draw(outcomes(300), 100, 1);
    List<Outcome> poisoned =
        exam.test().stream()
            .map(
                outcome ->
                    outcome(outcome.query(), 1 - outcome.of("weak").value(), 1 - outcome.of("strong").value()))
            .toList();
    RouterExam other = new RouterExam(exam.training(), poisoned);
    for (RouterExam.Learner learner : LEARNERS) {
      Gain gain = exam.learn(learner, "strong", "weak");
      double[] wishes = exam.wishes(gain);
      assertThat(other.wishes(other.learn(learner, "strong", "weak"))).isEqualTo(wishes);
      List<Query> seen = exam.training().stream().map(Outcome::query).toList();
      Policy policy = CostPolicy.calibrated("weak", "strong", 0.3, gain, seen);
      for (int i = 0; i < poisoned.size(); i++) {
        assertThat(policy.choose(poisoned.get(i).query(), Known.NOTHING)).isEqualTo(policy.choose(exam.test().get(i).query(), Known.NOTHING));
      }
    }
    // The test can fail: poisoned training labels give other wishes.
    RouterExam wrong = new RouterExam(poisoned, exam.test());
    assertThat(wrong.wishes(wrong.learn(LEARNERS.getFirst(), "strong", "weak"))).isNotEqualTo(exam.wishes(exam.learn(LEARNERS.getFirst(), "strong", "weak")));
  }

  @Test
  void draw_isTheSameForASeed_andLeavesNothingOut() {
    List<Outcome> outcomes = outcomes(50);
    RouterExam exam = RouterExam.draw(outcomes, 20, 7);
    assertThat(RouterExam.draw(outcomes, 20, 7)).isEqualTo(exam);
    assertThat(RouterExam.draw(outcomes, 20, 8)).isNotEqualTo(exam);
    List<Outcome> all = new ArrayList<>(exam.training());
    all.addAll(exam.test());
    assertThat(all).containsExactlyInAnyOrderElementsOf(outcomes);
    assertThatThrownBy(() -> RouterExam.draw(outcomes, 50, 0)).hasMessageContaining("50");
  }

  @Test
  void ridge_withoutPenaltyToSpeakOf_isLeastSquares() {
    double[][] inverse = Cholesky.inverse(new double[][] {{4}, {2, 3}}, 0);
    assertThat(inverse[0][0]).isEqualTo(0.375, within(1e-12));
    assertThat(inverse[1][0]).isEqualTo(-0.25, within(1e-12));
    assertThat(inverse[1][1]).isEqualTo(0.5, within(1e-12));
    assertThatThrownBy(() -> Cholesky.inverse(new double[][] {{1}, {2, 1}}, 0)).hasMessageContaining("positive definite");
  }

  @Test
  void nothingToLearnFrom_isRefused() {
    assertThatThrownBy(() -> TaskGain.learn(List.of())).hasMessageContaining("no example");
    assertThatThrownBy(() -> TextGain.learn(List.of(), Meaning.NONE)).hasMessageContaining("two at least");
    assertThatThrownBy(() -> NeighbourGain.learn(List.of(), Meaning.NONE)).hasMessageContaining("no example");
    assertThatThrownBy(() -> new Outcome.Answered(Double.NaN, 0, 1)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Outcome(new Query("q", TaskType.MATHS, "", "", MODELS), new TreeMap<>(Map.of("weak", new Outcome.Answered(1, 0, 1)))))
        .hasMessageContaining("strong");
  }

  /** Sums, which the weak model gets wrong more often, and rivers, which both know alike. */
  static List<Outcome> outcomes(int count) {
    Random random = new Random(5);
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean sum = random.nextBoolean();
      String text = sum ? "how much is %d plus %d added up".formatted(random.nextInt(9), random.nextInt(9)) : "which river runs by town number " + random.nextInt(9);
      Query query = new Query("q" + i, sum ? TaskType.MATHS : TaskType.KNOWLEDGE, sum ? "sums" : "rivers", text, MODELS);
      double weak = random.nextDouble() < (sum ? 0.2 : 0.8) ? 1 : 0;
      double strong = random.nextDouble() < 0.85 ? 1 : 0;
      outcomes.add(outcome(query, weak, strong));
    }
    return outcomes;
  }

  static Outcome outcome(Query query, double weak, double strong) {
    return new Outcome(query, new TreeMap<>(Map.of("weak", new Outcome.Answered(weak, 1, 0.5), "strong", new Outcome.Answered(strong, 10, 0.5))));
  }

  /** How often each letter is there: a poor embedding, but one. */
  static float[] letters(String text) {
    float[] counts = new float[26];
    text.chars().filter(c -> c >= 'a' && c <= 'z').forEach(c -> counts[c - 'a']++);
    return counts;
  }
}
