package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.OrderRule;
import dev.assay.records.OrderVote;
import dev.assay.records.Voted;
import java.util.List;
import org.junit.jupiter.api.Test;

class VotingShiftTest {
  private static final ChoiceVerdict HELPED = verdict(0, 0.9, 1, 0.5);
  private static final ChoiceVerdict HURT = verdict(1, 0.6, 0, 0.5);
  private static final ChoiceVerdict KEPT = verdict(1, 0.8, 1, 0.9);

  @Test
  void confidence_isToldApartByWhetherThePublishedOrderWasRight() {
    VotingShift shift = all(HELPED, HURT, KEPT);
    assertThat(shift.questions()).isEqualTo(3);
    assertThat(shift.whenWrong().mean()).isCloseTo(-0.4, within(1e-12));
    assertThat(shift.whenRight().mean()).isCloseTo(0, within(1e-12));
    assertThat(shift.accuracy().mean()).isZero();
    assertThat(shift.orders()).isEqualTo(6);
    assertThat(shift.oneOrder()).isEqualTo(150);
    assertThat(shift.computed()).isEqualTo(180);
    assertThat(shift.before().get(2).counts()).containsExactly(List.of(0L, 0L, 0L), List.of(1L, 2L, 0L));
    assertThat(shift.after().get(2).counts()).containsExactly(List.of(0L, 0L, 0L), List.of(1L, 2L, 0L));
  }

  @Test
  void orderOfTheVerdicts_makesNoDifference() {
    assertThat(all(KEPT, HURT, HELPED)).isEqualTo(all(HELPED, KEPT, HURT));
    assertThat(all(KEPT).merge(VotingShift.NONE)).isEqualTo(all(KEPT));
  }

  @Test
  void rulesOfTheirOwn_areWhatComesAfter() {
    ChoiceVerdict own =
        ChoiceVerdict.newBuilder(HURT).setVoted(new Voted(OrderRule.PRIDE, new Decision(1, true, 0.7), List.of(0.3, 0.7), null, null)).setHeld(1).build();
    assertThat(all(own).whenRight().mean()).isCloseTo(0.1, within(1e-12));
    assertThat(all(own).accuracy().mean()).isZero();
    assertThat(all(own).held()).isEqualTo(1);
  }

  private static VotingShift all(ChoiceVerdict... verdicts) {
    VotingShift sum = VotingShift.NONE;
    for (ChoiceVerdict verdict : verdicts) {
      sum = sum.merge(VotingShift.of(verdict, 100, 60));
    }
    return sum;
  }

  private static ChoiceVerdict verdict(int before, double sure, int after, double surer) {
    Decision one = new Decision(before, before == 1, sure);
    Decision mean = new Decision(after, after == 1, surer);
    List<OrderVote> votes = List.of(new OrderVote(List.of(0, 1), before), new OrderVote(List.of(1, 0), after));
    return new ChoiceVerdict(2, List.of(1), one, mean, mean, before == 1 && after == 1, votes, List.of(), 0, null);
  }
}
