package dev.assay.cli.model;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model as it is named on the command line: {@code SPEC} or {@code NAME=SPEC}.
 *
 * @param name by which prompts ask for it, and which the tables show
 * @param kind where it comes from
 * @param location what the kind needs: a catalogue name, a file with or without {@code #column}, a folder, or {@code org/name[@revision]}
 */
public record ModelSpec(String name, Kind kind, String location) {

  private static final String RECORDED = "recorded:";
  private static final String HUB = "hf:";

  /** The baseline that comes with Assay. */
  public static final String MINILM = "minilm";

  private static final int LONGEST_NAME = 100;

  /** Where a model comes from. */
  public enum Kind {
    /** A name in Assay's catalogue of models that it knows how to fetch. */
    CATALOGUE,
    /** The MiniLM baseline. */
    BASELINE,
    /** Stored answers in a file. */
    RECORDED,
    /** A {@code .gguf} file or a folder with safetensors. */
    LOCAL,
    /** The Hugging Face hub. */
    HUB
  }

  /** Refuses names that no record can carry. */
  public ModelSpec {
    if (name.isBlank() || name.length() > LONGEST_NAME || name.startsWith("@")) {
      throw new IllegalArgumentException(
          "a model's name has 1 to %d characters and no @ at its beginning; got '%s'; give it one: NAME=%s"
              .formatted(LONGEST_NAME, name, location));
    }
  }

  /**
   * Reads a model from the command line.
   *
   * @throws IllegalArgumentException with what was got and what is possible
   */
  public static ModelSpec parse(String text) {
    int equals = text.indexOf('=');
    boolean named = equals > 0 && !text.substring(0, equals).contains("/") && !text.substring(0, equals).contains(":");
    String spec = named ? text.substring(equals + 1) : text;
    ModelSpec found = parseSpec(spec);
    return named ? new ModelSpec(text.substring(0, equals), found.kind(), found.location()) : found;
  }

  /** What a worker is started with: parsing it gives this again. */
  public String text() {
    return name + "=" + switch (kind) {
      case RECORDED -> RECORDED + location;
      case HUB -> HUB + location;
      case CATALOGUE, BASELINE, LOCAL -> location;
    };
  }

  private static ModelSpec parseSpec(String spec) {
    if (spec.startsWith(RECORDED)) {
      String location = spec.substring(RECORDED.length());
      return new ModelSpec(recordedName(location), Kind.RECORDED, absolute(location));
    }
    if (spec.startsWith(HUB)) {
      String location = spec.substring(HUB.length());
      return new ModelSpec(location, Kind.HUB, location);
    }
    if (spec.equals(MINILM)) {
      return new ModelSpec(MINILM, Kind.BASELINE, MINILM);
    }
    Path path = Path.of(spec);
    if (spec.endsWith(".gguf") || spec.contains("/") || Files.isDirectory(path)) {
      return new ModelSpec(stem(path), Kind.LOCAL, path.toAbsolutePath().normalize().toString());
    }
    return new ModelSpec(spec, Kind.CATALOGUE, spec);
  }

  /** The column is the model where a file holds the answers of many. */
  private static String recordedName(String location) {
    int hash = location.lastIndexOf('#');
    return hash >= 0 && hash < location.length() - 1 ? location.substring(hash + 1) : stem(Path.of(location));
  }

  /** A worker may run in another folder. */
  private static String absolute(String location) {
    int hash = location.lastIndexOf('#');
    String file = hash < 0 ? location : location.substring(0, hash);
    return Path.of(file).toAbsolutePath().normalize() + (hash < 0 ? "" : location.substring(hash));
  }

  private static String stem(Path path) {
    Path last = path.getFileName();
    String name = last == null ? "" : last.toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 && Files.isDirectory(path) ? name : dot > 0 ? name.substring(0, dot) : name;
  }
}
