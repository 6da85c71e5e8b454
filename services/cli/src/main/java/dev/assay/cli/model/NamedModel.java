package dev.assay.cli.model;

import dev.assay.inference.remote.RemoteSpec;
import dev.assay.inference.store.ModelSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A model as it is named on the command line: {@code SPEC} or {@code NAME=SPEC}; {@code SPEC+FOLDER} is a model with a LoRA adapter.
 *
 * @param name by which prompts ask for it, and which the tables show
 * @param spec what a worker in any folder reads as the same model
 * @param origin where it comes from
 */
public record NamedModel(String name, String spec, Origin origin) {

  /** The baseline that comes with Assay. */
  public static final String MINILM = "minilm";

  private static final String RECORDED = "recorded:";
  private static final String OPENAI = "openai:";
  private static final String HUB = "hf:";
  private static final int LONGEST_NAME = 100;

  /** Where a model comes from. */
  public sealed interface Origin {
    /** The MiniLM baseline. */
    record Baseline() implements Origin {}

    /** Stored answers: a file or folder, with or without {@code #column}. */
    record Recorded(String location) implements Origin {}

    /** A server in OpenAI's form. */
    record Remote(RemoteSpec spec) implements Origin {}

    /** Weights, on this machine or to be fetched. */
    record Weights(ModelSpec spec) implements Origin {}

    /** Weights with an adapter of this machine. */
    record Adapted(ModelSpec base, Path adapter) implements Origin {}
  }

  /** Refuses names that no record can carry. */
  public NamedModel {
    if (name.isBlank() || name.length() > LONGEST_NAME || name.startsWith("@") || name.contains("=")) {
      throw new IllegalArgumentException(
          "a model's name has 1 to %d characters, no = in it and no @ at its beginning; got '%s'; give it one: NAME=%s"
              .formatted(LONGEST_NAME, name, spec));
    }
  }

  /**
   * Reads a model from the command line.
   *
   * @throws IllegalArgumentException with what was got and what is possible
   */
  public static NamedModel parse(String text) {
    int equals = text.indexOf('=');
    boolean named = equals > 0 && isName(text.substring(0, equals), text.substring(equals + 1));
    NamedModel found = parseSpec(named ? text.substring(equals + 1) : text);
    return named ? new NamedModel(text.substring(0, equals), found.spec(), found.origin()) : found;
  }

  /** A name may have a slash or a colon, as those of hubs and servers do, where it cannot be the beginning of something else. */
  private static boolean isName(String before, String behind) {
    return before.chars().noneMatch(c -> c == '/' || c == ':')
        || (Stream.of(RECORDED, OPENAI, HUB).anyMatch(behind::startsWith) && Stream.of(RECORDED, OPENAI, HUB).noneMatch(before::startsWith));
  }

  /** What a worker is started with: parsing it gives this again. */
  public String text() {
    return name + "=" + spec;
  }

  private static NamedModel parseSpec(String spec) {
    if (spec.equals(MINILM)) {
      return new NamedModel(MINILM, MINILM, new Origin.Baseline());
    }
    if (spec.startsWith(RECORDED)) {
      return recorded(spec.substring(RECORDED.length()));
    }
    if (spec.startsWith(OPENAI)) {
      RemoteSpec remote = RemoteSpec.parse(spec.substring(OPENAI.length()));
      return new NamedModel(remote.model().replace('=', '-'), spec, new Origin.Remote(remote));
    }
    try {
      int plus = spec.indexOf('+');
      if (plus > 0 && !Files.exists(Path.of(spec))) {
        return adapted(parseSpec(spec.substring(0, plus)), spec.substring(plus + 1));
      }
      return weights(spec, ModelSpec.parse(spec));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + "; or " + MINILM + ", " + RECORDED + "FILE[#column], or " + OPENAI + "BASE_URL#MODEL", e);
    }
  }

  private static NamedModel adapted(NamedModel base, String folder) {
    Path adapter = Path.of(folder).toAbsolutePath().normalize();
    if (!(base.origin() instanceof Origin.Weights(ModelSpec weights))) {
      throw new IllegalArgumentException("got an adapter of " + base.spec() + ", which has no weights; expected one of a language model");
    }
    if (!Files.isDirectory(adapter)) {
      throw new IllegalArgumentException("no adapter at " + adapter + ": expected a folder with adapter_config.json and safetensors");
    }
    return new NamedModel(base.name() + "+" + stem(adapter), base.spec() + "+" + adapter, new Origin.Adapted(weights, adapter));
  }

  private static NamedModel weights(String text, ModelSpec spec) {
    return switch (spec) {
      case ModelSpec.Catalogued catalogued -> new NamedModel(catalogued.model().title(), text, new Origin.Weights(spec));
      case ModelSpec.Hub hub -> new NamedModel(hub.repository(), text, new Origin.Weights(spec));
      case ModelSpec.Local local -> {
        Path path = local.path().toAbsolutePath().normalize();
        yield new NamedModel(stem(path), path.toString(), new Origin.Weights(new ModelSpec.Local(path)));
      }
    };
  }

  /** The column names the model where a file holds the answers of many. */
  private static NamedModel recorded(String given) {
    int hash = given.lastIndexOf('#');
    Path file = Path.of(hash < 0 ? given : given.substring(0, hash)).toAbsolutePath().normalize();
    String column = hash < 0 ? "" : given.substring(hash + 1);
    String location = file + (hash < 0 ? "" : "#" + column);
    return new NamedModel(column.isEmpty() ? stem(file) : column.replace('=', '-'), RECORDED + location, new Origin.Recorded(location));
  }

  private static String stem(Path path) {
    Path last = path.getFileName();
    String name = last == null ? "" : last.toString();
    int dot = name.lastIndexOf('.');
    String stem = dot > 0 && !Files.isDirectory(path) ? name.substring(0, dot) : name;
    // A name given by hand ends at the first =, so none that is made up here may hold one.
    return stem.replace('=', '-');
  }
}
