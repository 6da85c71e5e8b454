package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.OrderRule;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OrdersTest {
  @Test
  void one_isThePublishedOrder() {
    assertThat(Orders.of(OrderRule.ONE, 4)).containsExactly(List.of(0, 1, 2, 3));
  }

  @Test
  void cyclic_rotates() {
    assertThat(Orders.of(OrderRule.CYCLIC, 3)).containsExactly(List.of(0, 1, 2), List.of(1, 2, 0), List.of(2, 0, 1));
  }

  @Test
  void all_isLexicographic() {
    assertThat(Orders.of(OrderRule.ALL, 3))
        .containsExactly(
            List.of(0, 1, 2), List.of(0, 2, 1), List.of(1, 0, 2), List.of(1, 2, 0), List.of(2, 0, 1), List.of(2, 1, 0));
    assertThat(Orders.of(OrderRule.ALL, 4)).hasSize(24);
    assertThat(new HashSet<>(Orders.of(OrderRule.ALL, 5))).hasSize(120);
  }

  @Property
  void cyclic_putsEveryOptionOnceIntoEveryPosition(@ForAll @IntRange(min = 2, max = 26) int options) {
    List<List<Integer>> orders = Orders.of(OrderRule.CYCLIC, options);
    List<Integer> all = IntStream.range(0, options).boxed().toList();
    assertThat(orders).hasSize(options).allSatisfy(order -> assertThat(order).hasSameElementsAs(all));
    for (int position : all) {
      assertThat(orders.stream().map(order -> order.get(position)).toList()).hasSameElementsAs(all);
    }
  }

  @Test
  void tooManyOptionsOrTooFew_areRefused() {
    assertThatThrownBy(() -> Orders.of(OrderRule.ALL, 6))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("all orders of 6 options were asked for, at most 5 options have all; ask for CYCLIC");
    assertThatThrownBy(() -> Orders.of(OrderRule.ONE, 1)).hasMessage("got 1 options, expected 2 to 26");
    assertThatThrownBy(() -> Orders.of(OrderRule.CYCLIC, 27)).hasMessage("got 27 options, expected 2 to 26");
  }
}
