package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Differences between models: McNemar's test, paired and clustered errors, corrections. */
class ComparisonTest {
  private static final JsonNode CASES = Vectors.OWN.cases("statistics.json");

  @Test
  void mcNemar_isStatsmodels() {
    assertThat(CASES.get("mcnemar")).hasSize(11);
    for (JsonNode given : CASES.get("mcnemar")) {
      double[] table = Vectors.doubles(given.get("table"));
      PairedOutcomes outcomes = new PairedOutcomes((long) table[0], (long) table[1], (long) table[2], (long) table[3]);
      assertThat(outcomes.exactPValue()).as("%s", outcomes).isCloseTo(given.get("exact").doubleValue(), within(1e-9));
      assertThat(outcomes.midPValue()).as("%s", outcomes).isCloseTo(given.get("mid").doubleValue(), within(1e-9));
    }
  }

  @Test
  void mcNemar_publishedExample() {
    // Fagerland, Lydersen, Laake 2013, table 2 (Bentur et al. 2009): 1, 1, 7, 12; exact 0.070, mid-p 0.039.
    PairedOutcomes outcomes = new PairedOutcomes(1, 1, 7, 12);
    assertThat(outcomes.exactPValue()).isCloseTo(0.070, within(5e-4));
    assertThat(outcomes.midPValue()).isCloseTo(0.039, within(5e-4));
    // Their "Recommended tests and confidence intervals for paired binomial proportions", Stat. Med. 33, 2014, table IV: Tango −0.517 to −0.026.
    assertThat(outcomes.interval().low()).isCloseTo(-0.517, within(5e-4));
    assertThat(outcomes.interval().high()).isCloseTo(-0.026, within(5e-4));
  }

  @Property(tries = 200)
  void pairedInterval_endsWhereTheScoreStatisticDoes(
      @ForAll @IntRange(max = 40) int both, @ForAll @IntRange(max = 40) int first, @ForAll @IntRange(max = 40) int second) {
    PairedOutcomes outcomes = new PairedOutcomes(both, first, second, 3);
    Interval interval = outcomes.interval();
    assertThat(interval.contains(outcomes.difference())).isTrue();
    double n = outcomes.prompts();
    for (double end : new double[] {interval.low(), interval.high()}) {
      if (Math.abs(end) < 1) {
        double secondShare = mostLikelySecondShare(outcomes, end);
        double variance = (2 * secondShare + end - end * end) / n;
        assertThat(Math.abs(outcomes.difference() - end) / Math.sqrt(variance)).isCloseTo(1.959963984540054, within(1e-4));
      }
    }
    PairedOutcomes swapped = new PairedOutcomes(both, second, first, 3);
    assertThat(swapped.interval().low()).isCloseTo(-interval.high(), within(1e-12));
  }

  /** By golden section on the multinomial likelihood under p(first only) − p(second only) = difference. */
  private static double mostLikelySecondShare(PairedOutcomes outcomes, double difference) {
    double low = Math.max(0, -difference);
    double high = (1 - difference) / 2;
    double ratio = (Math.sqrt(5) - 1) / 2;
    for (int i = 0; i < 200; i++) {
      double left = high - ratio * (high - low);
      double right = low + ratio * (high - low);
      if (logLikelihood(outcomes, left, difference) > logLikelihood(outcomes, right, difference)) {
        high = right;
      } else {
        low = left;
      }
    }
    return (low + high) / 2;
  }

  private static double logLikelihood(PairedOutcomes outcomes, double secondShare, double difference) {
    return times(outcomes.firstOnly(), secondShare + difference)
        + times(outcomes.secondOnly(), secondShare)
        + times(outcomes.both() + outcomes.neither(), 1 - 2 * secondShare - difference);
  }

  private static double times(long count, double share) {
    return count == 0 ? 0 : count * Math.log(share);
  }

