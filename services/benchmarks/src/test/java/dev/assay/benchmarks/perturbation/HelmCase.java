package dev.assay.benchmarks.perturbation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An instance and what HELM made of it.
 *
 * @param out by the name of the perturbation
 */
record HelmCase(Instance instance, JsonNode copy, Map<String, Instance> out) {
  /** Reads {@code {"id", "text", "refs", "out": {name: {"text", "refs"}}}}; refs that are missing in out are unchanged. */
  static HelmCase of(JsonNode node) {
    Instance instance = new Instance(node.get("id").textValue(), node.get("text").textValue(), texts(node.get("refs")));
    Map<String, Instance> out = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.get("out").properties()) {
      JsonNode made = entry.getValue();
      List<String> references = made.has("refs") ? texts(made.get("refs")) : instance.references();
      out.put(entry.getKey(), new Instance(instance.id(), made.get("text").textValue(), references));
    }
    return new HelmCase(instance, node.path("copy"), out);
  }

  /**
   * Compares every perturbation of the instance with HELM's.
   *
   * @param made the perturbations made for earlier cases, by name and copy, because some read long lists
   */
  void verify(WordLists lists, Map<String, Perturbation> made) {
    out.forEach(
        (name, expected) -> {
          Perturbation perturbation =
              made.computeIfAbsent(
                  name + " " + copy, _ -> copy.isNumber() ? Perturbations.ofCopy(name, lists, copy.longValue()) : Perturbations.of(name, lists));
          assertThat(perturbation.apply(instance)).as(name + " of " + instance.id()).isEqualTo(expected);
        });
  }

  static List<String> texts(JsonNode values) {
    return values.valueStream().map(JsonNode::textValue).toList();
  }
}
