package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.Architecture.Attention;
import dev.assay.inference.llm.weights.Architecture.LinearScaling;
import dev.assay.inference.llm.weights.Architecture.Rope;
import dev.assay.inference.llm.weights.Architecture.YarnScaling;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/** Says in the words of a {@code config.json} what a GGUF file computes; {@link HuggingFaceConfig} reads it back. */
final class GgufConfig {
  private static final ObjectMapper JSON = new ObjectMapper();

  private GgufConfig() {}

  static ObjectNode of(Architecture shape, HuggingFaceFamily origin) {
    OptionalInt window = shape.attention().stream().map(Attention::window).filter(OptionalInt::isPresent).findFirst().orElse(OptionalInt.empty());
    // llama.cpp has one name for both.
    HuggingFaceFamily family = origin == HuggingFaceFamily.LLAMA && window.isPresent() ? HuggingFaceFamily.MISTRAL : origin;
    boolean gemma = family == HuggingFaceFamily.GEMMA3;
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add(family.title());
    config.put("model_type", gemma ? "gemma3_text" : family.name().toLowerCase(Locale.ROOT));
    config.put("hidden_size", shape.hidden()).put("intermediate_size", shape.feedForward()).put("num_hidden_layers", shape.layers());
    config.put("num_attention_heads", shape.heads()).put("num_key_value_heads", shape.kvHeads()).put("head_dim", shape.headDim());
    config.put("vocab_size", shape.vocabulary()).put("max_position_embeddings", shape.context()).put("rms_norm_eps", shape.normEpsilon());
    config.put(gemma ? "hidden_activation" : "hidden_act", gemma ? "gelu_pytorch_tanh" : "silu");
    config.put("tie_word_embeddings", shape.tied());
    config.put("attention_bias", shape.parts().contains(Part.ATTENTION_OUTPUT_BIAS)).put("mlp_bias", shape.parts().contains(Part.UP_BIAS));
    Rope global = shape.attention().getLast().rope();
    if (gemma) {
      global = shape.attention().stream().filter(one -> one.window().isEmpty()).map(Attention::rope).findFirst().orElse(global);
      shape.attention().stream()
          .filter(one -> one.window().isPresent())
          .findFirst()
          .ifPresent(local -> config.put("rope_local_base_freq", local.rope().theta()));
      config.put("query_pre_attn_scalar", Math.round(1 / (shape.attentionScale() * shape.attentionScale())));
    }
    rope(config, shape, global);
    window.ifPresent(tokens -> window(config, shape, family, tokens));
    return config;
  }

  private static void rope(ObjectNode config, Architecture shape, Rope rope) {
    config.put("rope_theta", rope.theta());
    if (rope.dimensions() != shape.headDim()) {
      config.put("partial_rotary_factor", (double) rope.dimensions() / shape.headDim());
    }
    switch (rope.scaling().orElse(null)) {
      case LinearScaling linear -> config.putObject("rope_scaling").put("rope_type", "linear").put("factor", linear.factor());
      case YarnScaling yarn ->
          config
              .putObject("rope_scaling")
              .put("rope_type", "yarn")
              .put("factor", yarn.factor())
              .put("original_max_position_embeddings", yarn.originalContext())
              .put("beta_fast", yarn.fast())
              .put("beta_slow", yarn.slow())
              .put("attention_factor", yarn.amplitude());
      case null, default -> {}
    }
  }

  private static void window(ObjectNode config, Architecture shape, HuggingFaceFamily family, int tokens) {
    config.put("sliding_window", tokens);
    if (List.of(HuggingFaceFamily.QWEN2, HuggingFaceFamily.QWEN3).contains(family)) {
      config.put("use_sliding_window", true);
    }
    if (family != HuggingFaceFamily.MISTRAL) {
      ArrayNode types = config.putArray("layer_types");
      shape.attention().forEach(layer -> types.add(layer.window().isPresent() ? "sliding_attention" : "full_attention"));
    }
  }
}
