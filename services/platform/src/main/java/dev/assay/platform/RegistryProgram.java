package dev.assay.platform;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where the registry's program lies: the build unpacks it, and it is shipped as a folder beside the jars. */
final class RegistryProgram {

  private static final String PROPERTY = "assay.registry.home";

  /** Beside the jars of a distribution, or where this module's build has put it. */
  private static final List<String> PLACES = List.of("registry", "services/platform/target/registry");

  private static final String MARK = "quarkus-run.jar";

  private RegistryProgram() {}

  /**
   * Finds the program's folder: the system property {@code assay.registry.home}, else upwards from this class's jar, else upwards
   * from the working directory.
   *
   * @throws StackException if it is nowhere
   */
  static Path find() {
    String home = System.getProperty(PROPERTY);
    if (home != null) {
      return Optional.of(Path.of(home))
          .filter(RegistryProgram::holdsProgram)
          .orElseThrow(() -> new StackException("There is no " + MARK + " in " + home + ", which " + PROPERTY + " names."));
    }
    return Stream.concat(upwards(jarOf(RegistryProgram.class)), upwards(Path.of("").toAbsolutePath()))
        .flatMap(folder -> PLACES.stream().map(folder::resolve))
        .filter(RegistryProgram::holdsProgram)
        .findFirst()
        .orElseThrow(
            () -> new StackException(
                "The schema registry's program is not there: build it with 'mvn package', or name its folder by -D" + PROPERTY
                    + ", or use an existing registry with --schema-registry."));
  }

  private static boolean holdsProgram(Path folder) {
    return Files.isRegularFile(folder.resolve(MARK));
  }

  private static Stream<Path> upwards(@Nullable Path from) {
    return Stream.iterate(from, path -> path != null, Path::getParent);
  }

  private static @Nullable Path jarOf(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null) {
      return null;
    }
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("not a file: " + source.getLocation(), e);
    }
  }
}
