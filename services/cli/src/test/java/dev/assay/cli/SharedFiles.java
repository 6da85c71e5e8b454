package dev.assay.cli;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Published files that lie beside the project; a test that needs them is skipped where they are absent, but not in CI. */
public final class SharedFiles {

  private SharedFiles() {}

  /** Benchmarks and published answers. */
  public static Path data() {
    return existing("data");
  }

  /** Word lists that are not this project's to carry. */
  public static Path lists() {
    return existing("lists");
  }

  private static Path existing(String name) {
    Map<String, String> environment = System.getenv();
    String named = environment.get("ASSAY_SHARED");
    Path folder = named != null ? Path.of(named) : Path.of(System.getProperty("assay.project.root", ".")).resolve("../shared");
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      if ("true".equals(environment.get("CI"))) {
        fail(file + " is missing; in CI the published files must be there");
      }
      assumeTrue(false, file + " is missing");
    }
    return file;
  }
}
