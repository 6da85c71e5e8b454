package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A LoRA adapter as PEFT stores it, {@code adapter_config.json} and {@code adapter_model.safetensors}, opened and checked against the
 * model that it was made for. To what a module makes of x it adds {@code scale · B(A x)}.
 *
 * <p>The modules of one {@link Projection} are read as one: their A stand under each other, and their B, the scale multiplied in, side by
 * side, each in the rows of its own module. A part that has fewer ranks than another layer's is filled up with zeros.
 */
public final class AdapterFolder implements AutoCloseable {
  /** What the adapter changes and how. */
  public static final String CONFIG = "adapter_config.json";

  /** Its numbers. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();
  static final String PREFIX = "base_model.model.";
  static final String DOWN = ".lora_A.weight";
  static final String UP = ".lora_B.weight";

  private final Architecture architecture;
  private final HuggingFaceFamily family;
  private final SafetensorsFile file;
  private final String checkpoint;
  private final List<Map<String, Update>> layers;

  /**
   * What is added to a module of a layer.
   *
   * @param rows of the module's matrix
   * @param columns of the module's matrix
   */
  private record Update(int rows, int columns, int rank, double scale) {}

  private AdapterFolder(WeightSource base, String baseCheckpoint, SafetensorsFile file, AdapterConfig config, byte[] configBytes) {
    this.architecture = base.architecture();
    this.family = base.family();
    this.file = file;
    this.layers = IntStream.range(0, architecture.layers()).mapToObj(layer -> updates(layer, config)).toList();
    check(config);
    this.checkpoint = checkpoint(baseCheckpoint, configBytes, file.sha256());
  }

