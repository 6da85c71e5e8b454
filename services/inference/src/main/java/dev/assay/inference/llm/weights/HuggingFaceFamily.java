package dev.assay.inference.llm.weights;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** The architectures of Hugging Face that can be read, each with where its parts lie. */
enum HuggingFaceFamily {
  LLAMA("LlamaForCausalLM"),
  MISTRAL("MistralForCausalLM"),
  QWEN2("Qwen2ForCausalLM"),
  QWEN3("Qwen3ForCausalLM"),
  PHI3("Phi3ForCausalLM") {
    // Query, key and value stand under each other in one matrix, and so do gate and up.
    @Override
    Placement place(Architecture a, Part part, int layer) {
      int queries = a.rows(Part.QUERY);
      int shared = a.rows(Part.KEY);
      String attention = "model.layers." + layer + ".self_attn.qkv_proj.weight";
      String feed = "model.layers." + layer + ".mlp.gate_up_proj.weight";
      return switch (part) {
        case QUERY -> Placement.within(attention, queries + 2 * shared, 0);
        case KEY -> Placement.within(attention, queries + 2 * shared, queries);
        case VALUE -> Placement.within(attention, queries + 2 * shared, queries + shared);
        case GATE -> Placement.within(feed, 2 * a.feedForward(), 0);
        case UP -> Placement.within(feed, 2 * a.feedForward(), a.feedForward());
        default -> super.place(a, part, layer);
      };
    }
  },
  GEMMA3("Gemma3ForCausalLM") {
    // Norms scale by one plus the stored number; the norm before the feed-forward network has another name than elsewhere.
    @Override
    Placement place(Architecture a, Part part, int layer) {
      Placement place =
          switch (part) {
            case POST_ATTENTION_NORM -> whole(a, part, layer, "model.layers.%d.post_attention_layernorm.weight");
            case FEED_NORM -> whole(a, part, layer, "model.layers.%d.pre_feedforward_layernorm.weight");
            case POST_FEED_NORM -> whole(a, part, layer, "model.layers.%d.post_feedforward_layernorm.weight");
            default -> super.place(a, part, layer);
          };
      return part.ofNorm() ? place.plus(1) : place;
    }
  },
  GPT_NEOX("GPTNeoXForCausalLM") {
    private static final Map<Part, String> NEOX_NAMES =
        Map.ofEntries(
            Map.entry(Part.EMBEDDING, "gpt_neox.embed_in.weight"),
            Map.entry(Part.OUTPUT_NORM, "gpt_neox.final_layer_norm.weight"),
            Map.entry(Part.OUTPUT_NORM_BIAS, "gpt_neox.final_layer_norm.bias"),
            Map.entry(Part.HEAD, OLD_NEOX_HEAD),
            Map.entry(Part.ATTENTION_NORM, "gpt_neox.layers.%d.input_layernorm.weight"),
            Map.entry(Part.ATTENTION_NORM_BIAS, "gpt_neox.layers.%d.input_layernorm.bias"),
            Map.entry(Part.ATTENTION_OUTPUT, "gpt_neox.layers.%d.attention.dense.weight"),
            Map.entry(Part.ATTENTION_OUTPUT_BIAS, "gpt_neox.layers.%d.attention.dense.bias"),
            Map.entry(Part.FEED_NORM, "gpt_neox.layers.%d.post_attention_layernorm.weight"),
            Map.entry(Part.FEED_NORM_BIAS, "gpt_neox.layers.%d.post_attention_layernorm.bias"),
            Map.entry(Part.UP, "gpt_neox.layers.%d.mlp.dense_h_to_4h.weight"),
            Map.entry(Part.UP_BIAS, "gpt_neox.layers.%d.mlp.dense_h_to_4h.bias"),
            Map.entry(Part.DOWN, "gpt_neox.layers.%d.mlp.dense_4h_to_h.weight"),
            Map.entry(Part.DOWN_BIAS, "gpt_neox.layers.%d.mlp.dense_4h_to_h.bias"));

    // One matrix holds, head after head, the head's query, key and value.
    @Override
    Placement place(Architecture a, Part part, int layer) {
      String fused = "gpt_neox.layers." + layer + ".attention.query_key_value.";
      return switch (part) {
        case QUERY -> third(a, fused + "weight", 0);
        case KEY -> third(a, fused + "weight", 1);
        case VALUE -> third(a, fused + "weight", 2);
        case QUERY_BIAS -> third(a, fused + "bias", 0);
        case KEY_BIAS -> third(a, fused + "bias", 1);
        case VALUE_BIAS -> third(a, fused + "bias", 2);
        default -> {
          String name = NEOX_NAMES.get(part);
          if (name == null) {
            throw new IllegalArgumentException("GPT-NeoX has no " + part);
          }
          yield whole(a, part, layer, name);
        }
      };
    }

    private static Placement third(Architecture a, String tensor, int which) {
      int dim = a.headDim();
      return Placement.within(tensor, 3 * a.heads() * dim, which * dim).inOrder(row -> row / dim * 3 * dim + row % dim);
    }
  };

