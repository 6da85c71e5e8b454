package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OrderRoundsTest {
  @Test
  void first_isThePublishedOrderWithItsRotations() {
    assertThat(rounds(3, 7).round(0)).containsExactly(List.of(0, 1, 2), List.of(1, 2, 0), List.of(2, 0, 1));
    assertThat(rounds(3, 7).round(1)).containsExactly(List.of(0, 2, 1), List.of(2, 1, 0), List.of(1, 0, 2));
    assertThat(rounds(3, 7).all()).isEqualTo(2);
  }

  @Property(tries = 100)
  void allRounds_areAllOrders_eachOnce(@ForAll @IntRange(min = 2, max = 5) int options, @ForAll long seed) {
    OrderRounds rounds = rounds(options, seed);
    List<List<Integer>> together = new ArrayList<>();
    IntStream.range(0, rounds.all()).forEach(round -> together.addAll(rounds.round(round)));
    assertThat(together).containsExactlyInAnyOrderElementsOf(rounds.everyOne());
    assertThat(rounds.first(1_000)).isEqualTo(together);
    assertThat(rounds.round(rounds.all())).isEmpty();
  }

  @Property(tries = 200)
  void everyRound_putsEveryFreeOptionAtEveryFreePlaceOnce(
      @ForAll @IntRange(min = 2, max = 26) int options, @ForAll @IntRange(min = 0, max = 3) int held, @ForAll long seed) {
    int moving = options - held < 2 ? 0 : options - held;
    OrderRounds rounds = OrderRounds.of(options, IntStream.range(0, moving).boxed().toList(), seed, "q");
    List<List<Integer>> last = rounds.round(rounds.all() == 0 ? 3 : rounds.all() - 1);
    assertThat(last).hasSize(Math.max(1, moving));
    for (int place = 0; place < options; place++) {
      int at = place;
      List<Integer> there = last.stream().map(order -> order.get(at)).distinct().toList();
      assertThat(there).hasSize(place < moving ? moving : 1);
      if (place >= moving) {
        assertThat(there).containsExactly(place);
      }
    }
  }

  @Test
  void moreThanFiveOptions_areDrawnWithoutRepetition() {
    List<List<Integer>> orders = rounds(6, 3).first(120);
    assertThat(new HashSet<>(orders)).hasSize(120);
    assertThat(rounds(6, 3).all()).isZero();
  }

  @Test
  void otherSeedsAndQuestions_getOtherDraws() {
    List<Integer> free = List.of(0, 1, 2, 3);
    List<List<Integer>> drawn = OrderRounds.of(4, free, 1, "a").first(24);
    assertThat(OrderRounds.of(4, free, 1, "a").first(24)).isEqualTo(drawn);
    assertThat(OrderRounds.of(4, free, 2, "a").first(24)).isNotEqualTo(drawn);
    assertThat(OrderRounds.of(4, free, 1, "b").first(24)).isNotEqualTo(drawn);
  }

  @Test
  void freeOptions_thatAreNone_areRefused() {
    assertThatThrownBy(() -> OrderRounds.of(3, List.of(1), 0, "q")).hasMessageContaining("got the free options [1]");
    assertThatThrownBy(() -> OrderRounds.of(3, List.of(1, 3), 0, "q")).hasMessageContaining("two or more of 0 to 2");
    assertThatThrownBy(() -> OrderRounds.of(1, List.of(), 0, "q")).hasMessage("got 1 options, expected 2 to 26");
  }

  private static OrderRounds rounds(int options, long seed) {
    return OrderRounds.of(options, IntStream.range(0, options).boxed().toList(), seed, "q");
  }
}
