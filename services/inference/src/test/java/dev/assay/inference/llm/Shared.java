package dev.assay.inference.llm;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What tests share with the machine: the recorded vectors, and the real model. */
final class Shared {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Shared() {}

  /** Reads a file of vectors; where there is none the test is skipped, but in CI fails. */
  static JsonNode vectors(String name) throws IOException {
    String given = System.getenv("ASSAY_SHARED");
    Path shared = given != null ? Path.of(given) : Path.of(System.getProperty("assay.project.root")).resolve("../shared");
    Path file = shared.resolve("vectors").resolve(name);
    assumeTrue(Files.exists(file) || "true".equals(System.getenv("CI")), () -> file + " is not on this machine");
    return JSON.readTree(file.toFile());
  }

  /** The path of SmolLM2-135M-Instruct, fetched when it is not here. */
  static Path smolLm() throws IOException, InterruptedException {
    return ModelStore.ofEnvironment().pull(ModelSpec.parse("smollm2-135m-instruct"), Progress.SILENT);
  }
}
