package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.topology.scoring.Harness.Length;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HarnessTest {
  @ParameterizedTest
  @EnumSource
  void everyValue_isTheHarnesses(Vectors vectors) {
    JsonNode cases = vectors.cases("lm_eval.json");
    assertThat(List.of("mean_stderr", "pooled", "aggregate", "mc2", "mc")).allSatisfy(kind -> assertThat(cases.get(kind)).hasSizeGreaterThanOrEqualTo(12));
    for (JsonNode given : cases.get("mean_stderr")) {
      ExactStatistic statistic =
          Arrays.stream(Vectors.doubles(given.get("x"))).mapToObj(ExactStatistic::of).reduce(ExactStatistic.EMPTY, ExactStatistic::merge);
      double error = statistic.standardError().orElseThrow();
      assertClose(statistic.mean(), given.get("mean"));
      assertClose(error, given.get("stderr"));
      assertClose(error * Math.sqrt((double) statistic.count()), given.get("stddev"));
    }
    for (JsonNode given : cases.get("pooled")) {
      assertClose(Harness.pooledStandardError(Vectors.doubles(given.get("stderrs")), sizes(given)), given.get("out"));
    }
    for (JsonNode given : cases.get("aggregate")) {
      double[] metrics = Vectors.doubles(given.get("metrics"));
      assertClose(Harness.groupMean(metrics, sizes(given), true), given.get("weighted"));
      assertClose(Harness.groupMean(metrics, sizes(given), false), given.get("unweighted"));
    }
    for (JsonNode given : cases.get("mc2")) {
      assertClose(Harness.truthfulShare(Vectors.doubles(given.get("ll")), Vectors.flags(given.get("labels"))), given.get("acc"));
    }
    for (JsonNode given : cases.get("mc")) {
      double[] logLikelihoods = Vectors.doubles(given.get("ll"));
      List<String> choices = Vectors.strings(given.get("choices"));
      assertThat(Harness.choice(logLikelihoods, choices, Length.NONE)).isEqualTo(given.get("pred").intValue());
      assertThat(Harness.choice(logLikelihoods, choices, Length.CHARACTERS)).isEqualTo(given.get("pred_norm").intValue());
      assertThat(Harness.choice(logLikelihoods, choices, Length.BYTES)).isEqualTo(given.get("pred_bytes").intValue());
    }
  }

  @Test
  void unusableArguments_areRefused() {
    assertThatThrownBy(() -> Harness.choice(new double[2], List.of("a"), Length.NONE)).hasMessageContaining("2 log-likelihoods of 1 choices");
    assertThatThrownBy(() -> Harness.truthfulShare(new double[0], new boolean[0])).hasMessageContaining("at least one");
    assertThatThrownBy(() -> Harness.groupMean(new double[1], new long[] {0}, true)).hasMessage("got a task of 0 values, expected at least 1");
    assertThatThrownBy(() -> Harness.groupMean(new double[1], new long[2], true)).hasMessageContaining("1 values of 2 tasks");
    assertThatThrownBy(() -> Harness.pooledStandardError(new double[2], new long[] {1, 1})).hasMessageContaining("at least two values of one");
  }

  private static long[] sizes(JsonNode given) {
    return Arrays.stream(Vectors.doubles(given.get("sizes"))).mapToLong(size -> (long) size).toArray();
  }

  private static void assertClose(double value, JsonNode expected) {
    assertThat(value).isCloseTo(expected.doubleValue(), within(1e-9));
  }
}
