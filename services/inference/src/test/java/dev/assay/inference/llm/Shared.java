package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

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
    return pulled("smollm2-135m-instruct");
  }

  /** The path of Gemma 3 270M, fetched when it is not here. */
  static Path gemma() throws IOException, InterruptedException {
    return pulled("gemma3-270m");
  }

  private static Path pulled(String name) throws IOException, InterruptedException {
    return ModelStore.ofEnvironment().pull(ModelSpec.parse(name), Progress.SILENT);
  }

  /** Two greedy completions may part only where two tokens are equally probable, within 1e-3. */
  static void assertSameOrTied(LanguageModel model, String prompt, List<Integer> got, int[] expected) {
    for (int i = 0; i < Math.min(got.size(), expected.length); i++) {
      if (got.get(i) != expected[i]) {
        String before = prompt + model.decode(Arrays.copyOf(expected, i));
        List<String> both = List.of(model.decode(new int[] {got.get(i)}), model.decode(new int[] {expected[i]}));
        List<Double> scores = logProbs(model.score(List.of(new ScoreText(before, both))).getFirst());
        assertThat(scores.get(0)).as("token %d after %s", i, before).isCloseTo(scores.get(1), within(1e-3));
        return;
      }
    }
    assertThat(got).hasSize(expected.length);
  }

  static List<Double> logProbs(ScoreOutcome outcome) {
    return ((ScoreOutcome.Scored) outcome).logProbs();
  }

  static int[] ints(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
  }
}
