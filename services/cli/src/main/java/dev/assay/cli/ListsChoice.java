package dev.assay.cli;

import dev.assay.inference.store.AssayHome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the word lists are that Assay does not carry. */
final class ListsChoice {

  /** The environment variable that names the folder. */
  static final String VARIABLE = "ASSAY_LISTS";

  @Option(
      names = "--lists",
      paramLabel = "DIR",
      description = "Folder with the word lists that Assay does not carry (default: $" + VARIABLE + ", else lists in Assay's home).")
  private @Nullable Path lists;

  /** The folder; empty where none is named and the usual one is not there. */
  Optional<Path> folder() {
    if (lists != null) {
      return Optional.of(lists);
    }
    String variable = System.getenv().getOrDefault(VARIABLE, "");
    return variable.isEmpty() ? Optional.of(AssayHome.path().resolve("lists")).filter(Files::isDirectory) : Optional.of(Path.of(variable));
  }
}
