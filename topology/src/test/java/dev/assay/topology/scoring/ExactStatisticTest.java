package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ExactStatisticTest {
  @Test
  void sums_areExactDecimals() {
    ExactStatistic statistic = of(0.1, 0.2, 1);
    assertThat(statistic.sumDecimal()).isEqualTo("1.300000000000");
    assertThat(statistic.sumOfSquaresDecimal()).isEqualTo("1.050000000000");
    assertThat(statistic.count()).isEqualTo(3);
    assertThat(statistic.sum()).isEqualTo(1.3);
    assertThat(of(1e15, -1e15, 2).sumDecimal()).isEqualTo("2.000000000000");
  }

  @Test
  void halves_roundToEven() {
    // 2^-13 = 0.0001220703125, so that n + 2^-13 has 13 decimals, the last a five.
    double tie = 0x1p-13;
    assertThat(of(tie).sumDecimal()).isEqualTo("0.000122070312");
    assertThat(of(3 * tie).sumDecimal()).isEqualTo("0.000366210938");
    assertThat(of(-tie).sumDecimal()).isEqualTo("-0.000122070312");
  }

  @Test
  void mean_ofEqualValues_isThatValue() {
    for (double value : new double[] {1, 0.5, 0.25, 3}) {
      ExactStatistic statistic = ExactStatistic.EMPTY;
      for (int n = 1; n <= 20_000; n++) {
        statistic = statistic.add(value);
        assertThat(statistic.mean()).isEqualTo(value);
      }
    }
  }

  @Test
  void ofFewValues_hasNoStandardError() {
    assertThat(ExactStatistic.EMPTY.mean()).isZero();
    assertThat(ExactStatistic.EMPTY.standardError()).isEmpty();
    assertThat(of(0.3).standardError()).isEmpty();
    assertThat(of(0.3, 0.3).standardError()).hasValue(0);
  }

  @Test
  void meanAndStandardError_areThoseOfLmEvaluationHarness() {
    JsonNode cases = Vectors.SHARED.cases("lm_eval.json").get("mean_stderr");
    assertThat(cases).hasSize(60);
    for (JsonNode given : cases) {
      ExactStatistic statistic = of(Vectors.doubles(given.get("x")));
      assertThat(statistic.mean()).isCloseTo(given.get("mean").doubleValue(), within(1e-9));
      assertThat(statistic.standardError().orElseThrow()).isCloseTo(given.get("stderr").doubleValue(), within(1e-9));
    }
  }

  @Property
  void aValue_isRoundedAsBigDecimalDoes(@ForAll("values") double value) {
    BigDecimal rounded = new BigDecimal(value).setScale(12, RoundingMode.HALF_EVEN);
    BigDecimal square = rounded.multiply(rounded).setScale(12, RoundingMode.HALF_EVEN);
    assertThat(of(value).sumDecimal()).isEqualTo(rounded.toPlainString());
    assertThat(of(value).sumOfSquaresDecimal()).isEqualTo(square.toPlainString());
  }

  @Example
  void aValue_isRoundedAsBigDecimalDoes_forEveryExponentAndTies() {
    Random random = new Random(7);
    for (int exponent = -80; exponent <= 12; exponent++) {
      for (int i = 0; i < 200; i++) {
        // Few bits make exact ties at the thirteenth decimal.
        double mantissa = i % 2 == 0 ? 1 + random.nextDouble() : 1 + random.nextInt(1 << 12) / (double) (1 << 12);
        aValue_isRoundedAsBigDecimalDoes(Math.scalb(random.nextBoolean() ? mantissa : -mantissa, exponent));
      }
    }
    for (double value : new double[] {0, -0.0, Double.MIN_VALUE, Double.MIN_NORMAL, 1000, Math.nextUp(1000.0), 1e12, 5e-13, 1.5e-12}) {
      aValue_isRoundedAsBigDecimalDoes(value);
    }
  }

  @Property
  void order_changesNothing(@ForAll("lists") List<Double> values, @ForAll long seed) {
    ExactStatistic inOrder = ExactStatistic.EMPTY;
    for (double value : values) {
      inOrder = inOrder.add(value);
    }
    List<Double> shuffled = new ArrayList<>(values);
    Collections.shuffle(shuffled, new Random(seed));
    int cut = shuffled.isEmpty() ? 0 : new Random(seed).nextInt(shuffled.size());
    ExactStatistic merged = of(shuffled.subList(cut, shuffled.size())).merge(of(shuffled.subList(0, cut)));
    assertThat(merged).isEqualTo(inOrder).hasSameHashCodeAs(inOrder);
    assertThat(merged.toBytes()).isEqualTo(inOrder.toBytes());
  }

  @Property
  void merge_associatesAndCommutes(@ForAll("lists") List<Double> a, @ForAll("lists") List<Double> b, @ForAll("lists") List<Double> c) {
    assertThat(of(a).merge(of(b)).merge(of(c))).isEqualTo(of(a).merge(of(b).merge(of(c))));
    assertThat(of(a).merge(of(b))).isEqualTo(of(b).merge(of(a)));
    assertThat(of(a).merge(of(b)).subtract(of(b))).isEqualTo(of(a));
  }

  @Property
  void bytes_readBack(@ForAll("lists") List<Double> values) {
    assertThat(ExactStatistic.fromBytes(of(values).toBytes())).isEqualTo(of(values));
  }

  @Test
  void brokenBytes_areRefused() {
    byte[] bytes = of(0.5, 1).toBytes();
    assertThatThrownBy(() -> ExactStatistic.fromBytes(new byte[3])).hasMessage("got 3 bytes, expected a statistic of 12 to 65536");
    byte[] longSum = bytes.clone();
    longSum[9] = 90;
    assertThatThrownBy(() -> ExactStatistic.fromBytes(longSum)).hasMessageContaining("gives its sum 90, expected 1 to");
    byte[] negative = bytes.clone();
    negative[0] = -1;
    assertThatThrownBy(() -> ExactStatistic.fromBytes(negative)).hasMessageContaining("is no statistic of any values");
  }

  @Test
  void whatIsNotThere_cannotBeTakenAway() {
    assertThatThrownBy(() -> of(1).subtract(of(1, 1)))
        .hasMessage(
            "n = 1, sum = 1.000000000000, sum of squares = 1.000000000000 does not hold the values of"
                + " n = 2, sum = 2.000000000000, sum of squares = 2.000000000000 to take away");
    assertThatThrownBy(() -> of(1).subtract(of(0))).isInstanceOf(IllegalArgumentException.class);
    assertThat(of(1).subtract(of(1))).isEqualTo(ExactStatistic.EMPTY);
  }

  @Test
  void infiniteAndNaN_areRefused() {
    assertThatThrownBy(() -> of(Double.NaN)).hasMessage("got the value NaN, expected a finite number");
    assertThatThrownBy(() -> of(Double.POSITIVE_INFINITY)).hasMessage("got the value Infinity, expected a finite number");
  }

  @Provide
  Arbitrary<Double> values() {
    return Arbitraries.oneOf(
        Arbitraries.doubles().between(0, 1).ofScale(17),
        Arbitraries.doubles().between(-2000, 2000).ofScale(14),
        Arbitraries.doubles().between(-1e18, 1e18).ofScale(3),
        Arbitraries.of(0.0, 1.0, 0.5, 1.0 / 3));
  }

  @Provide
  Arbitrary<List<Double>> lists() {
    return values().list().ofMaxSize(20);
  }

  private static ExactStatistic of(double... values) {
    ExactStatistic statistic = ExactStatistic.EMPTY;
    for (double value : values) {
      statistic = statistic.add(value);
    }
    return statistic;
  }

  private static ExactStatistic of(List<Double> values) {
    return of(values.stream().mapToDouble(Double::doubleValue).toArray());
  }
}
