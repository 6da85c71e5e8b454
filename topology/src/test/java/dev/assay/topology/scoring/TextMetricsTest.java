package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.records.TextGold;
import dev.assay.records.TextVerdict;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TextMetricsTest {
  @ParameterizedTest
  @EnumSource
  void everyMetric_givesHelmsValue(Vectors vectors) {
    JsonNode cases = vectors.cases("text_metrics.json");
    assertThat(cases).hasSize(vectors == Vectors.SHARED ? 435 : 130);
    for (JsonNode given : cases) {
      String gold = given.get("gold").textValue();
      String prediction = given.get("pred").textValue();
      assertThat(TextMetrics.normalize(gold)).isEqualTo(given.get("norm_gold").textValue());
      assertThat(TextMetrics.normalize(prediction)).isEqualTo(given.get("norm_pred").textValue());
      assertThat(given.get("out")).hasSize(11);
      for (Map.Entry<String, JsonNode> expected : given.get("out").properties()) {
        assertThat(TextMetrics.byName(expected.getKey()).score(gold, prediction))
            .as("%s of gold %s and prediction %s", expected.getKey(), gold, prediction)
            .isCloseTo(expected.getValue().doubleValue(), within(1e-9));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void gsm8k_givesTheHarnessesAnswersAndValues(Vectors vectors) {
    JsonNode cases = vectors.cases("lm_eval.json").get("gsm8k");
    assertThat(cases).hasSize(vectors == Vectors.SHARED ? 238 : 60);
    for (JsonNode given : cases) {
      String gold = given.get("gold").textValue();
      String prediction = given.get("pred").textValue();
      assertThat(Gsm8kAnswer.strict(prediction)).isEqualTo(given.get("strict").textValue());
      assertThat(Gsm8kAnswer.flexible(prediction)).isEqualTo(given.get("flexible").textValue());
      assertThat(TextMetrics.byName("gsm8k_strict_match").score(gold, prediction))
          .as("strict match of %s with %s", prediction, gold)
          .isEqualTo(given.get("strict_em").doubleValue());
      assertThat(TextMetrics.byName("gsm8k_flexible_extract").score(gold, prediction))
          .as("flexible extract of %s with %s", prediction, gold)
          .isEqualTo(given.get("flexible_em").doubleValue());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "final_number_exact_match, 7:30, it is 7:30, 1",
    "final_number_exact_match, 12 34, 34, 0",
    "final_number_exact_match, 1000, about 1000, 1",
    "final_number_exact_match, none, none, 0",
    "exact_match_indicator, The answer is 18., So it is 18., 1",
    "exact_match_indicator, The answer is 18., So it is 18, 0",
    "prefix_exact_match, '', anything, 1",
    "prefix_exact_match, '', '', 0",
    "quasi_exact_match, The state-of-the-art, stateoftheart, 1",
    "quasi_leave_articles_exact_match, The end, end, 0",
    "f1_score, b b c, b, 0.6666666666666666",
    "rouge_l, the cat sat on the mat, the cat on a mat, 0.7272727272727273",
  })
  void metric_ofShortTexts(String name, String gold, String prediction, double expected) {
    assertThat(TextMetrics.byName(name).score(gold, prediction)).isCloseTo(expected, within(1e-15));
  }

  @Test
  void articles_areWholeWordsInPythonsSense() {
    // A digit beyond the basic plane and a superscript are word characters, a combining accent is none.
    assertThat(TextMetrics.normalize("\ud835\udfd8a a\u00b2 An1 a\u0301 THE-n (a) an"))
        .isEqualTo("\ud835\udfd8a a\u00b2 an1 \u0301 then");
  }

  @Property(tries = 300)
  void everyMetric_isAShare_andNeverFails(@ForAll String gold, @ForAll String prediction) {
    for (String name : TextMetrics.names()) {
      assertThat(TextMetrics.byName(name).score(gold, prediction)).as(name).isBetween(0.0, 1.0);
    }
  }

  @Test
  void longTexts_takeLinearTime() {
    String digits = "1".repeat(1_000_000);
    String letters = "y".repeat(1_000_000);
    for (String name : TextMetrics.names()) {
      assertThat(TextMetrics.byName(name).score(digits + " " + letters, letters + " " + digits)).as(name).isBetween(0.0, 1.0);
    }
    assertThat(TaskTyping.of(null, digits).rule()).isEqualTo("none");
  }

  @Test
  void unknownMetric_isRefusedWithAllNames() {
    assertThatThrownBy(() -> TextMetrics.byName("rouge_3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "got the metric 'rouge_3', expected one of exact_match, quasi_exact_match, quasi_leave_articles_exact_match,"
                + " prefix_exact_match, quasi_prefix_exact_match, f1_score, exact_match_indicator, final_number_exact_match,"
                + " rouge_1, rouge_2, rouge_l, gsm8k_strict_match, gsm8k_flexible_extract");
  }

  @Test
  void scorer_takesTheBestReferenceAndStrips() {
    TextVerdict verdict =
        TextScorer.score(new TextGold(List.of("no", "it is 18"), List.of("exact_match", "exact_match_indicator", "f1_score")), " 18 \n");
    assertThat(verdict.getText()).isEqualTo(" 18 \n");
    assertThat(verdict.getReferences()).containsExactly("no", "it is 18");
    assertThat(verdict.getScores()).isEqualTo(Map.of("exact_match", 0.0, "exact_match_indicator", 1.0, "f1_score", 0.5));
  }

  @Test
  void scorer_withoutReferences_isRefused() {
    assertThatThrownBy(() -> TextScorer.score(new TextGold(List.of(), List.of("f1_score")), "x"))
        .hasMessage("got no reference, expected at least one");
  }
}
