package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.records.ChoiceGold;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.OrderVote;
import dev.assay.records.Text;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChoiceScorerTest {
  private static final List<String> LABELS = List.of("A", "B", "C");

  @Test
  void votes_areJudgedByEveryRule() {
    Votes votes =
        new Votes(
            List.of(
                new Vote(List.of(0, 1, 2), List.of(-1.0, -2.0, -3.0)),
                new Vote(List.of(1, 2, 0), List.of(-0.1, -4.0, -5.0)),
                new Vote(List.of(2, 0, 1), List.of(-3.0, -2.0, -0.2))));
    ChoiceVerdict verdict = ChoiceScorer.score(new ChoiceGold(3, List.of(1), LABELS, 3, 0, null), votes);
    assertThat(verdict.getOne()).returns(0, Decision::getOption).returns(false, Decision::getRight);
    assertThat(verdict.getMaxVote()).isEqualTo(new Decision(1, true, 2.0 / 3));
    assertThat(verdict.getMeanLogProb()).returns(1, Decision::getOption).returns(true, Decision::getRight);
    assertThat(verdict.getEveryOrder()).isFalse();
    assertThat(verdict.getVotes())
        .containsExactly(
            new OrderVote(List.of(0, 1, 2), 0), new OrderVote(List.of(1, 2, 0), 1), new OrderVote(List.of(2, 0, 1), 1));
    assertThat(verdict.getOptions()).isEqualTo(3);
    assertThat(verdict.getRight()).containsExactly(1);
  }

  @Test
  void everyOrder_isRightOnlyWhenAllThatWereAskedAre() {
    Vote first = new Vote(List.of(0, 1, 2), List.of(-1.0, -2.0, -3.0));
    Vote second = new Vote(List.of(1, 2, 0), List.of(-3.0, -2.0, -1.0));
    Vote other = new Vote(List.of(2, 0, 1), List.of(-3.0, -2.0, -1.0));
    assertThat(ChoiceScorer.score(gold(2), new Votes(List.of(first, second))).getEveryOrder()).isTrue();
    assertThat(ChoiceScorer.score(gold(3), new Votes(List.of(first, second))).getEveryOrder()).isFalse();
    assertThat(ChoiceScorer.score(gold(3), new Votes(List.of(first, second, second))).getEveryOrder()).isFalse();
    assertThat(ChoiceScorer.score(gold(3), new Votes(List.of(first, second, other))).getEveryOrder()).isFalse();
    ChoiceGold eitherIsRight = new ChoiceGold(3, List.of(0, 1), LABELS, 3, 0, null);
    assertThat(ChoiceScorer.score(eitherIsRight, new Votes(List.of(first, second, other))).getEveryOrder()).isTrue();
  }

  @Test
  void text_isLookedUpAmongTheLabels() {
    ChoiceVerdict verdict = ChoiceScorer.score(gold(1), text(" A\n", Math.log(0.25)));
    assertThat(verdict.getOne().getOption()).isZero();
    assertThat(verdict.getOne().getRight()).isTrue();
    assertThat(verdict.getOne().getConfidence()).isCloseTo(0.25, within(1e-15));
    assertThat(verdict.getMaxVote()).isEqualTo(new Decision(0, true, 1.0));
    assertThat(verdict.getMeanLogProb()).isEqualTo(verdict.getOne());
    assertThat(verdict.getEveryOrder()).isTrue();
    assertThat(verdict.getVotes()).containsExactly(new OrderVote(List.of(0, 1, 2), 0));
    assertThat(ChoiceScorer.score(gold(1), text("B", null)).getOne()).isEqualTo(new Decision(1, false, 1.0));
    assertThat(ChoiceScorer.score(gold(24), text("A", null)).getEveryOrder()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a", "A.", "(A)", "The answer is A", "D", "A B"})
  void text_thatIsNoLabel_choosesNothing(String answer) {
    ChoiceVerdict verdict = ChoiceScorer.score(gold(1), text(answer, -0.1));
    assertThat(List.of(verdict.getOne(), verdict.getMaxVote(), verdict.getMeanLogProb())).containsOnly(new Decision(-1, false, 0.0));
    assertThat(verdict.getEveryOrder()).isFalse();
    assertThat(verdict.getVotes()).containsExactly(new OrderVote(List.of(0, 1, 2), -1));
  }

  @Test
  void helmsJointAnswers_scoreAsInHelm() {
    JsonNode cases = Vectors.SHARED.cases("mc_joint.json");
    assertThat(cases).hasSize(26);
    for (JsonNode given : cases) {
      List<String> options = Vectors.strings(given.get("refs"));
      String goldText = options.get(given.get("gold").intValue());
      List<Integer> right = IntStream.range(0, options.size()).filter(i -> options.get(i).equals(goldText)).boxed().toList();
      ChoiceGold gold = new ChoiceGold(options.size(), right, List.of("A", "B", "C", "D"), 1, 0, null);
      double maxProb = given.get("out").get("max_prob").doubleValue();
      Decision one = ChoiceScorer.score(gold, text(given.get("completion").textValue(), Math.log(maxProb))).getOne();
      assertThat(one.getRight()).as("%s", given).isEqualTo(given.get("out").get("exact_match").doubleValue() == 1);
      if (one.getOption() >= 0) {
        assertThat(one.getConfidence()).isCloseTo(maxProb, within(1e-9));
      }
    }
  }

  @Test
  void contradictions_areRefused() {
    assertThatThrownBy(() -> ChoiceScorer.score(gold(1), new Failure("out of memory")))
        .hasMessage("a multiple-choice question got an outcome of dev.assay.records.Failure, expected Votes or Text");
    assertThatThrownBy(() -> ChoiceScorer.score(gold(1), text("A", Double.NaN)))
        .hasMessage("a text has log-probability NaN, expected a number of at most 0 or null");
    assertThatThrownBy(() -> ChoiceScorer.score(new ChoiceGold(3, List.of(3), LABELS, 1, 0, null), text("A", null)))
        .hasMessage("got right options [3], expected at least one of 0 to 2");
    assertThatThrownBy(() -> ChoiceScorer.score(new ChoiceGold(3, List.of(), LABELS, 1, 0, null), text("A", null)))
        .hasMessage("got right options [], expected at least one of 0 to 2");
    assertThatThrownBy(() -> ChoiceScorer.score(new ChoiceGold(4, List.of(3), LABELS, 1, 0, null), text("A", null)))
        .hasMessage("got labels [A, B, C], expected 4");
  }

  private static ChoiceGold gold(int orders) {
    return new ChoiceGold(3, List.of(0), LABELS, orders, 0, null);
  }

  private static Text text(String text, Double logProb) {
    return new Text(text, logProb, Finish.STOP, List.of(), List.of());
  }
}
