package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Outputs of the real HELM, nltk and lm-evaluation-harness functions, kept beside the project because they quote benchmarks. */
final class SharedVectors {
  private SharedVectors() {}

  /** The {@code cases} of one file; where the folder is missing the test is skipped, but fails in continuous integration. */
  static JsonNode cases(String file) {
    Path folder =
        Optional.ofNullable(System.getenv("ASSAY_SHARED"))
            .map(Path::of)
            .orElseGet(() -> Path.of(System.getProperty("assay.project.root", "."), "..", "shared"));
    Path path = folder.resolve("vectors").resolve(file);
    if (!Files.exists(path)) {
      String message = "no vectors at " + path.toAbsolutePath().normalize() + "; set ASSAY_SHARED to the folder that holds vectors/";
      return "true".equals(System.getenv("CI")) ? fail(message) : abort(message);
    }
    try {
      return new ObjectMapper().readTree(path.toFile()).required("cases");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<String> strings(JsonNode array) {
    List<String> values = new ArrayList<>();
    array.forEach(value -> values.add(value.textValue()));
    return values;
  }

  static double[] doubles(JsonNode array) {
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).doubleValue();
    }
    return values;
  }
}
