package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.assay.inference.llm.weights.Architecture.Activation;
import dev.assay.inference.llm.weights.Architecture.Attention;
import dev.assay.inference.llm.weights.Architecture.Norm;
import dev.assay.inference.llm.weights.Architecture.Rope;
import dev.assay.inference.llm.weights.Architecture.Scaling;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Reads an architecture out of a {@code config.json}: names, defaults and meanings are those of the configuration classes of transformers
 * 4 and 5.
 *
 * @param tensors the names of the model's tensors, which tell what biases it has
 */
record HuggingFaceConfig(Path file, JsonNode config, HuggingFaceFamily family, Set<String> tensors) {
  private static final double DEFAULT_THETA = 10000;

  Architecture architecture() {
    refuseWhatIsNotDone();
    int hidden = required("hidden_size");
    int heads = required("num_attention_heads");
    int layers = required("num_hidden_layers");
    boolean neox = family == HuggingFaceFamily.GPT_NEOX;
    boolean gemma = family == HuggingFaceFamily.GEMMA3;
    int headDim = integer("head_dim").orElse(gemma ? 256 : hidden / Math.max(1, heads));
    return new Architecture(
        layers,
        hidden,
        heads,
        integer("num_key_value_heads").orElse(heads),
        headDim,
        required("intermediate_size"),
        required("vocab_size"),
        context(),
        neox ? Norm.LAYER : Norm.RMS,
        neox ? number(config, "layer_norm_eps").orElse(1e-5) : number(config, "rms_norm_eps").orElse(1e-6),
        activation(),
        neox && config.path("use_parallel_residual").asBoolean(true),
        attention(layers, headDim),
        1 / Math.sqrt(gemma ? number(config, "query_pre_attn_scalar").orElse(256.0) : headDim),
        gemma ? (float) Math.sqrt(hidden) : 1,
        parts());
  }

  private void refuseWhatIsNotDone() {
    for (String cap : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
      if (config.path(cap).isNumber()) {
        throw new ModelFileException(file + ": " + cap + " is not supported, expected none");
      }
    }
    if (config.path("use_bidirectional_attention").asBoolean(false)) {
      throw new ModelFileException(file + ": use_bidirectional_attention is not supported, expected attention to what came before");
    }
  }

  /**
   * The window in which what is computed does not depend on how long a text is: dynamic and LongRoPE scalings turn all keys anew in texts
   * longer than the original context, so that no prefix could be shared between two of them.
   */
  private int context() {
    int declared = required("max_position_embeddings");
    return scalingType(parameters("full_attention")).equals("longrope") ? Math.min(declared, originalContext()) : declared;
  }

  private int originalContext() {
    JsonNode parameters = parameters("full_attention");
    return integer("original_max_position_embeddings")
        .orElseGet(() -> parameters.path("original_max_position_embeddings").asInt(required("max_position_embeddings")));
  }

  private Activation activation() {
    String name = config.path("hidden_activation").asText(config.path("hidden_act").asText("silu"));
    return switch (name) {
      case "silu", "swish" -> Activation.SILU;
      case "gelu" -> Activation.GELU;
      case "gelu_pytorch_tanh", "gelu_new" -> Activation.GELU_TANH;
      default -> throw new ModelFileException(
          file + ": the activation " + name + " is not supported, expected silu, gelu, gelu_pytorch_tanh or gelu_new");
    };
  }