  /**
   * Opens an adapter.
   *
   * @param base the model that it changes
   * @param baseCheckpoint the model's version
   * @throws ModelFileException when a file is missing or damaged, has what is not supported, or does not fit the model
   */
  public static AdapterFolder open(Path folder, WeightSource base, String baseCheckpoint) throws IOException {
    Path configFile = folder.resolve(CONFIG);
    if (!Files.isRegularFile(configFile)) {
      throw new ModelFileException("no adapter at " + folder + ": expected a folder with " + CONFIG + " and " + WEIGHTS);
    }
    Path weights = folder.resolve(WEIGHTS);
    if (!Files.exists(weights)) {
      String pickled = Files.exists(folder.resolve("adapter_model.bin")) ? "; adapter_model.bin may hold code and is never read" : "";
      throw new ModelFileException("the file " + weights + " is missing" + pickled + "; save the adapter as safetensors");
    }
    byte[] configBytes = Files.readAllBytes(configFile);
    AdapterConfig config;
    try {
      config = new AdapterConfig(configFile, JSON.readTree(configBytes));
    } catch (IOException e) {
      throw new ModelFileException(configFile + " is no JSON: " + e.getMessage(), e);
    }
    SafetensorsFile file = SafetensorsFile.open(weights);
    try {
      return new AdapterFolder(base, baseCheckpoint, file, config, configBytes);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** First 12 hex digits of the sha256 over the base's checkpoint and the lower-case hex sha256 of both files, the config's first. */
  public String checkpoint() {
    return checkpoint;
  }

  /** How many numbers it holds. */
  public long parameters() {
    return file.names().stream().map(file::tensor).mapToLong(tensor -> tensor.rows() * tensor.columns()).sum();
  }

  /** The rank of a projection's update, the largest of all layers; 0 where the adapter leaves it as it is. */
  public int rank(Projection projection) {
    return IntStream.range(0, layers.size())
        .map(layer -> modules(projection, layer).stream().mapToInt(module -> rank(module, layer)).sum())
        .max()
        .orElse(0);
  }

  /**
   * The A of all layers, {@code [layers, rank, columns]}.
   *
   * @throws ModelFileException when a number is not finite
   */
  public float[] down(Projection projection) {
    int rank = rank(projection);
    int columns = projection.columns(architecture);
    FloatBuffer target = FloatBuffer.allocate(Math.multiplyExact(layers.size() * rank, columns));
    for (int layer = 0; layer < layers.size(); layer++) {
      target.position(layer * rank * columns);
      for (String module : modules(projection, layer)) {
        for (int r = 0; r < rank(module, layer); r++) {
          target.put(finite(file.tensor(PREFIX + module + DOWN), r));
        }
      }
    }
    return target.array();
  }

  /**
   * The scaled B of all layers, {@code [layers, rows, rank]}.
   *
   * @throws ModelFileException when a number is not finite
   */
  public float[] up(Projection projection) {
    int rank = rank(projection);
    int rows = projection.rows(architecture);
    float[] target = new float[Math.multiplyExact(layers.size() * rows, rank)];
    int at = 0;
    for (int layer = 0; layer < layers.size(); layer++) {
      for (Part part : projection.parts(architecture)) {
        Placement place = family.place(architecture, part, layer);
        Update update = layers.get(layer).get(module(place));
        int column = column(projection, layer, module(place));
        for (int row = 0; row < architecture.rows(part); row++) {
          if (update != null) {
            float[] numbers = finite(file.tensor(PREFIX + module(place) + UP), place.storedRow(row));
            for (int i = 0; i < numbers.length; i++) {
              target[at + column + i] = (float) (numbers[i] * update.scale);
            }
          }
          at += rank;
        }
      }
    }
    return target;
  }

  @Override
  public void close() {
    file.close();
  }

  private Map<String, Update> updates(int layer, AdapterConfig config) {
    Map<String, Update> updates = new LinkedHashMap<>();
    for (Projection projection : Projection.values()) {
      for (Part part : projection.parts(architecture)) {
        Placement place = family.place(architecture, part, layer);
        String module = module(place);
        if (config.targets(module, layer)) {
          updates.put(module, new Update(place.tensorRows(), architecture.columns(part), config.rank(module), config.scale(module)));
        }
      }
    }
    return updates;
  }

  private void check(AdapterConfig config) {
    Set<String> expected = new TreeSet<>();
    for (Map<String, Update> layer : layers) {
      layer.forEach(
          (module, update) -> {
            check(PREFIX + module + DOWN, update.rank, update.columns);
            check(PREFIX + module + UP, update.rows, update.rank);
            expected.add(PREFIX + module + DOWN);
            expected.add(PREFIX + module + UP);
          });
    }
    if (expected.isEmpty()) {
      throw new ModelFileException(
          "%s: target_modules %s names no linear layer of the model's blocks, such as %s; was the adapter made for another model?"
              .formatted(file.path(), config.targets(), module(family.place(architecture, Part.DOWN, 0))));
    }
    Set<String> extra = new TreeSet<>(file.names());
    extra.removeAll(expected);
    if (!extra.isEmpty()) {
      throw new ModelFileException(
          "%s: %d tensors belong to no linear layer of the model that target_modules %s names, such as %s; was the adapter made for another model?"
              .formatted(file.path(), extra.size(), config.targets(), extra.iterator().next()));
    }
  }

  private void check(String name, int rows, int columns) {
    StoredTensor tensor = file.tensor(name).requireReadable();
    if (tensor.rows() != rows || tensor.columns() != columns) {
      throw new ModelFileException(
          "%s: the tensor %s is %d × %d, but the model and %s say %d × %d; was the adapter made for another model?"
              .formatted(file.path(), name, tensor.rows(), tensor.columns(), CONFIG, rows, columns));
    }
  }

  /** The modules of a projection that the adapter changes in a layer, in the order of their results. */
  private Set<String> modules(Projection projection, int layer) {
    Set<String> modules = new LinkedHashSet<>();
    for (Part part : projection.parts(architecture)) {
      modules.add(module(family.place(architecture, part, layer)));
    }
    modules.retainAll(layers.get(layer).keySet());
    return modules;
  }

  /** Where a module's ranks begin among those of its projection. */
  private int column(Projection projection, int layer, String module) {
    return modules(projection, layer).stream().takeWhile(one -> !one.equals(module)).mapToInt(one -> rank(one, layer)).sum();
  }

  private int rank(String module, int layer) {
    return Objects.requireNonNull(layers.get(layer).get(module)).rank;
  }

  private static String module(Placement place) {
    return place.tensor().substring(0, place.tensor().length() - ".weight".length());
  }

  private float[] finite(StoredTensor tensor, int row) {
    float[] numbers = new float[Math.toIntExact(tensor.columns())];
    tensor.row(row, numbers);
    for (float number : numbers) {
      if (!Float.isFinite(number)) {
        throw new ModelFileException("%s: the tensor %s holds %s, expected finite numbers".formatted(file.path(), tensor.name(), number));
      }
    }
    return numbers;
  }

  private static String checkpoint(String base, byte[] config, String weights) {
    MessageDigest digest = sha256();
    digest.update(base.getBytes(StandardCharsets.US_ASCII));
    digest.update(HexFormat.of().formatHex(sha256().digest(config)).getBytes(StandardCharsets.US_ASCII));
    digest.update(weights.getBytes(StandardCharsets.US_ASCII));
    return HexFormat.of().formatHex(digest.digest()).substring(0, 12);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
