package dev.assay.topology.routing.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class QualityCurveTest {
  private static final double[] WEAK = {0, 1, 0, 1};
  private static final double[] STRONG = {1, 1, 1, 0};

  @Test
  void figures_areThoseOfRouteLlmsDefinitions() {
    // By hand: gains 1, 0, 1, -1; the router wants the strong model in this order: 0, 2, 1, 3; the whole gain is 1.
    QualityCurve curve = QualityCurve.of(WEAK, STRONG, new double[] {9, 2, 8, 1});
    assertThat(curve.weak()).isEqualTo(0.5);
    assertThat(curve.strong()).isEqualTo(0.75);
    assertThat(curve.recovered(0.25)).isEqualTo(1);
    assertThat(curve.recovered(0.5)).isEqualTo(2);
    assertThat(curve.recovered(0.125)).isEqualTo(0.5);
    assertThat(curve.quality(0.5)).isEqualTo(1);
    assertThat(curve.apgr()).isEqualTo((0.5 + 1.5 + 2 + 1.5) / 4, within(1e-15));
    assertThat(curve.callsFor(0.5)).hasValue(0.125);
    assertThat(curve.callsFor(1)).hasValue(0.25);
    assertThat(curve.callsFor(2.5)).isEmpty();
  }

  @Test
  void wishes_thatAreAllTheSame_areDrawnByLot() {
    QualityCurve curve = QualityCurve.of(WEAK, STRONG, new double[4]);
    assertThat(curve.apgr()).isEqualTo(0.5);
    assertThat(curve.apgrOnGrid()).isEqualTo(0.5, within(1e-15));
    assertThat(curve.recovered(0.3)).isEqualTo(0.3, within(1e-15));
  }

  @Property(tries = 50)
  void curve_dependsNotOnHowTheQuestionsAreSorted(@ForAll @IntRange(max = 1_000_000) int seed) {
    Random random = new Random(seed);
    int n = 2 + random.nextInt(40);
    double[][] columns = new double[3][n];
    for (int i = 0; i < n; i++) {
      columns[0][i] = random.nextInt(2);
      columns[1][i] = i == 0 ? 1 : Math.max(columns[0][i], random.nextInt(2));
      columns[2][i] = random.nextInt(4);
    }
    columns[0][0] = 0;
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    Collections.shuffle(Arrays.asList(order), random);
    QualityCurve sorted = QualityCurve.of(columns[0], columns[1], columns[2]);
    QualityCurve shuffled =
        QualityCurve.of(pick(columns[0], order), pick(columns[1], order), pick(columns[2], order));
    assertThat(shuffled.apgr()).isEqualTo(sorted.apgr(), within(1e-12));
    assertThat(shuffled.callsFor(0.5).orElseThrow()).isEqualTo(sorted.callsFor(0.5).orElseThrow(), within(1e-12));
    assertThat(sorted.recovered(0)).isZero();
    assertThat(sorted.recovered(1)).isEqualTo(1, within(1e-12));
  }

  @Test
  void badInput_isRefusedByName() {
    assertThatThrownBy(() -> QualityCurve.of(new double[0], new double[0], new double[0])).hasMessageContaining("one at least");
    assertThatThrownBy(() -> QualityCurve.of(WEAK, STRONG, new double[] {1, Double.NaN, 1, 1})).hasMessageContaining("NaN").hasMessageContaining("1");
    assertThatThrownBy(() -> QualityCurve.of(STRONG, WEAK, new double[4])).hasMessageContaining("swap");
    assertThatThrownBy(() -> QualityCurve.of(WEAK, STRONG, new double[4]).recovered(1.5)).hasMessageContaining("1.5");
  }

  private static double[] pick(double[] values, Integer[] order) {
    return Arrays.stream(order).mapToDouble(i -> values[i]).toArray();
  }
}
