package dev.assay.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.FloatFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A Llama of one layer whose tokens are 64 characters, for tests that train one. */
final class TinyLlama {

  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyLlama() {}

  /** Writes it into a folder in transformers' layout; the folder. */
  static Path write(Path model) throws IOException {
    Files.createDirectories(model);
    ObjectNode config = JSON.createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("hidden_size", 32).put("intermediate_size", 48).put("num_hidden_layers", 1).put("num_attention_heads", 4).put("num_key_value_heads", 2);
    config.put("vocab_size", 64).put("max_position_embeddings", 512).put("rms_norm_eps", 1e-5).put("hidden_act", "silu");
    config.put("tie_word_embeddings", true).put("rope_theta", 10000.0).put("bos_token_id", 1).put("eos_token_id", 2);
    JSON.writeValue(model.resolve("config.json").toFile(), config);
    ObjectNode tokenizer = JSON.createObjectNode().put("version", "1.0");
    tokenizer.putArray("added_tokens");
    ObjectNode bpe = tokenizer.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = bpe.putObject("vocab");
    for (int id = 0; id < 64; id++) {
      vocabulary.put(new String(new byte[] {(byte) ('0' + id)}, StandardCharsets.US_ASCII), id);
    }
    bpe.putArray("merges");
    JSON.writeValue(model.resolve("tokenizer.json").toFile(), tokenizer);
    Map<String, List<Integer>> shapes = new TreeMap<>();
    shapes.put("model.embed_tokens.weight", List.of(64, 32));
    shapes.put("model.norm.weight", List.of(32));
    shapes.put("model.layers.0.input_layernorm.weight", List.of(32));
    shapes.put("model.layers.0.post_attention_layernorm.weight", List.of(32));
    shapes.put("model.layers.0.self_attn.q_proj.weight", List.of(32, 32));
    shapes.put("model.layers.0.self_attn.k_proj.weight", List.of(16, 32));
    shapes.put("model.layers.0.self_attn.v_proj.weight", List.of(16, 32));
    shapes.put("model.layers.0.self_attn.o_proj.weight", List.of(32, 32));
    shapes.put("model.layers.0.mlp.gate_proj.weight", List.of(48, 32));
    shapes.put("model.layers.0.mlp.up_proj.weight", List.of(48, 32));
    shapes.put("model.layers.0.mlp.down_proj.weight", List.of(32, 48));
    SplittableRandom random = new SplittableRandom(3);
    List<FloatFile.Tensor> tensors = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          float[] numbers = new float[shape.stream().reduce(1, Math::multiplyExact)];
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextDouble(-0.25, 0.25) + (name.endsWith("norm.weight") ? 1 : 0));
          }
          tensors.add(new FloatFile.Tensor(name, shape, FloatBuffer.wrap(numbers)));
        });
    FloatFile.write(model.resolve("model.safetensors"), tensors);
    return model;
  }
}
