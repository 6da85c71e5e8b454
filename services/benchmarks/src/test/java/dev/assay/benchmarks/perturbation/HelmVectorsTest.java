package dev.assay.benchmarks.perturbation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.benchmarks.SharedData;
import java.util.List;
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
    for (JsonNode each : cases) {
      Instance instance = new Instance(each.get("id").textValue(), each.get("text").textValue(), texts(each.get("refs")));
      for (Map.Entry<String, JsonNode> out : each.get("out").properties()) {
        Instance perturbed = Perturbations.of(out.getKey(), lists).apply(instance);
        JsonNode expected = out.getValue();
        String what = out.getKey() + " of " + instance.id();
        assertThat(perturbed.text()).as(what).isEqualTo(expected.get("text").textValue());
        List<String> references = expected.has("refs") ? texts(expected.get("refs")) : instance.references();
        assertThat(perturbed.references()).as(what).isEqualTo(references);
      }
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

  private static List<String> texts(JsonNode values) {
    return values.valueStream().map(JsonNode::textValue).toList();
  }
}
