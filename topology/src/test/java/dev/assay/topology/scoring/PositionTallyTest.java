package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Finish;
import dev.assay.records.OrderRule;
import dev.assay.records.Text;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PositionTallyTest {
  @Test
  void recallsAndTheirDeviation_areNumpys() {
    JsonNode cases = Vectors.OWN.cases("statistics.json").get("positions");
    assertThat(cases).hasSize(8);
    for (JsonNode given : cases) {
      List<List<Long>> counts = new ArrayList<>();
      given.get("counts").forEach(row -> counts.add(row.valueStream().map(JsonNode::longValue).toList()));
      PositionTally tally = new PositionTally(counts);
      for (int position = 0; position < counts.size(); position++) {
        assertThat(tally.recall(position).orElseThrow()).isCloseTo(given.get("recalls").get(position).doubleValue(), within(1e-12));
      }
      assertThat(tally.recallDeviation().orElseThrow()).isCloseTo(given.get("rstd").doubleValue(), within(1e-12));
    }
  }

  @Test
  void alwaysTheFirst_isTheStrongestBias() {
    PositionTally tally = PositionTally.none(4);
    for (int right = 0; right < 4; right++) {
      tally = tally.merge(PositionTally.of(4, right, OptionalInt.of(0)));
    }
    assertThat(tally.answers()).isEqualTo(4);
    assertThat(tally.chosenShares()).containsExactly(1.0, 0.0, 0.0, 0.0, 0.0);
    assertThat(tally.rightShares()).containsExactly(0.25, 0.25, 0.25, 0.25);
    assertThat(tally.recallDeviation().orElseThrow()).isCloseTo(Math.sqrt(3) / 4, within(1e-15));
  }

  @Test
  void answersThatNameNone_areCountedApart_andCanBeTakenAway() {
    PositionTally named = PositionTally.of(3, 1, OptionalInt.of(1));
    PositionTally none = PositionTally.of(3, 1, OptionalInt.empty());
    PositionTally tally = named.merge(none);
    assertThat(tally.chosenShares()).containsExactly(0.0, 0.5, 0.0, 0.5);
    assertThat(tally.recall(1)).hasValue(0.5);
    assertThat(tally.recall(0)).isEmpty();
    assertThat(tally.recallDeviation()).isEmpty();
    assertThat(tally.subtract(none)).isEqualTo(named);
    assertThatThrownBy(() -> named.subtract(none)).hasMessageContaining("counts of 0 or more");
  }

  @Test
  void verdict_countsEachOfItsVotes() {
    ChoiceGold gold = new ChoiceGold(3, List.of(1), List.of("A", "B", "C"), 3, 0, null);
    List<Vote> alwaysTheFirst =
        Orders.of(OrderRule.CYCLIC, 3).stream().map(order -> new Vote(order, List.of(-0.1, -3.0, -4.0))).toList();
    PositionTally tally = PositionTally.of(ChoiceScorer.score(gold, new Votes(alwaysTheFirst)));
    // Option 1 stands at positions 1, 0 and 2 in turn.
    assertThat(tally.counts()).containsExactly(List.of(1L, 0L, 0L, 0L), List.of(1L, 0L, 0L, 0L), List.of(1L, 0L, 0L, 0L));
    PositionTally none = PositionTally.of(ChoiceScorer.score(gold, new Text("no letter", null, Finish.STOP, List.of(), List.of())));
    assertThat(none.counts().get(1)).containsExactly(0L, 0L, 0L, 1L);
  }

  @Test
  void unusableArguments_areRefused() {
    assertThatThrownBy(() -> PositionTally.of(3, 3, OptionalInt.of(0))).hasMessageContaining("expected 0 to 2");
    assertThatThrownBy(() -> PositionTally.of(3, 0, OptionalInt.of(3))).hasMessageContaining("expected 0 to 2");
    assertThatThrownBy(() -> PositionTally.none(3).merge(PositionTally.none(4))).hasMessageContaining("tallies of 3 and of 4 options");
    assertThat(PositionTally.none(2).chosenShares()).containsExactly(0.0, 0.0, 0.0);
  }
}