  private List<Attention> attention(int layers, int headDim) {
    Rope global = rope(parameters("full_attention"), headDim);
    Rope local = family == HuggingFaceFamily.GEMMA3 ? rope(localParameters(), headDim) : global;
    OptionalInt window = integer("sliding_window");
    List<Attention> all = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      boolean windowed = window.isPresent() && windowed(layer);
      all.add(new Attention(windowed ? window : OptionalInt.empty(), windowed ? local : global));
    }
    return all;
  }

  private boolean windowed(int layer) {
    JsonNode types = config.path("layer_types");
    return switch (family) {
      case LLAMA, GPT_NEOX -> false;
      case MISTRAL, PHI3 -> true;
      case QWEN2, QWEN3 ->
          config.path("use_sliding_window").asBoolean(false)
              && (types.isArray() ? sliding(types, layer) : layer >= integer("max_window_layers").orElse(28));
      case GEMMA3 ->
          types.isArray()
              ? sliding(types, layer)
              : (layer + 1) % integer("sliding_window_pattern").orElse(integer("_sliding_window_pattern").orElse(6)) != 0;
    };
  }

  private boolean sliding(JsonNode types, int layer) {
    String type = types.path(layer).asText("none");
    return switch (type) {
      case "sliding_attention" -> true;
      case "full_attention" -> false;
      default -> throw new ModelFileException(
          "%s: layer_types has %s for layer %d, expected sliding_attention or full_attention".formatted(file, type, layer));
    };
  }

  /** Old configurations hold {@code rope_scaling}, those since transformers 5 {@code rope_parameters}, Gemma's one a kind of layer. */
  private JsonNode parameters(String kind) {
    JsonNode parameters = config.path("rope_parameters");
    if (parameters.path(kind).isObject()) {
      return parameters.path(kind);
    }
    return parameters.isObject() ? parameters : config.path("rope_scaling");
  }

  private JsonNode localParameters() {
    JsonNode parameters = config.path("rope_parameters").path("sliding_attention");
    return parameters.isObject()
        ? parameters
        : JsonNodeFactory.instance.objectNode().put("rope_theta", number(config, "rope_local_base_freq").orElse(DEFAULT_THETA));
  }

  private static String scalingType(JsonNode parameters) {
    String type = parameters.path("rope_type").asText(parameters.path("type").asText("default"));
    return type.equals("su") ? "longrope" : type;
  }

  private Rope rope(JsonNode parameters, int headDim) {
    double theta =
        number(parameters, "rope_theta")
            .or(() -> number(config, "rope_theta"))
            .or(() -> number(config, "rotary_emb_base"))
            .orElse(family == HuggingFaceFamily.GEMMA3 ? 1e6 : DEFAULT_THETA);
    double share =
        number(parameters, "partial_rotary_factor")
            .or(() -> number(config, "partial_rotary_factor"))
            .or(() -> number(config, "rotary_pct"))
            .orElse(family == HuggingFaceFamily.GPT_NEOX ? 0.25 : 1.0);
    return new Rope(theta, (int) (headDim * share), scaling(parameters));
  }

  private Optional<Scaling> scaling(JsonNode parameters) {
    String type = scalingType(parameters);
    return switch (type) {
      // A dynamic scaling changes nothing within max_position_embeddings, which is the window.
      case "default", "dynamic" -> Optional.empty();
      case "linear" -> Optional.of(new Architecture.LinearScaling(scalingNumber(parameters, "factor")));
      case "llama3" -> Optional.of(
          new Architecture.Llama3Scaling(
              scalingNumber(parameters, "factor"),
              scalingNumber(parameters, "low_freq_factor"),
              scalingNumber(parameters, "high_freq_factor"),
              scalingNumber(parameters, "original_max_position_embeddings")));
      case "yarn" -> Optional.of(yarn(parameters));
      case "longrope" -> Optional.of(longRope(parameters));
      default -> throw new ModelFileException(
          file + ": the rope scaling " + type + " is not supported, expected default, linear, dynamic, yarn, longrope or llama3");
    };
  }

  private Scaling yarn(JsonNode parameters) {
    double factor = scalingNumber(parameters, "factor");
    double m = number(parameters, "mscale").orElse(0.0);
    double mAll = number(parameters, "mscale_all_dim").orElse(0.0);
    double amplitude =
        m != 0 && mAll != 0
            ? Architecture.YarnScaling.amplitude(factor, m) / Architecture.YarnScaling.amplitude(factor, mAll)
            : Architecture.YarnScaling.amplitude(factor, 1);
    return new Architecture.YarnScaling(
        factor,
        number(parameters, "original_max_position_embeddings").orElse((double) required("max_position_embeddings")),
        number(parameters, "beta_fast").orElse(32.0),
        number(parameters, "beta_slow").orElse(1.0),
        parameters.path("truncate").asBoolean(true),
        number(parameters, "attention_factor").orElse(amplitude));
  }

  private Scaling longRope(JsonNode parameters) {
    List<Float> factors = new ArrayList<>();
    parameters.path("short_factor").forEach(factor -> factors.add((float) factor.asDouble()));
    if (factors.isEmpty()) {
      throw new ModelFileException(file + ": the rope scaling lacks short_factor");
    }
    double original = originalContext();
    double stretch = number(parameters, "factor").orElse(required("max_position_embeddings") / original);
    return new Architecture.TableScaling(
        factors,
        number(parameters, "attention_factor").orElse(Architecture.TableScaling.longRopeAmplitude(stretch, original)));
  }

  private Set<Part> parts() {
    Set<Part> parts = EnumSet.of(Part.EMBEDDING, Part.OUTPUT_NORM, Part.ATTENTION_NORM, Part.QUERY, Part.KEY, Part.VALUE);
    parts.addAll(EnumSet.of(Part.ATTENTION_OUTPUT, Part.FEED_NORM, Part.UP, Part.DOWN));
    JsonNode tie = config.path("tie_word_embeddings");
    boolean neox = family == HuggingFaceFamily.GPT_NEOX;
    boolean tied =
        tie.isBoolean() ? tie.asBoolean() : family == HuggingFaceFamily.GEMMA3 || !(neox || tensors.contains("lm_head.weight"));
    if (!tied) {
      parts.add(Part.HEAD);
    }
    if (neox) {
      parts.addAll(EnumSet.of(Part.OUTPUT_NORM_BIAS, Part.ATTENTION_NORM_BIAS, Part.FEED_NORM_BIAS, Part.UP_BIAS, Part.DOWN_BIAS));
      if (config.path("attention_bias").asBoolean(true)) {
        parts.addAll(EnumSet.of(Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS, Part.ATTENTION_OUTPUT_BIAS));
      }
      return parts;
    }
    parts.add(Part.GATE);
    if (tensors.contains("model.layers.0.self_attn.q_proj.bias")) {
      parts.addAll(EnumSet.of(Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS));
    }
    if (tensors.contains("model.layers.0.self_attn.o_proj.bias")) {
      parts.add(Part.ATTENTION_OUTPUT_BIAS);
    }
    if (config.path("mlp_bias").asBoolean(false)) {
      parts.addAll(EnumSet.of(Part.GATE_BIAS, Part.UP_BIAS, Part.DOWN_BIAS));
    }
    switch (family) {
      case QWEN3 -> parts.addAll(EnumSet.of(Part.QUERY_NORM, Part.KEY_NORM));
      case GEMMA3 -> parts.addAll(EnumSet.of(Part.QUERY_NORM, Part.KEY_NORM, Part.POST_ATTENTION_NORM, Part.POST_FEED_NORM));
      case LLAMA, MISTRAL, QWEN2, PHI3, GPT_NEOX -> {}
    }
    return parts;
  }

  private double scalingNumber(JsonNode node, String key) {
    return number(node, key).orElseThrow(() -> new ModelFileException(file + ": the rope scaling lacks " + key));
  }

  private static Optional<Double> number(JsonNode node, String key) {
    return node.path(key).isNumber() ? Optional.of(node.path(key).asDouble()) : Optional.empty();
  }

  private OptionalInt integer(String key) {
    return config.path(key).isInt() ? OptionalInt.of(config.path(key).asInt()) : OptionalInt.empty();
  }

  private int required(String key) {
    return integer(key).orElseThrow(() -> new ModelFileException(file + ": " + key + " is missing or no whole number"));
  }
}
