package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.LoadOptions.Precision;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What memory a model takes beside its mapped file: as Linux counts a process's own pages, which it can only swap, and not those of a
 * file, which it can drop. The model is one of zeros, 256 MiB of bfloat16 that take no room on the disk.
 */
class MappedWeightsIT {
  private static final long MIB = 1 << 20;
  private static final int LAYERS = 8;
  private static final int HIDDEN = 1024;
  private static final int FEED_FORWARD = 4096;
  private static final long FILE_MIB = LAYERS * (4L * HIDDEN * HIDDEN + 3L * HIDDEN * FEED_FORWARD) * Short.BYTES / MIB;

  /** What the two measurements may miss by: Java's heap, code that is compiled, work space of one matrix. */
  private static final long SLACK_MIB = 112;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @BeforeEach
  void startTheEngine() throws IOException {
    JsonNode tiny = TinyModels.model("llama");
    load(TinyModels.write(folder.resolve("tiny"), tiny, 1, Map.of()), Precision.BFLOAT16).close();
  }

  @Test
  void load_bfloat16_leavesTheNumbersInTheFile() throws IOException {
    assertThat(ownMiBOf(zeros(), Precision.BFLOAT16)).isLessThan(SLACK_MIB).isLessThan(FILE_MIB / 2);
  }

  @Test
  void load_float32_givesBackWhatItReadOfTheFile() throws IOException {
    Path zeros = zeros();
    long before = residentMiB("RssFile:");
    try (LanguageModel model = load(zeros, Precision.FLOAT32)) {
      assertThat(model.card().parameters()).isPositive();
      assertThat(residentMiB("RssFile:") - before).isLessThan(FILE_MIB / 4);
    }
  }

  @Test
  void load_float32_holdsEachNumberOnce() throws IOException {
    assertThat(ownMiBOf(zeros(), Precision.FLOAT32)).isBetween(2 * FILE_MIB - SLACK_MIB, 2 * FILE_MIB + SLACK_MIB);
  }

  @Test
  void tokenLogProbs_mappedAsCopied() throws IOException {
    ObjectNode model = TinyModels.model("qwen2");
    Map<String, UnaryOperator<float[]>> cut = new HashMap<>();
    model.path("shapes").fieldNames().forEachRemaining(name -> cut.put(name, MappedWeightsIT::cut));
    Path copied = TinyModels.write(folder.resolve("copied"), model, 1, cut);
    Path mapped = TinyModels.write(folder.resolve("mapped"), model.deepCopy().put("dtype", "BF16"), 1, Map.of());
    try (LanguageModel a = load(copied, Precision.BFLOAT16);
        LanguageModel b = load(mapped, Precision.BFLOAT16)) {
      assertThat(b.tokenLogProbs(TinyModels.ids(model))).containsExactly(a.tokenLogProbs(TinyModels.ids(model)), within(1e-6));
    }
  }

  private long ownMiBOf(Path path, Precision precision) throws IOException {
    long before = ownMiB();
    try (LanguageModel model = load(path, precision)) {
      double[] got = model.tokenLogProbs(new int[] {1, 2, 3, 4});
      // Of a model of zeros every token is as probable as every other.
      assertThat(got).containsExactly(new double[] {-Math.log(64), -Math.log(64), -Math.log(64)}, within(1e-5));
      return ownMiB() - before;
    }
  }

  private static LanguageModel load(Path path, Precision precision) throws IOException {
    return LanguageModel.load(path, "m", LoadOptions.defaults().withDevice("cpu").withPrecision(precision));
  }

  private static long ownMiB() throws IOException {
    NativeHeap.trim();
    return residentMiB("RssAnon:");
  }

  private static long residentMiB(String kind) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(kind))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  private Path zeros() throws IOException {
    Path path = TinyModels.write(folder.resolve("zeros"), TinyModels.model("llama"), 1, Map.of());
    ObjectNode config = (ObjectNode) JSON.readTree(path.resolve("config.json").toFile());
    config.put("hidden_size", HIDDEN).put("intermediate_size", FEED_FORWARD).put("num_hidden_layers", LAYERS).put("head_dim", HIDDEN / 4);
    config.put("num_key_value_heads", 4).put("tie_word_embeddings", true);
    JSON.writeValue(path.resolve("config.json").toFile(), config);
    ObjectNode header = JSON.createObjectNode();
    long at = tensor(header, "model.embed_tokens.weight", 0, 64, HIDDEN);
    at = tensor(header, "model.norm.weight", at, HIDDEN);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "model.layers." + layer + ".";
      at = tensor(header, block + "input_layernorm.weight", at, HIDDEN);
      at = tensor(header, block + "post_attention_layernorm.weight", at, HIDDEN);
      for (String name : new String[] {"q", "k", "v", "o"}) {
        at = tensor(header, block + "self_attn." + name + "_proj.weight", at, HIDDEN, HIDDEN);
      }
      at = tensor(header, block + "mlp.gate_proj.weight", at, FEED_FORWARD, HIDDEN);
      at = tensor(header, block + "mlp.up_proj.weight", at, FEED_FORWARD, HIDDEN);
      at = tensor(header, block + "mlp.down_proj.weight", at, HIDDEN, FEED_FORWARD);
    }
    byte[] json = padded(JSON.writeValueAsString(header)).getBytes(StandardCharsets.US_ASCII);
    try (RandomAccessFile file = new RandomAccessFile(path.resolve("model.safetensors").toFile(), "rw")) {
      file.setLength(0);
      file.setLength(Long.BYTES + json.length + at);
      file.write(ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      file.write(json);
    }
    return path;
  }

  /** Headers end at a multiple of eight bytes, so that numbers are aligned. */
  private static String padded(String header) {
    return header + " ".repeat(Math.floorMod(-header.length(), Long.BYTES));
  }

  private static long tensor(ObjectNode header, String name, long at, int... shape) {
    ObjectNode entry = header.putObject(name).put("dtype", "BF16");
    long bytes = Short.BYTES;
    for (int size : shape) {
      entry.withArray("shape").add(size);
      bytes *= size;
    }
    entry.putArray("data_offsets").add(at).add(at + bytes);
    return at + bytes;
  }

  private static float[] cut(float[] numbers) {
    float[] cut = numbers.clone();
    for (int i = 0; i < cut.length; i++) {
      cut[i] = Float.intBitsToFloat(Float.floatToRawIntBits(cut[i]) & 0xFFFF0000);
    }
    return cut;
  }
}
