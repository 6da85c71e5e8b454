package dev.assay.inference.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which model is meant. */
public sealed interface ModelSpec {
  /** A model of {@link Catalogue}. */
  record Catalogued(Catalogue model) implements ModelSpec {}

  /** A model of the Hugging Face hub, at a branch, tag or commit. */
  record Hub(String repository, String revision) implements ModelSpec {}

  /** A folder or a {@code .gguf} file on this machine. */
  record Local(Path path) implements ModelSpec {}

  /** {@code hf:org/name[@revision]}; names never lead out of the store's folder. */
  Pattern HUB = Pattern.compile("hf:((?!\\.)[A-Za-z0-9._-]+/(?!\\.)[A-Za-z0-9._-]+)(?:@((?!\\.)[A-Za-z0-9._-]+))?");

  /**
   * Reads {@code smollm2-135m-instruct}, {@code hf:org/name[@revision]}, or a path.
   *
   * @throws IllegalArgumentException when it is none of them
   */
  static ModelSpec parse(String text) {
    if (text.startsWith("hf:")) {
      Matcher matcher = HUB.matcher(text);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("expected hf:organisation/name[@revision], but got " + text);
      }
      return new Hub(matcher.group(1), matcher.group(2) == null ? "main" : matcher.group(2));
    }
    for (Catalogue model : Catalogue.values()) {
      if (model.title().equals(text)) {
        return new Catalogued(model);
      }
    }
    if (text.endsWith(".gguf") || text.contains("/") || Files.exists(Path.of(text))) {
      return new Local(Path.of(text));
    }
    throw new IllegalArgumentException(
        "unknown model "
            + text
            + ": expected one of "
            + Catalogue.titles()
            + ", hf:organisation/name[@revision], a folder, or a .gguf file");
  }
}
