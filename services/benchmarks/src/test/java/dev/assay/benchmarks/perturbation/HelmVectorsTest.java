package dev.assay.benchmarks.perturbation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.benchmarks.SharedData;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Against HELM's own functions (vectors/perturbations.json, match_case.json); equal to the byte. */
class HelmVectorsTest {
  @Test
  void everyPerturbationOfEveryCaseIsHelms() {
    WordLists lists = new WordLists(Optional.of(SharedData.lists()));
    JsonNode cases = SharedData.vector("perturbations.json").get("cases");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(87);
    Map<String, Perturbation> made = new HashMap<>();
    for (JsonNode each : cases) {
      HelmCase.of(each).verify(lists, made);
    }
  }

  @Test
  void caseIsMatchedAsHelmDoes() {
    JsonNode cases = SharedData.vector("match_case.json").get("cases");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(70);
    for (JsonNode each : cases) {
      String source = each.get(0).textValue();
      String target = each.get(1).textValue();
      assertThat(MatchCase.of(source, target)).as(source + " " + target).isEqualTo(each.get(2).textValue());
    }
  }
}