  @Test
  void pairedDifference_isScipys() {
    assertThat(CASES.get("paired")).hasSize(6);
    for (JsonNode given : CASES.get("paired")) {
      double[] first = Vectors.doubles(given.get("first"));
      double[] second = Vectors.doubles(given.get("second"));
      PairedDifference difference = PairedDifference.EMPTY;
      for (int i = 0; i < first.length; i++) {
        difference = difference.merge(PairedDifference.of(first[i], second[i]));
      }
      Interval interval = difference.interval(0.05).orElseThrow();
      assertThat(difference.pValue().orElseThrow()).isCloseTo(given.get("p").doubleValue(), within(1e-9));
      assertThat(interval.low()).isCloseTo(Math.max(-1, given.get("low").doubleValue()), within(1e-9));
      assertThat(interval.high()).isCloseTo(Math.min(1, given.get("high").doubleValue()), within(1e-9));
      assertThat(difference.confidenceSequence(0.05).contains(difference.mean())).isTrue();
      PairedDifference one = PairedDifference.of(first[0], second[0]);
      assertThat(difference.merge(one).subtract(one)).isEqualTo(difference);
    }
  }

  @Test
  void fewPrompts_haveNoOrdinaryInterval() {
    assertThat(PairedDifference.of(1, 0).interval(0.05)).isEmpty();
    assertThat(PairedDifference.of(1, 0).pValue()).isEmpty();
    assertThat(PairedDifference.EMPTY.anytimePValue()).isEqualTo(1);
    assertThat(PairedDifference.EMPTY.confidenceSequence(0.05)).isEqualTo(Interval.ALL_DIFFERENCES);
    assertThat(PairedOutcomes.EMPTY.interval()).isEqualTo(Interval.ALL_DIFFERENCES);
    assertThat(PairedOutcomes.EMPTY.confidenceSequence(0.05)).isEqualTo(Interval.ALL_DIFFERENCES);
    assertThat(PairedOutcomes.EMPTY.anytimePValue()).isEqualTo(1);
    PairedDifference equal = PairedDifference.of(0.25, 0.25).merge(PairedDifference.of(1, 1));
    assertThat(equal.pValue()).hasValue(1);
    assertThatThrownBy(() -> PairedDifference.of(2, 0)).hasMessageContaining("expected both in [0, 1]");
    assertThatThrownBy(() -> PairedOutcomes.of(true, true).subtract(PairedOutcomes.of(true, false))).hasMessageContaining("counts of 0 or more");
  }

  @Test
  void clusteredError_isStatsmodels() {
    assertThat(CASES.get("clustered")).hasSize(10);
    for (JsonNode given : CASES.get("clustered")) {
      List<ExactStatistic> clusters = new ArrayList<>();
      given.get("clusters").forEach(cluster -> clusters.add(statistic(Vectors.doubles(cluster))));
      ClusteredError error = ClusteredError.of(clusters);
      assertThat(error.mean()).isCloseTo(given.get("mean").doubleValue(), within(1e-9));
      assertThat(error.clustered().orElseThrow()).isCloseTo(given.get("stderr").doubleValue(), within(1e-9));
      assertThat(error.interval().orElseThrow().low()).isCloseTo(Math.max(0, given.get("low").doubleValue()), within(1e-9));
      assertThat(error.interval().orElseThrow().high()).isCloseTo(Math.min(1, given.get("high").doubleValue()), within(1e-9));
      assertThat(ClusteredError.of(clusters.reversed())).isEqualTo(error);
    }
  }

  @Test
  void clusteredError_saysWhyItDiffers() {
    ClusteredError apart = ClusteredError.of(List.of(statistic(1, 1, 1, 1), statistic(0, 0, 0, 0), statistic(1, 1, 1, 0)));
    assertThat(apart.designEffect().orElseThrow()).isGreaterThan(1);
    assertThat(apart.explanation()).matches(
        "standard error 0\\.\\d{4} by task, 0\\.\\d{4} if all prompts were independent: prompts of one task rise and fall together, so that these 12"
            + " tell as much as \\d independent ones would");
    ClusteredError alike = ClusteredError.of(List.of(statistic(1, 0), statistic(0, 1), statistic(1, 0)));
    assertThat(alike.explanation()).contains("no more than chance");
    assertThat(ClusteredError.of(List.of(statistic(1, 0), ExactStatistic.EMPTY)).explanation()).contains("all values are of one task");
    assertThat(ClusteredError.of(List.of(statistic(1, 1), statistic(1))).explanation()).contains("all values are equal");
    assertThat(ClusteredError.of(List.of()).clustered()).isEmpty();
  }

