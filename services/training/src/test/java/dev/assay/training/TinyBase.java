package dev.assay.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.FloatFile;
import dev.assay.inference.llm.weights.LoraLayout;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A Llama of two layers as a Hugging Face folder, whose weights come from the formula of tiny_training.py, which asked torch. Its tokens are
 * the 64 characters from 0 on; the third ends a text.
 */
final class TinyBase {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FIRST_OF_ADAPTER = 1000;
  private static final int WIDTH = 32;
  private static final int INNER = 48;
  private static final int SHARED = 16;
  private static final int TOKENS = 64;

  private TinyBase() {}

  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("hidden_size", WIDTH).put("intermediate_size", INNER).put("num_hidden_layers", 2).put("num_attention_heads", 4);
    config.put("num_key_value_heads", 2).put("head_dim", 8).put("vocab_size", TOKENS).put("max_position_embeddings", 128);
    config.put("rms_norm_eps", 1e-5).put("hidden_act", "silu").put("tie_word_embeddings", false).put("bos_token_id", 1).put("eos_token_id", 2);
    config.putObject("rope_parameters").put("rope_type", "default").put("rope_theta", 10000.0);
    JSON.writeValue(folder.resolve("config.json").toFile(), config);
    ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
    tokenizer.putArray("added_tokens");
    ObjectNode model = tokenizer.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < TOKENS; id++) {
      vocabulary.put(new String(new byte[] {(byte) ('0' + id)}, StandardCharsets.US_ASCII), id);
    }
    model.putArray("merges");
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer);
    SortedMap<String, List<Integer>> shapes = shapes();
    List<FloatFile.Tensor> tensors = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          float[] numbers = numbers(tensors.size(), shape.stream().reduce(1, Math::multiplyExact), name.endsWith("norm.weight"));
          tensors.add(new FloatFile.Tensor(name, shape, FloatBuffer.wrap(numbers)));
        });
    FloatFile.write(folder.resolve("model.safetensors"), tensors);
    return folder;
  }

  /** The numbers of an adapter by the formula, in the layout's order. */
  static float[] adapter(LoraLayout layout) {
    float[] all = new float[layout.size()];
    List<LoraLayout.Block> blocks = layout.blocks();
    for (int i = 0; i < blocks.size(); i++) {
      System.arraycopy(numbers(FIRST_OF_ADAPTER + i, blocks.get(i).size(), false), 0, all, blocks.get(i).at(), blocks.get(i).size());
    }
    return all;
  }

  /** Rows of prompts and answers, of different lengths. */
  static List<String> rows(int count) {
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String prompt = text(3 * i, 6 + i % 7);
      rows.add("{\"prompt\": \"%s\", \"answer\": \"%s\"}".formatted(prompt, text(5 * i + 1, 2 + i % 4)));
    }
    return rows;
  }

  private static String text(int first, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      // Letters alone: none needs an escape in JSON.
      text.append((char) ('A' + (first + 7 * i) % 26));
    }
    return text.toString();
  }

  private static SortedMap<String, List<Integer>> shapes() {
    SortedMap<String, List<Integer>> shapes = new TreeMap<>();
    shapes.put("model.embed_tokens.weight", List.of(TOKENS, WIDTH));
    shapes.put("lm_head.weight", List.of(TOKENS, WIDTH));
    shapes.put("model.norm.weight", List.of(WIDTH));
    for (String layer : List.of("model.layers.0.", "model.layers.1.")) {
      shapes.put(layer + "input_layernorm.weight", List.of(WIDTH));
      shapes.put(layer + "post_attention_layernorm.weight", List.of(WIDTH));
      shapes.put(layer + "self_attn.q_proj.weight", List.of(WIDTH, WIDTH));
      shapes.put(layer + "self_attn.k_proj.weight", List.of(SHARED, WIDTH));
      shapes.put(layer + "self_attn.v_proj.weight", List.of(SHARED, WIDTH));
      shapes.put(layer + "self_attn.o_proj.weight", List.of(WIDTH, WIDTH));
      shapes.put(layer + "mlp.gate_proj.weight", List.of(INNER, WIDTH));
      shapes.put(layer + "mlp.up_proj.weight", List.of(INNER, WIDTH));
      shapes.put(layer + "mlp.down_proj.weight", List.of(WIDTH, INNER));
    }
    return shapes;
  }

  private static float[] numbers(int tensor, int size, boolean norm) {
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      int h = i * (int) 2654435761L + (tensor + 1) * (int) (40503L * 65537L);
      h = (h ^ h >>> 13) * 1540483477;
      numbers[i] = (float) (((h >>> 16) / 65536.0 - 0.5) * 0.5 + (norm ? 1.0 : 0.0));
    }
    return numbers;
  }
}
