package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConfidenceSequenceTest {
  private static final int RUNS = 2_000;
  private static final int LOOKS = 1_000;

  /** Below this many values nobody would call the ordinary interval's normal approximation fair. */
  private static final int FAIR_FOR_WALD = 30;

  private final Map<Integer, Interval> ofWholeSums = new HashMap<>();

  enum Source {
    COIN(0.5),
    GUESS(0.25),
    SURE(0.9),
    RARE(0.02),
    /** A ROUGE-like score: E[u³] = 1/4. */
    SKEWED(0.25),
    /** Half of them 0, half spread over [0, 1]. */
    MIXED(0.25);

    final double mean;

    Source(double mean) {
      this.mean = mean;
    }

    double draw(Random random) {
      return switch (this) {
        case COIN, GUESS, SURE, RARE -> random.nextDouble() < mean ? 1 : 0;
        case SKEWED -> Math.pow(random.nextDouble(), 3);
        case MIXED -> random.nextBoolean() ? 0 : random.nextDouble();
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void coverageUnderPeeking_holds_whereTheOrdinaryIntervalFails(Source source) {
    Random random = new Random(20_231_207);
    int missed = 0;
    int missedByWald = 0;
    for (int run = 0; run < RUNS; run++) {
      double sum = 0;
      double squares = 0;
      boolean out = false;
      boolean outOfWald = false;
      for (int n = 1; n <= LOOKS; n++) {
        double value = source.draw(random);
        sum += value;
        squares += value * value;
        out = out || !interval(n, sum).contains(source.mean);
        double variance = (squares - sum * sum / n) / (n - 1);
        outOfWald = outOfWald || (n >= FAIR_FOR_WALD && Math.abs(sum / n - source.mean) > 1.96 * Math.sqrt(variance / n));
      }
      missed += out ? 1 : 0;
      missedByWald += outOfWald ? 1 : 0;
    }
    assertThat(missed).as("runs of %d in which %s left the sequence", RUNS, source).isLessThanOrEqualTo(RUNS / 20);
    assertThat(missedByWald).as("runs of %d in which %s left the Wald interval", RUNS, source).isGreaterThan(RUNS / 5);
  }

  /** The same interval as without the memory, which ones and zeros fill quickly. */
  private Interval interval(int n, double sum) {
    return sum == Math.rint(sum)
        ? ofWholeSums.computeIfAbsent(n * (LOOKS + 1) + (int) sum, _ -> ConfidenceSequence.betaBinomialMixture(n, sum, 0.05))
        : ConfidenceSequence.betaBinomialMixture(n, sum, 0.05);
  }

  @Test
  void ends_areWhereTheMixtureReachesOneOverAlpha() {
    // n = 2, S = 1, a = b = 1/2: B(3/2, 3/2)/B(1/2, 1/2) = 1/8, so the ends solve m(1 - m) = alpha/8.
    Interval interval = ConfidenceSequence.betaBinomialMixture(2, 1, 0.05);
    double root = Math.sqrt(0.25 - 0.05 / 8);
    assertThat(interval.low()).isCloseTo(0.5 - root, within(1e-13));
    assertThat(interval.high()).isCloseTo(0.5 + root, within(1e-13));
    // n = 1, S = 1: B(3/2, 1/2)/B(1/2, 1/2) = 1/2, so the low end solves m = alpha/2.
    assertThat(ConfidenceSequence.betaBinomialMixture(1, 1, 0.05).low()).isCloseTo(0.025, within(1e-14));
    assertThat(ConfidenceSequence.betaBinomialMixture(1, 1, 0.05).high()).isEqualTo(1);
    assertThat(ConfidenceSequence.betaBinomialMixture(1, 0, 0.05)).isEqualTo(new Interval(0, 1 - ConfidenceSequence.betaBinomialMixture(1, 1, 0.05).low()));
  }

  @Property
  void interval_containsTheMean_andNestsInAlpha(
      @ForAll @LongRange(min = 1, max = 10_000_000) long n, @ForAll @DoubleRange(min = 0, max = 1) double share) {
    double sum = share * n;
    Interval wide = ConfidenceSequence.betaBinomialMixture(n, sum, 0.01);
    Interval middle = ConfidenceSequence.betaBinomialMixture(n, sum, 0.05);
    Interval narrow = ConfidenceSequence.betaBinomialMixture(n, sum, 0.2);
    assertThat(narrow.contains(sum / n)).isTrue();
    assertThat(wide.low()).isLessThanOrEqualTo(middle.low());
    assertThat(middle.low()).isLessThanOrEqualTo(narrow.low());
    assertThat(narrow.high()).isLessThanOrEqualTo(middle.high());
    assertThat(middle.high()).isLessThanOrEqualTo(wide.high());
  }

  @Property
  void ends_solveTheEquation(@ForAll @LongRange(min = 1, max = 100_000) long n, @ForAll @DoubleRange(min = 0, max = 1) double share) {
    double sum = Math.rint(share * n);
    Interval interval = ConfidenceSequence.betaBinomialMixture(n, sum, 0.05);
    if (sum > 0) {
      assertThat(logMixture(n, sum, interval.low())).isCloseTo(Math.log(20), within(1e-6));
    }
    if (sum < n) {
      assertThat(logMixture(n, sum, interval.high())).isCloseTo(Math.log(20), within(1e-6));
    }
  }

  @Property
  void interval_mirrors(@ForAll @LongRange(min = 1, max = 100_000) long n, @ForAll @DoubleRange(min = 0, max = 1) double share) {
    double sum = Math.rint(share * n);
    Interval interval = ConfidenceSequence.betaBinomialMixture(n, sum, 0.05);
    Interval mirrored = ConfidenceSequence.betaBinomialMixture(n, n - sum, 0.05);
    assertThat(mirrored.low()).isCloseTo(1 - interval.high(), within(1e-12));
    assertThat(mirrored.high()).isCloseTo(1 - interval.low(), within(1e-12));
  }

  @ParameterizedTest
  @EnumSource
  void spreadAwareInterval_holdsUnderPeekingToo(Source source) {
    Random random = new Random(20_231_209);
    int runs = 300;
    int missed = 0;
    for (int run = 0; run < runs; run++) {
      double sum = 0;
      double squares = 0;
      boolean out = false;
      for (int n = 1; n <= 500; n++) {
        double value = source.draw(random);
        sum += value;
        squares += value * value;
        out = out || ConfidenceSequence.empiricalBernsteinPValue(n, sum, squares, source.mean) <= 0.05;
      }
      missed += out ? 1 : 0;
    }
    assertThat(missed).isLessThanOrEqualTo(runs / 20);
  }

  @Property(tries = 200)
  void spreadAwareInterval_endsWhereItsPValueIsAlpha(
      @ForAll @LongRange(min = 1, max = 1_000_000) long n, @ForAll @DoubleRange(min = 0, max = 1) double mean, @ForAll @DoubleRange(min = 0, max = 1) double part) {
    double sum = mean * n;
    double squares = sum * (mean + part * (1 - mean));
    Interval interval = ConfidenceSequence.empiricalBernstein(n, sum, squares, 0.05);
    assertThat(interval.contains(sum / n)).isTrue();
    for (double end : new double[] {interval.low(), interval.high()}) {
      double pValue = ConfidenceSequence.empiricalBernsteinPValue(n, sum, squares, end);
      if (end > 0 && end < 1) {
        assertThat(pValue).isCloseTo(0.05, within(1e-6));
      } else {
        assertThat(pValue).isGreaterThan(0.05 - 1e-6);
      }
    }
    Interval wider = ConfidenceSequence.empiricalBernstein(n, sum, squares, 0.01);
    assertThat(wider.low()).isLessThanOrEqualTo(interval.low());
    assertThat(wider.high()).isGreaterThanOrEqualTo(interval.high());
  }

  @Test
  void spreadAwareInterval_isNarrowWhereValuesLieClose() {
    ExactStatistic close = ExactStatistic.EMPTY;
    for (int i = 0; i < 1000; i++) {
      close = close.add(i % 2 == 0 ? 0.49 : 0.51);
    }
    Interval narrow = ConfidenceSequence.empiricalBernstein(close, 0.05);
    Interval wide = ConfidenceSequence.of(close);
    assertThat(narrow.high() - narrow.low()).isLessThan((wide.high() - wide.low()) / 2);
    assertThat(ConfidenceSequence.empiricalBernstein(ExactStatistic.EMPTY, 0.05)).isEqualTo(Interval.ALL);
    assertThatThrownBy(() -> ConfidenceSequence.empiricalBernstein(ExactStatistic.of(2), 0.05)).hasMessageContaining("values must lie in [0, 1]");
  }

  @Property(tries = 200)
  void pValue_isAlphaAtTheIntervalsEnds(@ForAll @LongRange(min = 1, max = 100_000) long n, @ForAll @DoubleRange(min = 0, max = 1) double share) {
    double sum = Math.rint(share * n);
    Interval interval = ConfidenceSequence.betaBinomialMixture(n, sum, 0.05);
    if (sum > 0) {
      assertThat(ConfidenceSequence.pValue(n, sum, interval.low())).isCloseTo(0.05, within(1e-6));
    }
    if (sum < n) {
      assertThat(ConfidenceSequence.pValue(n, sum, interval.high())).isCloseTo(0.05, within(1e-6));
    }
    assertThatThrownBy(() -> ConfidenceSequence.pValue(n, sum, 1)).hasMessage("got the mean 1.0, expected it in (0, 1)");
  }

  @Test
  void noValues_excludeNothing() {
    assertThat(ConfidenceSequence.betaBinomialMixture(0, 0, 0.05)).isEqualTo(Interval.ALL);
    assertThat(ConfidenceSequence.of(ExactStatistic.EMPTY)).isEqualTo(Interval.ALL);
  }

  @Test
  void statistic_ofOnesAndZeros_takesItsExactSum() {
    ExactStatistic statistic = ExactStatistic.EMPTY.add(1).add(0).add(1);
    assertThat(ConfidenceSequence.of(statistic)).isEqualTo(ConfidenceSequence.betaBinomialMixture(3, 2, 0.05));
  }

  @Test
  void argumentsOutOfRange_areRefused() {
    assertThatThrownBy(() -> ConfidenceSequence.betaBinomialMixture(3, 4, 0.05))
        .hasMessage("got n = 3 and sum = 4.0, expected n >= 0 and a sum in [0, n]: values must lie in [0, 1]");
    assertThatThrownBy(() -> ConfidenceSequence.betaBinomialMixture(3, Double.NaN, 0.05)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ConfidenceSequence.betaBinomialMixture(-1, 0, 0.05)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ConfidenceSequence.betaBinomialMixture(3, 1, 1)).hasMessage("got alpha = 1.0, expected it in (0, 1)");
  }

  private static double logMixture(long n, double sum, double m) {
    double misses = n - sum;
    return LogGamma.logBeta(0.5 + sum, 0.5 + misses)
        - LogGamma.logBeta(0.5, 0.5)
        - (sum == 0 ? 0 : sum * Math.log(m))
        - (misses == 0 ? 0 : misses * Math.log1p(-m));
  }
}
