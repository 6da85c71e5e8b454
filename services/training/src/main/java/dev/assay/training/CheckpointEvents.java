package dev.assay.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.weights.AdapterFolder;
import dev.assay.inference.llm.weights.SafetensorsCheck;
import dev.assay.inference.store.CheckpointFiles;
import dev.assay.inference.store.FileHash;
import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** From a folder that a trainer has written, this one or another, to the event that announces it. */
public final class CheckpointEvents {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL_CONFIG = "config.json";
  private static final String MODEL_INDEX = "model.safetensors.index.json";
  private static final Set<String> BESIDE_A_MODEL = Set.of("generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");
  private static final Pattern PICKLE = Pattern.compile("(adapter_model|pytorch_model|model|consolidated).*\\.(bin|pt|pth|ckpt|pkl)");
  private static final Pattern LAST_NUMBER = Pattern.compile("(\\d+)(?!.*\\d)");

  private CheckpointEvents() {}

  /** What a folder holds. */
  public enum Layout {
    /** A LoRA adapter as PEFT stores it. */
    ADAPTER,
    /** A whole model as transformers stores it. */
    MODEL
  }

  /**
   * What is said of a checkpoint that its files do not say.
   *
   * @param job the training run; empty for the name of the folder that the checkpoint's lies in
   * @param base the model that an adapter changes, as workers serve it; empty for what the adapter's configuration says
   * @param step optimiser steps done; empty for what the trainer's state or the folder's name says
   */
  public record Said(Optional<String> job, Optional<String> base, OptionalLong step) {}

  /** What a folder holds; empty for neither, which a folder that is being written may be. */
  public static Optional<Layout> layout(Path folder) {
    if (Files.isRegularFile(folder.resolve(AdapterFolder.CONFIG))) {
      return Optional.of(Layout.ADAPTER);
    }
    return Files.isRegularFile(folder.resolve(MODEL_CONFIG)) ? Optional.of(Layout.MODEL) : Optional.empty();
  }

  /**
   * Reads, checks and hashes a folder.
   *
   * @param root below which it must lie, links followed
   * @throws dev.assay.inference.llm.weights.ModelFileException when a safetensors file is not whole, or an adapter has numbers that are not finite
   * @throws dev.assay.inference.store.ModelStoreException when a file leads out of the folder, or the folder out of the root
   * @throws TrainingException when it is no checkpoint
   */
  public static Checkpoint read(Path folder, Path root, Said said) throws IOException {
    Layout layout = layout(folder).orElseThrow(() -> noCheckpoint(folder));
    List<String> files = files(folder, layout);
    JsonNode state = json(folder.resolve("trainer_state.json")).orElseGet(() -> json(folder.resolve("trainer/state.json")).orElse(JSON.nullNode()));
    long step = said.step().orElseGet(() -> step(folder, state));
    Path parent = folder.toAbsolutePath().normalize().getParent();
    String job =
        said.job()
            .or(() -> Optional.ofNullable(state.path("job").textValue()))
            .orElseGet(() -> parent == null || parent.getFileName() == null ? "training" : parent.getFileName().toString());
    String base = layout == Layout.MODEL ? null : said.base().orElseGet(() -> base(folder));
    Map<String, Double> metrics = new HashMap<>();
    for (JsonNode entry : state.path("log_history")) {
      entry.properties().forEach(one -> {
        if (one.getValue().isNumber() && !Set.of("step", "epoch").contains(one.getKey())) {
          metrics.put(one.getKey(), one.getValue().doubleValue());
        }
      });
    }
    if (state.path("loss").isNumber()) {
      metrics.put("loss", state.path("loss").doubleValue());
    }
    // Last among the checks: what is not whole yet would be hashed in vain.
    Instant written = Files.getLastModifiedTime(folder.resolve(files.getLast())).toInstant();
    Checkpoint event = event(folder, files, job + "@" + step, base, step, state.path("epoch").asDouble(0), job, written, metrics);
    new CheckpointFiles(List.of(root)).verify(event, Set.copyOf(files));
    return event;
  }