  @Test
  void holm_isStatsmodels() {
    assertThat(CASES.get("holm")).hasSize(4);
    for (JsonNode given : CASES.get("holm")) {
      List<Double> corrected = MultipleComparisons.holm(Arrays.stream(Vectors.doubles(given.get("p"))).boxed().toList());
      double[] expected = Vectors.doubles(given.get("holm"));
      for (int i = 0; i < expected.length; i++) {
        assertThat(corrected.get(i)).isCloseTo(expected[i], within(1e-12));
      }
    }
    assertThat(MultipleComparisons.holm(List.of())).isEmpty();
    assertThat(MultipleComparisons.explanation(28)).contains("28 comparisons").contains("Holm");
    assertThatThrownBy(() -> MultipleComparisons.holm(List.of(Double.NaN))).hasMessageContaining("got the p-value NaN");
  }

  @Test
  void studentsT_isScipys() {
    for (JsonNode given : CASES.get("student")) {
      double degrees = given.get("degrees").doubleValue();
      assertThat(StudentT.twoSided(given.get("t").doubleValue(), degrees)).isCloseTo(given.get("p").doubleValue(), within(1e-10));
      assertThat(StudentT.quantile(0.05, degrees)).isCloseTo(given.get("quantile").doubleValue(), within(1e-9));
    }
  }

  /** Two equal models, looked at after every prompt: the ordinary test cries wolf, the others keep their word. */
  @Test
  void equalModels_lookedAtAfterEveryPrompt_areRarelyCalledDifferent() {
    Random random = new Random(20_231_208);
    int runs = 1_000;
    int byOutcomes = 0;
    int byDifferences = 0;
    int outside = 0;
    int byMcNemar = 0;
    for (int run = 0; run < runs; run++) {
      PairedOutcomes outcomes = PairedOutcomes.EMPTY;
      PairedDifference differences = PairedDifference.EMPTY;
      boolean outcomesDiffer = false;
      boolean differencesDiffer = false;
      boolean intervalMisses = false;
      boolean mcNemarDiffers = false;
      for (int prompt = 1; prompt <= 300; prompt++) {
        boolean hard = random.nextBoolean();
        boolean first = random.nextDouble() < (hard ? 0.2 : 0.9);
        boolean second = random.nextDouble() < (hard ? 0.2 : 0.9);
        outcomes = outcomes.merge(PairedOutcomes.of(first, second));
        differences = differences.merge(PairedDifference.of(first ? 0.8 : 0.3, second ? 0.8 : 0.3));
        outcomesDiffer |= outcomes.anytimePValue() <= 0.05;
        differencesDiffer |= differences.anytimePValue() <= 0.05;
        mcNemarDiffers |= outcomes.midPValue() <= 0.05;
        intervalMisses |= prompt % 10 == 0 && !outcomes.confidenceSequence(0.05).contains(0);
      }
      byOutcomes += outcomesDiffer ? 1 : 0;
      byDifferences += differencesDiffer ? 1 : 0;
      outside += intervalMisses ? 1 : 0;
      byMcNemar += mcNemarDiffers ? 1 : 0;
    }
    assertThat(byOutcomes).isBetween(1, runs / 20);
    assertThat(byDifferences).isLessThanOrEqualTo(runs / 20);
    assertThat(outside).isLessThanOrEqualTo(runs / 20);
    assertThat(byMcNemar).isGreaterThan(runs / 7);
  }

  private static ExactStatistic statistic(double... values) {
    return Arrays.stream(values).mapToObj(ExactStatistic::of).reduce(ExactStatistic.EMPTY, ExactStatistic::merge);
  }
}