  private static final Map<Part, String> NAMES =
      Map.ofEntries(
          Map.entry(Part.EMBEDDING, "model.embed_tokens.weight"),
          Map.entry(Part.OUTPUT_NORM, "model.norm.weight"),
          Map.entry(Part.HEAD, "lm_head.weight"),
          Map.entry(Part.ATTENTION_NORM, "model.layers.%d.input_layernorm.weight"),
          Map.entry(Part.QUERY, "model.layers.%d.self_attn.q_proj.weight"),
          Map.entry(Part.KEY, "model.layers.%d.self_attn.k_proj.weight"),
          Map.entry(Part.VALUE, "model.layers.%d.self_attn.v_proj.weight"),
          Map.entry(Part.QUERY_BIAS, "model.layers.%d.self_attn.q_proj.bias"),
          Map.entry(Part.KEY_BIAS, "model.layers.%d.self_attn.k_proj.bias"),
          Map.entry(Part.VALUE_BIAS, "model.layers.%d.self_attn.v_proj.bias"),
          Map.entry(Part.QUERY_NORM, "model.layers.%d.self_attn.q_norm.weight"),
          Map.entry(Part.KEY_NORM, "model.layers.%d.self_attn.k_norm.weight"),
          Map.entry(Part.ATTENTION_OUTPUT, "model.layers.%d.self_attn.o_proj.weight"),
          Map.entry(Part.ATTENTION_OUTPUT_BIAS, "model.layers.%d.self_attn.o_proj.bias"),
          Map.entry(Part.FEED_NORM, "model.layers.%d.post_attention_layernorm.weight"),
          Map.entry(Part.GATE, "model.layers.%d.mlp.gate_proj.weight"),
          Map.entry(Part.GATE_BIAS, "model.layers.%d.mlp.gate_proj.bias"),
          Map.entry(Part.UP, "model.layers.%d.mlp.up_proj.weight"),
          Map.entry(Part.UP_BIAS, "model.layers.%d.mlp.up_proj.bias"),
          Map.entry(Part.DOWN, "model.layers.%d.mlp.down_proj.weight"),
          Map.entry(Part.DOWN_BIAS, "model.layers.%d.mlp.down_proj.bias"));

  /** GPT-NeoX's head, as published models name it, and as transformers 5 writes it. */
  static final String OLD_NEOX_HEAD = "embed_out.weight";

  static final String NEOX_HEAD = "lm_head.weight";

  private final String title;

  HuggingFaceFamily(String title) {
    this.title = title;
  }

  /** How {@code config.json} names it. */
  String title() {
    return title;
  }

  /** The family that {@code config.json} names. */
  static HuggingFaceFamily of(Path file, String title) {
    return Arrays.stream(values())
        .filter(family -> family.title.equals(title))
        .findFirst()
        .orElseThrow(
            () ->
                new ModelFileException(
                    "%s: the architecture %s is not supported, expected one of %s"
                        .formatted(file, title, Arrays.stream(values()).map(family -> family.title).toList())));
  }

  Placement place(Architecture a, Part part, int layer) {
    String name = NAMES.get(part);
    if (name == null) {
      throw new IllegalArgumentException(title + " has no " + part);
    }
    return whole(a, part, layer, name);
  }

  private static Placement whole(Architecture a, Part part, int layer, String pattern) {
    return Placement.whole(pattern.replace("%d", Integer.toString(layer)), a.rows(part));
  }
}
