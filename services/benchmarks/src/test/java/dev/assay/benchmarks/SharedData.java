package dev.assay.benchmarks;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Reference outputs and published files that lie beside the project; a test that needs them is skipped where they are absent, but not in CI. */
public final class SharedData {
  private static final JsonMapper MAPPER = new JsonMapper();

  private SharedData() {}

  /** A file among the test resources, made from this project's own sentences. */
  public static JsonNode resource(String name) {
    try (InputStream in = SharedData.class.getResourceAsStream(name)) {
      return MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name, e);
    }
  }

  public static JsonNode vector(String name) {
    Path file = existing(folder().resolve("vectors").resolve(name));
    try {
      return MAPPER.readTree(file.toFile());
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + file, e);
    }
  }

  public static Path data() {
    return existing(folder().resolve("data"));
  }

  /** Word lists that are not this project's to carry. */
  public static Path lists() {
    return existing(folder().resolve("lists"));
  }

  private static Path folder() {
    Map<String, String> environment = System.getenv();
    String named = environment.get("ASSAY_SHARED");
    return named != null ? Path.of(named) : Path.of(System.getProperty("assay.project.root", ".")).resolve("../shared");
  }

  private static Path existing(Path file) {
    if (!Files.exists(file)) {
      if ("true".equals(System.getenv("CI"))) {
        fail(file + " is missing; in CI the reference outputs must be there");
      }
      assumeTrue(false, file + " is missing");
    }
    return file;
  }
}
