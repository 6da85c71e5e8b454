package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class WilsonTest {
  @Test
  void publishedExample_isMatched() {
    // Newcombe, "Two-sided confidence intervals for the single proportion", Stat. Med. 17, 1998, table I, method 3: 81/263 and 15/148, 0/20, 1/29.
    assertInterval(263, 81, 0.2553, 0.3662);
    assertInterval(148, 15, 0.0624, 0.1605);
    assertInterval(20, 0, 0.0000, 0.1611);
    assertInterval(29, 1, 0.0061, 0.1718);
  }

  @Property
  void ends_solveTheScoreEquation(@ForAll @LongRange(min = 1, max = 1_000_000) long n, @ForAll @DoubleRange(min = 0, max = 1) double share) {
    double sum = Math.rint(share * n);
    double mean = sum / n;
    Interval interval = Wilson.of(n, sum);
    assertThat(interval.contains(mean)).isTrue();
    double z2 = 1.959963984540054 * 1.959963984540054;
    for (double end : new double[] {interval.low(), interval.high()}) {
      assertThat((mean - end) * (mean - end)).isCloseTo(z2 * end * (1 - end) / n, within(1e-12));
    }
  }

  @Test
  void argumentsOutOfRange_areRefused() {
    assertThat(Wilson.of(0, 0)).isEqualTo(Interval.ALL);
    assertThatThrownBy(() -> Wilson.of(2, 3)).hasMessage("got n = 2 and sum = 3.0, expected n >= 0 and a sum in [0, n]");
  }

  private static void assertInterval(long n, double sum, double low, double high) {
    Interval interval = Wilson.of(n, sum);
    assertThat(interval.low()).isCloseTo(low, within(5e-5));
    assertThat(interval.high()).isCloseTo(high, within(5e-5));
  }
}