  /**
   * The event of a checkpoint whose files are whole.
   *
   * @param base the model that an adapter changes; null for a whole model
   */
  static Checkpoint event(
      Path folder,
      List<String> files,
      String name,
      @Nullable String base,
      long step,
      double epoch,
      String job,
      Instant createdAt,
      Map<String, Double> metrics)
      throws IOException {
    List<CheckpointFile> hashed = new ArrayList<>();
    for (String file : files) {
      Path path = folder.resolve(file);
      hashed.add(new CheckpointFile(file, FileHash.sha256(path), Files.size(path)));
    }
    return new Checkpoint(name, base, folder.toAbsolutePath().normalize().toUri().toString(), hashed, step, epoch, job, createdAt, metrics);
  }

  /** The files that make the checkpoint, each of them checked. */
  private static List<String> files(Path folder, Layout layout) throws IOException {
    Set<String> weights = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    String pickle = null;
    try (Stream<Path> found = Files.list(folder)) {
      for (Path path : found.sorted().toList()) {
        String name = path.getFileName().toString();
        if (PICKLE.matcher(name.toLowerCase(Locale.ROOT)).matches()) {
          pickle = name;
        } else if (layout == Layout.ADAPTER ? name.equals(AdapterFolder.WEIGHTS) : name.startsWith("model") && name.endsWith(".safetensors")) {
          weights.add(name);
        } else if (layout == Layout.MODEL && (BESIDE_A_MODEL.contains(name) || name.equals(MODEL_INDEX))) {
          others.add(name);
        }
      }
    }
    if (pickle != null) {
      throw new TrainingException(
          "%s: %s may hold code, and is never read; save the checkpoint as safetensors alone".formatted(folder, pickle));
    }
    if (layout == Layout.MODEL) {
      json(folder.resolve(MODEL_INDEX)).ifPresent(index -> index.path("weight_map").forEach(file -> weights.add(file.asText())));
    }
    if (weights.isEmpty()) {
      throw new TrainingException(
          "%s has no weights; expected %s".formatted(folder, layout == Layout.ADAPTER ? AdapterFolder.WEIGHTS : "model.safetensors"));
    }
    for (String file : weights) {
      SafetensorsCheck.requireFinite(folder.resolve(file));
    }
    String config = layout == Layout.ADAPTER ? AdapterFolder.CONFIG : MODEL_CONFIG;
    if (json(folder.resolve(config)).isEmpty()) {
      throw new TrainingException(folder.resolve(config) + " is no JSON; is it still being written?");
    }
    return Stream.of(Stream.of(config), others.stream(), weights.stream()).flatMap(one -> one).toList();
  }

  private static TrainingException noCheckpoint(Path folder) {
    if (!Files.isDirectory(folder)) {
      return new TrainingException("no checkpoint at " + folder + ": expected a folder");
    }
    return new TrainingException(
        "no checkpoint at %s: expected a folder with %s and %s, or with %s and safetensors"
            .formatted(folder, AdapterFolder.CONFIG, AdapterFolder.WEIGHTS, MODEL_CONFIG));
  }

  private static String base(Path folder) {
    return json(folder.resolve(AdapterFolder.CONFIG))
        .map(config -> config.path("base_model_name_or_path").asText(""))
        .filter(name -> !name.isEmpty())
        .orElseThrow(
            () -> new TrainingException(folder.resolve(AdapterFolder.CONFIG) + " names no base model; say it, as workers serve it"));
  }

  private static long step(Path folder, JsonNode state) {
    for (String name : List.of("global_step", "step")) {
      if (state.path(name).isIntegralNumber()) {
        return state.path(name).longValue();
      }
    }
    Matcher number = LAST_NUMBER.matcher(folder.getFileName().toString());
    if (number.find() && number.group(1).length() < 18) {
      return Long.parseLong(number.group(1));
    }
    throw new TrainingException(folder + ": neither trainer_state.json nor the folder's name says the step; say it");
  }

  private static Optional<JsonNode> json(Path file) {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readTree(file.toFile())).filter(JsonNode::isObject);
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
