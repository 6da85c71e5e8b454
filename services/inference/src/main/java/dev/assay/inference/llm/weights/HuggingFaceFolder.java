package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.weights.LlamaShape.Rope;
import dev.assay.inference.llm.weights.LlamaShape.Scaling;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A Llama-family model as Hugging Face stores it: config.json, tokenizer.json, and safetensors in one file or in indexed shards. */
final class HuggingFaceFolder implements WeightSource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> ARCHITECTURES = Set.of("LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM");
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path folder;
  private final JsonNode config;
  private final LlamaShape shape;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> owners;

  private HuggingFaceFolder(
      Path folder, JsonNode config, LlamaShape shape, List<SafetensorsFile> files, Map<String, SafetensorsFile> owners) {
    this.folder = folder;
    this.config = config;
    this.shape = shape;
    this.files = files;
    this.owners = owners;
  }

  static HuggingFaceFolder open(Path folder) throws IOException {
    Path configFile = folder.resolve("config.json");
    JsonNode config = json(configFile);
    String architecture = config.path("architectures").path(0).asText("none");
    if (!ARCHITECTURES.contains(architecture)) {
      throw new ModelFileException(
          configFile + ": the architecture " + architecture + " is not supported, expected one of " + new TreeSet<>(ARCHITECTURES));
    }
    json(folder.resolve("tokenizer.json"));
    List<SafetensorsFile> files = new ArrayList<>();
    try {
      Map<String, SafetensorsFile> owners = new TreeMap<>();
      for (Path shard : shards(folder)) {
        SafetensorsFile file = SafetensorsFile.open(shard);
        files.add(file);
        file.names().forEach(name -> owners.put(name, file));
      }
      checkIndex(folder, owners);
      LlamaShape shape = shape(configFile, config, owners.keySet(), architecture);
      return new HuggingFaceFolder(folder, config, shape, List.copyOf(files), owners);
    } catch (IllegalArgumentException e) {
      files.forEach(SafetensorsFile::close);
      throw new ModelFileException(configFile + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      files.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  @Override
  public LlamaShape shape() {
    return shape;
  }

  /** Of one file its sha256; of several the sha256 over the lower-case hex hashes of the shards, in the order of their names. */
  @Override
  public String checkpoint() {
    if (files.size() == 1) {
      return files.getFirst().sha256().substring(0, 12);
    }
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      files.forEach(file -> digest.update(file.sha256().getBytes(StandardCharsets.US_ASCII)));
      return HexFormat.of().formatHex(digest.digest()).substring(0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String tokenizerJson() throws IOException {
    return Files.readString(folder.resolve("tokenizer.json"));
  }

  @Override
  public Set<Integer> endTokens() {
    Path generation = folder.resolve("generation_config.json");
    JsonNode ids = Files.isRegularFile(generation) ? json(generation).path("eos_token_id") : config.path("eos_token_id");
    if (ids.isMissingNode() || ids.isNull()) {
      ids = config.path("eos_token_id");
    }
    Set<Integer> ends = new LinkedHashSet<>();
    if (ids.isInt()) {
      ends.add(ids.asInt());
    }
    ids.forEach(id -> ends.add(id.asInt()));
    return ends;
  }

  @Override
  public OptionalInt startToken() {
    JsonNode start = config.path("bos_token_id");
    if (start.isInt()) {
      return OptionalInt.of(start.asInt());
    }
    return endTokens().stream().mapToInt(Integer::intValue).findFirst();
  }

  @Override
  public void read(Part part, int layer, int rows, int columns, int fromRow, FloatBuffer target) {
    String name = part.inHuggingFace(layer);
    SafetensorsFile file = owners.get(name);
    if (file == null) {
      throw new ModelFileException(folder + ": the tensor " + name + " is in no safetensors file");
    }
    file.read(name, rows, columns, fromRow, target);
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }

  private static List<Path> shards(Path folder) {
    Path index = folder.resolve(INDEX);
    if (!Files.exists(index)) {
      return List.of(folder.resolve(SINGLE));
    }
    Set<String> names = new TreeSet<>();
    json(index).path("weight_map").forEach(node -> names.add(node.asText()));
    for (String name : names) {
      if (!folder.resolve(name).normalize().getParent().equals(folder.normalize())) {
        throw new ModelFileException(index + ": the shard " + name + " lies outside the model's folder");
      }
    }
    return names.stream().map(folder::resolve).toList();
  }

  private static void checkIndex(Path folder, Map<String, SafetensorsFile> owners) {
    Path index = folder.resolve(INDEX);
    if (Files.exists(index)) {
      json(index)
          .path("weight_map")
          .properties()
          .forEach(
              entry -> {
                SafetensorsFile owner = owners.get(entry.getKey());
                if (owner == null || !owner.path().equals(folder.resolve(entry.getValue().asText()))) {
                  throw new ModelFileException(
                      index + ": the tensor " + entry.getKey() + " should be in " + entry.getValue().asText() + ", but is not");
                }
              });
    }
  }

  private static LlamaShape shape(Path file, JsonNode config, Set<String> tensors, String architecture) {
    String activation = config.path("hidden_act").asText("silu");
    if (!activation.equals("silu")) {
      throw new ModelFileException(file + ": hidden_act " + activation + " is not supported, expected silu");
    }
    if (config.path("mlp_bias").asBoolean(false) || tensors.contains("model.layers.0.self_attn.o_proj.bias")) {
      throw new ModelFileException(file + ": biases outside query, key and value are not supported");
    }
    int hidden = required(file, config, "hidden_size");
    int heads = required(file, config, "num_attention_heads");
    int context = required(file, config, "max_position_embeddings");
    JsonNode window = config.path("sliding_window");
    boolean windowed = architecture.startsWith("Mistral") || config.path("use_sliding_window").asBoolean(false);
    if (windowed && window.isInt()) {
      context = Math.min(context, window.asInt());
    }
    JsonNode headDim = config.path("head_dim");
    JsonNode epsilon = config.path("rms_norm_eps");
    return new LlamaShape(
        required(file, config, "num_hidden_layers"),
        hidden,
        heads,
        config.path("num_key_value_heads").asInt(heads),
        headDim.isInt() ? headDim.asInt() : hidden / Math.max(1, heads),
        required(file, config, "intermediate_size"),
        required(file, config, "vocab_size"),
        context,
        epsilon.asDouble(1e-6),
        rope(file, config),
        config.path("tie_word_embeddings").asBoolean(false),
        tensors.contains(Part.QUERY_BIAS.inHuggingFace(0)));
  }

  /** Old configurations hold {@code rope_theta} and {@code rope_scaling}; those since transformers 5 hold {@code rope_parameters}. */
  private static Rope rope(Path file, JsonNode config) {
    JsonNode parameters = config.path("rope_parameters");
    JsonNode scaling = parameters.isObject() ? parameters : config.path("rope_scaling");
    double theta = parameters.path("rope_theta").asDouble(config.path("rope_theta").asDouble(10000.0));
    String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
    Optional<Scaling> stretch =
        switch (type) {
          case "default" -> Optional.empty();
          case "linear" -> Optional.of(new LlamaShape.LinearScaling(number(file, scaling, "factor")));
          case "llama3" -> Optional.of(
              new LlamaShape.Llama3Scaling(
                  number(file, scaling, "factor"),
                  number(file, scaling, "low_freq_factor"),
                  number(file, scaling, "high_freq_factor"),
                  number(file, scaling, "original_max_position_embeddings")));
          default -> throw new ModelFileException(
              file + ": the rope scaling " + type + " is not supported, expected default, linear or llama3");
        };
    return new Rope(theta, stretch);
  }

  private static double number(Path file, JsonNode node, String key) {
    if (!node.path(key).isNumber()) {
      throw new ModelFileException(file + ": the rope scaling lacks " + key);
    }
    return node.path(key).asDouble();
  }

  private static int required(Path file, JsonNode config, String key) {
    if (!config.path(key).isInt()) {
      throw new ModelFileException(file + ": " + key + " is missing or no whole number");
    }
    return config.path(key).asInt();
  }

  private static JsonNode json(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ModelFileException("the file " + file + " is missing; a model folder holds config.json, tokenizer.json and safetensors");
    }
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new ModelFileException(file + " is no JSON: " + e.getMessage(), e);
    }
  }
}
