package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
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

/** A model as Hugging Face stores it: config.json, tokenizer.json, and safetensors in one file or in indexed shards. */
final class HuggingFaceFolder extends WeightSource {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path folder;
  private final JsonNode config;
  private final HuggingFaceFamily family;
  private final Architecture architecture;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> owners;

  private HuggingFaceFolder(
      Path folder,
      JsonNode config,
      HuggingFaceFamily family,
      Architecture architecture,
      List<SafetensorsFile> files,
      Map<String, SafetensorsFile> owners) {
    this.folder = folder;
    this.config = config;
    this.family = family;
    this.architecture = architecture;
    this.files = files;
    this.owners = owners;
  }

  static HuggingFaceFolder map(Path folder) throws IOException {
    Path configFile = folder.resolve("config.json");
    JsonNode config = json(configFile);
    HuggingFaceFamily family = HuggingFaceFamily.of(configFile, config.path("architectures").path(0).asText("none"));
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
      Architecture architecture = new HuggingFaceConfig(configFile, config, family, owners.keySet()).architecture();
      return new HuggingFaceFolder(folder, config, family, architecture, List.copyOf(files), owners);
    } catch (IllegalArgumentException e) {
      files.forEach(SafetensorsFile::close);
      throw new ModelFileException(configFile + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      files.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  @Override
  public Architecture architecture() {
    return architecture;
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
  public boolean addsStart() throws IOException {
    JsonNode given = tokenizerConfig().path("add_bos_token");
    if (given.isBoolean()) {
      return given.asBoolean() && startToken().isPresent();
    }
    return startsWithSpecial(json(folder.resolve("tokenizer.json")).path("post_processor"));
  }

  @Override
  public Optional<String> chatTemplate() throws IOException {
    Path file = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      return Optional.of(Files.readString(file));
    }
    JsonNode template = tokenizerConfig().path("chat_template");
    if (template.isArray()) {
      // Several by name: the one without a special purpose is called default.
      for (JsonNode named : template) {
        if (named.path("name").asText().equals("default")) {
          template = named.path("template");
        }
      }
    }
    return template.isTextual() ? Optional.of(template.asText()) : Optional.empty();
  }

  @Override
  public Optional<String> namedToken(String name) {
    JsonNode token = tokenizerConfig().path(name);
    JsonNode text = token.isObject() ? token.path("content") : token;
    return text.isTextual() ? Optional.of(text.asText()) : Optional.empty();
  }

  @Override
  Placement place(Part part, int layer) {
    return family.place(architecture, part, layer);
  }

  @Override
  HuggingFaceFamily family() {
    return family;
  }

  @Override
  StoredTensor find(String name) {
    SafetensorsFile file = owners.get(name);
    if (file == null && name.equals(HuggingFaceFamily.OLD_NEOX_HEAD)) {
      return find(HuggingFaceFamily.NEOX_HEAD);
    }
    if (file == null) {
      throw new ModelFileException(folder + ": the tensor " + name + " is in no safetensors file");
    }
    return file.tensor(name);
  }

  @Override
  public void unload() {
    files.forEach(SafetensorsFile::unload);
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

  @Override
  ObjectNode hubConfig() {
    return config.deepCopy();
  }

  @Override
  ObjectNode hubTokenizerConfig() {
    return tokenizerConfig().deepCopy();
  }

  private JsonNode tokenizerConfig() {
    Path file = folder.resolve("tokenizer_config.json");
    return Files.isRegularFile(file) ? json(file) : JSON.createObjectNode();
  }

  /** Whether a post-processor of Hugging Face tokenizers puts a special token before a single text. */
  private static boolean startsWithSpecial(JsonNode processor) {
    if (processor.path("type").asText().equals("Sequence")) {
      for (JsonNode step : processor.path("processors")) {
        if (startsWithSpecial(step)) {
          return true;
        }
      }
    }
    return processor.path("type").asText().equals("TemplateProcessing") && processor.path("single").path(0).has("SpecialToken");
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
