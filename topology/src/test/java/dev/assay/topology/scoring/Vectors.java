package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.topology.lists.ListFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Outputs of the real HELM, nltk, scikit-learn, scipy and lm-evaluation-harness functions. */
enum Vectors {
  /** Kept beside the project, because they quote benchmarks. Without them a test is skipped, but fails in continuous integration. */
  SHARED {
    @Override
    JsonNode read(String file) {
      try {
        return JSON.readTree(sharedFolder().resolve("vectors").resolve(file).toFile());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    ListFolder lists() {
      return ListFolder.open(sharedFolder().resolve("lists"));
    }
  },
  /** Few cases on texts of the project's own, with lists of its own, written by {@code make_vectors.py} beside them. */
  OWN {
    @Override
    JsonNode read(String file) {
      try (InputStream stream = Vectors.class.getResourceAsStream("reference/" + file)) {
        return JSON.readTree(stream);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    ListFolder lists() {
      return ListFolder.open(Path.of(System.getProperty("assay.project.root", ".."), OWN_LISTS));
    }
  };

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OWN_LISTS = "topology/src/test/resources/dev/assay/topology/scoring/reference/lists";

  abstract JsonNode read(String file);

  /** The word lists that the values were computed with. */
  abstract ListFolder lists();

  /** The {@code cases} of one file. */
  JsonNode cases(String file) {
    return read(file).required("cases");
  }

  /** A file of the benchmarks kept beside the project. */
  static Path sharedData(String file) {
    return sharedFolder().resolve("data").resolve(file);
  }

  private static Path sharedFolder() {
    Path folder =
        Optional.ofNullable(System.getenv("ASSAY_SHARED"))
            .map(Path::of)
            .orElseGet(() -> Path.of(System.getProperty("assay.project.root", "."), "..", "shared"));
    if (!Files.isDirectory(folder.resolve("vectors"))) {
      String message =
          "no vectors in " + folder.toAbsolutePath().normalize() + "; set ASSAY_SHARED to the folder that holds vectors/, data/ and lists/";
      return "true".equals(System.getenv("CI")) ? fail(message) : abort(message);
    }
    return folder;
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

  static boolean[] flags(JsonNode array) {
    boolean[] values = new boolean[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asBoolean();
    }
    return values;
  }
}
