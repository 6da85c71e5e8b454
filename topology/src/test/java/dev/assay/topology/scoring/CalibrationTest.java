package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CalibrationTest {
  @ParameterizedTest
  @EnumSource
  void everyMetric_givesHelmsValue(Vectors vectors) {
    JsonNode cases = vectors.cases("calibration.json");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(20);
    for (int i = 0; i < cases.size(); i++) {
      JsonNode given = cases.get(i);
      Map<String, Double> metrics =
          Calibration.of(Vectors.doubles(given.get("max_prob")), Vectors.flags(given.get("correct"))).metrics();
      assertThat(metrics).as("case %d", i).hasSameSizeAs(given.get("out"));
      for (Map.Entry<String, JsonNode> expected : given.get("out").properties()) {
        assertThat(metrics.get(expected.getKey()))
            .as("%s of case %d", expected.getKey(), i)
            .isCloseTo(expected.getValue().doubleValue(), within(1e-9));
      }
    }
  }

  @Test
  void order_isNumpys() {
    JsonNode cases = Vectors.OWN.cases("argsort.json");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(10);
    for (JsonNode given : cases) {
      int[] order = NumpyOrder.ascending(Vectors.doubles(given.get("values")));
      assertThat(order).isEqualTo(given.get("order").valueStream().mapToInt(JsonNode::intValue).toArray());
    }
  }

  @Test
  void unusableAnswers_areRefused() {
    assertThatThrownBy(() -> Calibration.of(new double[0], new boolean[0])).hasMessageContaining("at least one");
    assertThatThrownBy(() -> Calibration.of(new double[] {0.5}, new boolean[2])).hasMessageContaining("1 confidences of 2 answers");
    assertThatThrownBy(() -> Calibration.of(new double[] {1.5}, new boolean[1])).hasMessage("answer 0 has the confidence 1.5, expected 0 to 1");
    assertThatThrownBy(() -> Calibration.of(new double[] {Double.NaN}, new boolean[1])).hasMessageContaining("NaN");
  }
}
