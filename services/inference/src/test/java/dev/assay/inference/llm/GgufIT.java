package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny models in GGUF files against the log-probabilities of transformers. */
class GgufIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"llama", "llama_biases", "linear", "yarn", "mistral", "qwen2", "qwen3", "gpt_neox", "gpt_neox_sequential", "phi3"})
  void tokenLogProbs_agreeWithTransformers(String name) throws IOException {
    ObjectNode model = TinyModels.model(name);
    try (LanguageModel loaded = LanguageModel.load(TinyGguf.write(folder.resolve("tiny.gguf"), model), name, LoadOptions.defaults())) {
      double[] got = loaded.tokenLogProbs(TinyModels.ids(model));
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).as("token %d", i + 1).isCloseTo(model.path("logprobs").get(i).asDouble(), within(1e-4));
      }
    }
  }
}
