package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.topology.scoring.WorstCase.Copy;
import dev.assay.topology.scoring.WorstCase.Over;
import dev.assay.topology.scoring.WorstCase.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WorstCaseTest {
  @ParameterizedTest
  @EnumSource
  void everyTable_isHelms(Vectors vectors) {
    JsonNode cases = vectors.cases("worst_case.json");
    assertThat(cases).hasSize(vectors == Vectors.SHARED ? 60 : 12);
    for (JsonNode given : cases) {
      Map<String, List<Copy>> instances = new LinkedHashMap<>();
      for (JsonNode item : given.get("items")) {
        instances
            .computeIfAbsent(item.get("id").textValue(), _ -> new ArrayList<>())
            .add(
                new Copy(
                    item.get("perturbation").textValue(),
                    item.get("robustness").booleanValue(),
                    item.get("fairness").booleanValue(),
                    item.get("value").doubleValue()));
      }
      Map<Row, ExactStatistic> table = WorstCase.of(instances.values());
      assertThat(table).hasSameSizeAs(given.get("out"));
      for (JsonNode expected : given.get("out")) {
        Row row = new Row(expected.get("perturbation").textValue(), Over.valueOf(expected.get("computed_on").textValue().toUpperCase(Locale.ROOT)));
        assertThat(table.get(row).count()).isEqualTo(expected.get("count").longValue());
        assertThat(table.get(row).sum()).as("%s", row).isCloseTo(expected.get("sum").doubleValue(), within(1e-9));
        assertThat(table.get(row).mean()).as("%s", row).isCloseTo(expected.get("mean").doubleValue(), within(1e-9));
      }
    }
  }

  @Test
  void laterCopy_replacesWhatItsInstanceAdded() {
    List<Copy> before = List.of(Copy.original(0.5));
    List<Copy> after = List.of(Copy.original(0.5), new Copy("typos", true, false, 0.25));
    Map<Row, ExactStatistic> table = new LinkedHashMap<>(WorstCase.of(List.of(List.of(Copy.original(1)), before)));
    WorstCase.ofInstance(before).forEach((row, value) -> table.merge(row, ExactStatistic.of(value), ExactStatistic::subtract));
    WorstCase.ofInstance(after).forEach((row, value) -> table.merge(row, ExactStatistic.of(value), ExactStatistic::merge));
    assertThat(table).isEqualTo(WorstCase.of(List.of(List.of(Copy.original(1)), after)));
    assertThat(table.get(new Row(WorstCase.ROBUSTNESS, Over.WORST)).mean()).isEqualTo(0.625);
  }

  @Test
  void samePerturbationTwice_isRefused() {
    assertThatThrownBy(() -> WorstCase.ofInstance(List.of(Copy.original(1), Copy.original(1)))).hasMessageContaining("each perturbation once");
    assertThatThrownBy(() -> WorstCase.ofInstance(List.of(new Copy("fairness", false, true, 1)))).hasMessageContaining("none named robustness");
  }
}
