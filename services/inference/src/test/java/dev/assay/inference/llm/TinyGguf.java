package dev.assay.inference.llm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.inference.llm.weights.GgufWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes tiny models as GGUF files, with the names, the order of rows and the metadata that convert_hf_to_gguf.py of llama.cpp gives them. */
final class TinyGguf {
  private static final Map<String, String> ARCHITECTURES =
      Map.of(
          "LlamaForCausalLM", "llama",
          "MistralForCausalLM", "llama",
          "Qwen2ForCausalLM", "qwen2",
          "Qwen3ForCausalLM", "qwen3",
          "Gemma3ForCausalLM", "gemma3",
          "GPTNeoXForCausalLM", "gptneox",
          "Phi3ForCausalLM", "phi3");

  private TinyGguf() {}

  static Path write(Path file, JsonNode model) throws IOException {
    GgufWriter out = withoutTokenizer(model);
    characters(out);
    return Files.write(file, out.bytes());
  }

  static GgufWriter withoutTokenizer(JsonNode model) {
    JsonNode config = model.path("config");
    String architecture = ARCHITECTURES.get(config.path("architectures").path(0).asText());
    int heads = config.path("num_attention_heads").asInt();
    int headDim = config.path("head_dim").asInt(config.path("hidden_size").asInt() / heads);
    GgufWriter out = new GgufWriter().meta("general.architecture", architecture);
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("block_count", config.path("num_hidden_layers").asInt());
    metadata.put("embedding_length", config.path("hidden_size").asInt());
    metadata.put("feed_forward_length", config.path("intermediate_size").asInt());
    metadata.put("context_length", config.path("max_position_embeddings").asInt());
    metadata.put("attention.head_count", heads);
    metadata.put("attention.head_count_kv", config.path("num_key_value_heads").asInt(heads));
    metadata.put("attention.key_length", headDim);
    metadata.put("attention.layer_norm_rms_epsilon", 1e-5f);
    metadata.put("attention.layer_norm_epsilon", 1e-5f);
    metadata.put("use_parallel_residual", config.path("use_parallel_residual").asBoolean());
    if (config.path("sliding_window").isInt()) {
      metadata.put("attention.sliding_window", config.path("sliding_window").asInt());
    }
    JsonNode rope = config.path("rope_parameters");
    metadata.put("rope.dimension_count", (int) (headDim * rope.path("partial_rotary_factor").asDouble(1)));
    metadata.put("rope.freq_base", (float) rope.path("rope_theta").asDouble());
    String scaling = rope.path("rope_type").asText();
    if (scaling.equals("linear") || scaling.equals("yarn")) {
      metadata.put("rope.scaling.type", scaling);
      metadata.put("rope.scaling.factor", (float) rope.path("factor").asDouble());
      metadata.put("rope.scaling.original_context_length", rope.path("original_max_position_embeddings").asInt());
    }
    metadata.forEach((key, value) -> out.meta(architecture + "." + key, value));
    TinyModels.tensors(model)
        .forEach(
            (name, numbers) -> {
              JsonNode shape = model.path("shapes").path(name);
              int rows = shape.path(0).asInt();
              int columns = numbers.length / rows;
              float[] stored = numbers;
              if (architecture.equals("llama") && name.matches(".*\\.[qk]_proj\\.(weight|bias)")) {
                stored = interleaved(numbers, headDim, columns);
              } else if (name.contains("query_key_value")) {
                stored = unmixed(numbers, heads, headDim, columns);
              } else if (architecture.equals("gemma3") && name.endsWith("norm.weight")) {
                stored = numbers.clone();
                for (int i = 0; i < stored.length; i++) {
                  stored[i] += 1;
                }
              }
              out.tensor(name(architecture, name), stored, shape.size() == 1 ? new int[] {rows} : new int[] {rows, columns});
            });
    return out;
  }

  /** Row r of each half of a head goes to row 2r and 2r + 1. */
  private static float[] interleaved(float[] numbers, int headDim, int columns) {
    float[] stored = new float[numbers.length];
    for (int row = 0; row < numbers.length / columns; row++) {
      int inHead = row % headDim;
      int to = row - inHead + (inHead < headDim / 2 ? 2 * inHead : 2 * (inHead - headDim / 2) + 1);
      System.arraycopy(numbers, row * columns, stored, to * columns, columns);
    }
    return stored;
  }

  /** From query, key, value of each head to all queries, all keys, all values. */
  private static float[] unmixed(float[] numbers, int heads, int headDim, int columns) {
    float[] stored = new float[numbers.length];
    int block = headDim * columns;
    for (int head = 0; head < heads; head++) {
      for (int third = 0; third < 3; third++) {
        System.arraycopy(numbers, (3 * head + third) * block, stored, (third * heads + head) * block, block);
      }
    }
    return stored;
  }

  private static String name(String architecture, String name) {
    String feedNorm = architecture.equals("gemma3") ? "post_attention_norm" : "ffn_norm";
    return name.replaceFirst("^(model|gpt_neox)\\.", "")
        .replaceFirst("^layers\\.", "blk.")
        .replace("embed_tokens", "token_embd")
        .replace("embed_in", "token_embd")
        .replace("lm_head", "output")
        .replace("final_layer_norm", "output_norm")
        .replaceFirst("^norm\\.", "output_norm.")
        .replace("self_attn.q_proj", "attn_q")
        .replace("self_attn.k_proj", "attn_k")
        .replace("self_attn.v_proj", "attn_v")
        .replace("self_attn.qkv_proj", "attn_qkv")
        .replace("attention.query_key_value", "attn_qkv")
        .replace("self_attn.o_proj", "attn_output")
        .replace("attention.dense", "attn_output")
        .replace("self_attn.q_norm", "attn_q_norm")
        .replace("self_attn.k_norm", "attn_k_norm")
        .replace("input_layernorm", "attn_norm")
        .replace("post_attention_layernorm", feedNorm)
        .replace("pre_feedforward_layernorm", "ffn_norm")
        .replace("post_feedforward_layernorm", "post_ffw_norm")
        .replace("mlp.gate_up_proj", "ffn_up")
        .replace("mlp.gate_proj", "ffn_gate")
        .replace("mlp.up_proj", "ffn_up")
        .replace("mlp.down_proj", "ffn_down")
        .replace("mlp.dense_h_to_4h", "ffn_up")
        .replace("mlp.dense_4h_to_h", "ffn_down");
  }

  /** A byte-level vocabulary of 64 characters, and one merge, since none is refused. */
  static void characters(GgufWriter out) {
    List<Object> tokens = new ArrayList<>();
    for (int id = 0; id < 63; id++) {
      tokens.add(Character.toString('0' + id));
    }
    tokens.add("01");
    out.meta("tokenizer.ggml.model", "gpt2").meta("tokenizer.ggml.tokens", tokens).meta("tokenizer.ggml.merges", List.of("0 1"));
  }
}
