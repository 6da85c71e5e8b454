package dev.assay.inference.llm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.LoraLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/**
 * Writes tiny models as Hugging Face folders, and adapters of them as PEFT does. Their weights come from a formula that tiny_models.py and
 * tiny_adapters.py, which asked transformers and PEFT, share.
 */
final class TinyModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyModels() {}

  /** The number of an adapter's first tensor in the formula, where a model's have those from 0 on. */
  private static final int FIRST_OF_ADAPTER = 1000;

  static JsonNode cases() throws IOException {
    return cases("tiny_models.json");
  }

  static JsonNode adapters() throws IOException {
    return cases("tiny_adapters.json");
  }

  /** Losses and gradients of adapters, as PEFT has them. */
  static JsonNode gradients() throws IOException {
    return cases("tiny_gradients.json");
  }

  /** Losses and gradients of all weights, as transformers has them. */
  static JsonNode fullGradients() throws IOException {
    return cases("tiny_full_gradients.json");
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

  private static JsonNode cases(String resource) throws IOException {
    try (InputStream in = TinyModels.class.getResourceAsStream(resource)) {
      return JSON.readTree(in).path("cases");
    }
  }

  /** The case of a name; the caller's own copy. */
  static ObjectNode model(String name) throws IOException {
    return cases().path(name).deepCopy();
  }

  static int[] ids(JsonNode model) {
    return Shared.ints(model.path("ids"));
  }

  /** All tensors, by name; the vectors and matrices that the oracle was given. */
  static SequencedMap<String, float[]> tensors(JsonNode model) {
    SequencedMap<String, float[]> tensors = new LinkedHashMap<>();
    model.path("shapes").fieldNames().forEachRemaining(name -> tensors.put(name, numbers(tensors.size(), size(model, name), name.endsWith("norm.weight"))));
    return tensors;
  }

  /**
   * Writes a model.
   *
   * @param model one of the cases; its {@code dtype}, where it has one, says how numbers are stored, F32 or BF16
   * @param shards how many safetensors files; one has no index
   * @param alter changes the numbers of a tensor, by name, before they are written
   */
  static Path write(Path folder, JsonNode model, int shards, Map<String, UnaryOperator<float[]>> alter) throws IOException {
    Files.createDirectories(folder);
    JSON.writeValue(folder.resolve("config.json").toFile(), model.path("config"));
    writeTokenizer(folder.resolve("tokenizer.json"));
    SequencedMap<String, float[]> tensors = tensors(model);
    tensors.replaceAll((name, numbers) -> alter.getOrDefault(name, UnaryOperator.identity()).apply(numbers));
    List<String> names = List.copyOf(tensors.keySet());
    ObjectNode index = JSON.createObjectNode();
    ObjectNode map = index.putObject("weight_map");
    for (int shard = 0; shard < shards; shard++) {
      String file = shards == 1 ? "model.safetensors" : "model-0000%d-of-0000%d.safetensors".formatted(shard + 1, shards);
      List<String> mine = new ArrayList<>();
      for (int t = shard; t < names.size(); t += shards) {
        mine.add(names.get(t));
        map.put(names.get(t), file);
      }
      writeSafetensors(folder.resolve(file), model, mine, tensors);
    }
    if (shards > 1) {
      JSON.writeValue(folder.resolve("model.safetensors.index.json").toFile(), index);
    }
    return folder;
  }

  /**
   * Writes an adapter.
   *
   * @param adapter one of {@link #adapters}
   * @param alter changes the numbers of a tensor, by name, before they are written
   */
  static Path writeAdapter(Path folder, JsonNode adapter, Map<String, UnaryOperator<float[]>> alter) throws IOException {
    Files.createDirectories(folder);
    JSON.writeValue(folder.resolve("adapter_config.json").toFile(), adapter.path("config"));
    SequencedMap<String, float[]> tensors = new LinkedHashMap<>();
    adapter
        .path("shapes")
        .fieldNames()
        .forEachRemaining(
            name -> {
              float[] numbers = numbers(FIRST_OF_ADAPTER + tensors.size(), size(adapter, name), false);
              tensors.put(name, alter.getOrDefault(name, UnaryOperator.identity()).apply(numbers));
            });
    writeSafetensors(folder.resolve("adapter_model.safetensors"), adapter, List.copyOf(tensors.keySet()), tensors);
    return folder;
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

  private static int size(JsonNode model, String name) {
    int size = 1;
    for (JsonNode dimension : model.path("shapes").path(name)) {
      size *= dimension.asInt();
    }
    return size;
  }

  private static void writeSafetensors(Path file, JsonNode model, List<String> names, Map<String, float[]> tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    int width = halves(model) ? Short.BYTES : Float.BYTES;
    int at = 0;
    for (String name : names) {
      ObjectNode entry = header.putObject(name).put("dtype", model.path("dtype").asText("F32"));
      entry.set("shape", model.path("shapes").path(name));
      int bytes = tensors.getOrDefault(name, new float[0]).length * width;
      entry.putArray("data_offsets").add(at).add(at + bytes);
      at += bytes;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    ByteBuffer out = ByteBuffer.allocate(Long.BYTES + json.length + at).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(json.length).put(json);
    for (String name : names) {
      for (float number : tensors.getOrDefault(name, new float[0])) {
        if (halves(model)) {
          out.putShort((short) (Float.floatToRawIntBits(number) >>> 16));
        } else {
          out.putFloat(number);
        }
      }
    }
    Files.write(file, out.array());
  }

  /** Whether numbers are stored as bfloat16, the upper half of a float32. */
  private static boolean halves(JsonNode model) {
    return model.path("dtype").asText().equals("BF16");
  }

  /** A tokenizer of 64 single characters. */
  private static void writeTokenizer(Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode().put("version", "1.0");
    root.putArray("added_tokens");
    ObjectNode model = root.putObject("model").put("type", "BPE");
    ObjectNode vocabulary = model.putObject("vocab");
    for (int id = 0; id < 64; id++) {
      vocabulary.put(new String(new byte[] {(byte) ('0' + id)}, StandardCharsets.US_ASCII), id);
    }
    model.putArray("merges");
    JSON.writeValue(file.toFile(), root);
  }
}
