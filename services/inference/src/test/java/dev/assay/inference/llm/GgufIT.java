package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny models in GGUF files against the log-probabilities of transformers. */
class GgufIT {
  @TempDir private Path folder;

  @Test
  void load_onAGpuThatIsNotThere_saysHowManyThereAre() throws IOException {
    Path file = TinyGguf.write(folder.resolve("tiny.gguf"), TinyModels.model("llama"));

    assertThatThrownBy(() -> LanguageModel.load(file, "m", LoadOptions.defaults().on("gpu:97")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gpu:97 is not there: found ")
        .hasMessageContaining("expected cpu, auto or one of them");
    assertThatThrownBy(() -> LoadOptions.defaults().on("tpu")).hasMessageContaining("auto, cpu or gpu:N, but is tpu");
    assertThatThrownBy(() -> LoadOptions.defaults().withMemoryFraction(1.5)).hasMessageContaining("in (0, 1]").hasMessageContaining("1.5");
  }

  @Test
  void load_withAFractionOfTheMemory_givesTheSameNumbers() throws IOException {
    ObjectNode model = TinyModels.model("llama");
    Path file = TinyGguf.write(folder.resolve("tiny.gguf"), model);
    int[] ids = TinyModels.ids(model);
    try (LanguageModel plain = LanguageModel.load(file, "m", LoadOptions.defaults().withDevice("cpu"));
        LanguageModel part = LanguageModel.load(file, "m", LoadOptions.defaults().on("cpu").withMemoryFraction(1e-4))) {
      assertThat(part.tokenLogProbs(ids)).isEqualTo(plain.tokenLogProbs(ids));
    }
  }

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
