package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What an {@code adapter_config.json} of PEFT says of a LoRA adapter (Hu et al., 2021): which modules it changes, and with which rank and
 * factor. Patterns mean what {@code peft.tuners.tuners_utils} makes of them.
 */
final class AdapterConfig {
  private static final String ALL_LINEAR = "all-linear";

  /** What would change the result and is not computed here, each with the value that switches it off. */
  private static final Map<String, List<String>> UNSUPPORTED =
      Map.ofEntries(
          Map.entry("fan_in_fan_out", List.of("false", "null")),
          Map.entry("use_dora", List.of("false", "null")),
          Map.entry("use_qalora", List.of("false", "null")),
          Map.entry("use_bdlora", List.of("false", "null")),
          Map.entry("lora_bias", List.of("false", "null")),
          Map.entry("bias", List.of("\"none\"", "null")),
          Map.entry("modules_to_save", List.of("null", "[]")),
          Map.entry("trainable_token_indices", List.of("null", "[]", "{}")),
          Map.entry("target_parameters", List.of("null", "[]")),
          Map.entry("layer_replication", List.of("null", "[]")),
          Map.entry("alora_invocation_tokens", List.of("null", "[]")),
          Map.entry("arrow_config", List.of("null", "{}")),
          Map.entry("kasa_config", List.of("null", "{}")),
          Map.entry("megatron_config", List.of("null", "{}")),
          Map.entry("monteclora_config", List.of("null", "{}")),
          Map.entry("velora_config", List.of("null", "{}")));

  private final Path file;
  private final JsonNode config;
  private final int rank;
  private final double alpha;
  private final Map<Pattern, JsonNode> ranks;
  private final Map<Pattern, JsonNode> alphas;

  /**
   * Checks what can be checked without the model.
   *
   * @param file for messages
   * @throws ModelFileException when it is no LoRA adapter, or has what is not supported
   */
  AdapterConfig(Path file, JsonNode config) {
    this.file = file;
    this.config = config;
    String type = config.path("peft_type").asText("none");
    if (!type.equals("LORA")) {
      throw new ModelFileException("%s: the adapter's peft_type is %s, expected LORA".formatted(file, type));
    }
    UNSUPPORTED.forEach(
        (name, off) -> {
          JsonNode value = config.path(name);
          if (!value.isMissingNode() && !off.contains(value.toString())) {
            throw new ModelFileException("%s: %s is %s, which is not supported; expected %s".formatted(file, name, value, off.getFirst()));
          }
        });
    JsonNode targets = config.path("target_modules");
    if (!targets.isTextual() && !targets.isArray()) {
      throw new ModelFileException("%s: target_modules is %s, expected a list of names or a pattern".formatted(file, targets));
    }
    this.rank = config.path("r").asInt(0);
    this.alpha = config.path("lora_alpha").asDouble(Double.NaN);
    this.ranks = patterns("rank_pattern");
    this.alphas = patterns("alpha_pattern");
    if (!Double.isFinite(alpha)) {
      throw new ModelFileException("%s: lora_alpha is %s, expected a number".formatted(file, config.path("lora_alpha")));
    }
  }

  /** Whether it changes a module of a layer. */
  boolean targets(String module, int layer) {
    JsonNode targets = config.path("target_modules");
    if (names(config.path("exclude_modules"), module)) {
      return false;
    }
    if (targets.isTextual()) {
      return targets.asText().equals(ALL_LINEAR) || names(targets, module);
    }
    JsonNode layers = config.path("layers_to_transform");
    boolean layerMeant = !layers.isInt() && layers.isEmpty();
    for (JsonNode one : layers) {
      layerMeant |= one.asInt(-1) == layer;
    }
    return (layerMeant || layers.asInt(-1) == layer) && names(targets, module);
  }

  /** The rank of a module's update, 1 or more. */
  int rank(String module) {
    int found = ranks.entrySet().stream().filter(one -> matches(one, module)).findFirst().map(one -> one.getValue().asInt(0)).orElse(rank);
    if (found < 1) {
      throw new ModelFileException("%s: the rank of %s is %d, expected at least 1".formatted(file, module, found));
    }
    return found;
  }

  /** The factor of a module's update. */
  double scale(String module) {
    double found =
        alphas.entrySet().stream().filter(one -> matches(one, module)).findFirst().map(one -> one.getValue().asDouble()).orElse(alpha);
    int r = rank(module);
    // Rank-stabilised scaling (Kalajdzievski, 2023) divides by the root.
    return found / (config.path("use_rslora").asBoolean() ? Math.sqrt(r) : r);
  }

  private static boolean matches(Map.Entry<Pattern, JsonNode> one, String module) {
    return one.getKey().matcher(module).matches();
  }

  /** Whether a pattern matches the whole of a module's name, or one of several names is its end. */
  private boolean names(JsonNode wanted, String module) {
    if (wanted.isTextual()) {
      return pattern(wanted.asText()).matcher(module).matches();
    }
    for (JsonNode name : wanted) {
      if (module.equals(name.asText()) || module.endsWith("." + name.asText())) {
        return true;
      }
    }
    return false;
  }

  private Map<Pattern, JsonNode> patterns(String name) {
    Map<Pattern, JsonNode> patterns = new LinkedHashMap<>();
    config.path(name).properties().forEach(entry -> patterns.put(pattern("(.*\\.)?(" + entry.getKey() + ")"), entry.getValue()));
    return patterns;
  }

  private Pattern pattern(String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new ModelFileException("%s: %s is no pattern: %s".formatted(file, text, e.getDescription()), e);
    }
  }

  /** The targets as the file has them, for messages. */
  List<String> targets() {
    List<String> targets = new ArrayList<>();
    JsonNode given = config.path("target_modules");
    if (given.isTextual()) {
      targets.add(given.asText());
    }
    given.forEach(one -> targets.add(one.asText()));
    return targets;
  }
}
