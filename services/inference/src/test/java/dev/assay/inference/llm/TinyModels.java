package dev.assay.inference.llm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** Writes tiny models as Hugging Face folders. Their weights come from a formula that tiny_models.py, which asked transformers, shares. */
final class TinyModels {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TinyModels() {}

  static JsonNode cases() throws IOException {
    try (InputStream in = TinyModels.class.getResourceAsStream("tiny_models.json")) {
      return JSON.readTree(in).path("cases");
    }
  }

  /**
   * Writes a model.
   *
   * @param shards how many safetensors files; one has no index
   * @param alter changes the numbers of a tensor, by name, before they are written
   */
  static Path write(Path folder, JsonNode model, int shards, Map<String, UnaryOperator<float[]>> alter) throws IOException {
    Files.createDirectories(folder);
    JSON.writeValue(folder.resolve("config.json").toFile(), model.path("config"));
    writeTokenizer(folder.resolve("tokenizer.json"));
    Map<String, float[]> tensors = new TreeMap<>();
    List<String> names = new ArrayList<>();
    model.path("shapes").fieldNames().forEachRemaining(names::add);
    for (int t = 0; t < names.size(); t++) {
      String name = names.get(t);
      float[] numbers = numbers(t, size(model, name), name.endsWith("norm.weight"));
      tensors.put(name, alter.getOrDefault(name, UnaryOperator.identity()).apply(numbers));
    }
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
    int at = 0;
    for (String name : names) {
      ObjectNode entry = header.putObject(name).put("dtype", "F32");
      entry.set("shape", model.path("shapes").path(name));
      int bytes = tensors.getOrDefault(name, new float[0]).length * Float.BYTES;
      entry.putArray("data_offsets").add(at).add(at + bytes);
      at += bytes;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    ByteBuffer out = ByteBuffer.allocate(Long.BYTES + json.length + at).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(json.length).put(json);
    for (String name : names) {
      for (float number : tensors.getOrDefault(name, new float[0])) {
        out.putFloat(number);
      }
    }
    Files.write(file, out.array());
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
