package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.weights.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tiny models in Hugging Face folders against the log-probabilities of transformers. */
class HuggingFaceFolderIT {
  @TempDir private Path folder;

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    TinyModels.cases().fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tokenLogProbs_agreeWithTransformers(String name) throws IOException {
    ObjectNode model = TinyModels.model(name);
    assertAgrees(model, TinyModels.write(folder, model, 1, Map.of()), LoadOptions.defaults());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tokenLogProbs_inPiecesAndShards_agreeWithTransformers(String name) throws IOException {
    ObjectNode model = TinyModels.model(name);
    if (model.has("old_config")) {
      model.set("config", model.path("old_config"));
    }
    assertAgrees(model, TinyModels.write(folder, model, 3, Map.of()), LoadOptions.defaults().withMaxPassTokens(7));
  }

  private static void assertAgrees(JsonNode model, Path path, LoadOptions options) throws IOException {
    try (LanguageModel loaded = LanguageModel.load(path, "tiny", options)) {
      double[] got = loaded.tokenLogProbs(TinyModels.ids(model));
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).as("token %d", i + 1).isCloseTo(model.path("logprobs").get(i).asDouble(), within(1e-4));
      }
    }
  }

  /** Step by step through the cache as in one pass: what windows, two kinds of attention and partly turned heads could break. */
  @ParameterizedTest
  @ValueSource(strings = {"mistral", "gemma3", "gpt_neox", "phi3", "qwen3", "yarn"})
  void generate_takesTheTokensThatScoringPrefers(String name) throws IOException {
    try (LanguageModel loaded = LanguageModel.load(TinyModels.write(folder, TinyModels.model(name), 1, Map.of()), name, LoadOptions.defaults())) {
      GenerateText text = GenerateText.greedy("0123456789:;<=>", 20);
      GenerateOutcome.Generated generated = (GenerateOutcome.Generated) loaded.generate(List.of(text)).getFirst();
      int[] prompt = loaded.encode(text.prompt());
      int[] whole = IntStream.concat(Arrays.stream(prompt), generated.tokens().stream().mapToInt(Integer::intValue)).toArray();
      double[] scored = Arrays.copyOfRange(loaded.tokenLogProbs(whole), prompt.length - 1, whole.length - 1);
      assertThat(Arrays.stream(scored).sum()).isCloseTo(generated.logProb(), within(1e-3));
    }
  }

  @Test
  void load_bfloat16_isNear() throws IOException {
    JsonNode model = TinyModels.model("llama");
    Path path = TinyModels.write(folder, model, 1, Map.of());
    try (LanguageModel loaded = LanguageModel.load(path, "half", LoadOptions.defaults().withPrecision(Precision.BFLOAT16))) {
      double[] got = loaded.tokenLogProbs(TinyModels.ids(model));
      for (int i = 0; i < got.length; i++) {
        // Eight bits of mantissa through two blocks.
        assertThat(got[i]).isCloseTo(model.path("logprobs").get(i).asDouble(), within(0.15));
      }
      assertThat(loaded.generate(List.of(GenerateText.greedy("0123", 5))).getFirst()).isInstanceOf(GenerateOutcome.Generated.class);
    }
  }

  @Test
  void checkpoint_changesWithOneNumber() throws IOException {
    JsonNode model = TinyModels.model("llama");
    Path one = TinyModels.write(folder.resolve("one"), model, 2, Map.of());
    Path other = TinyModels.write(folder.resolve("other"), model, 2, Map.of("model.norm.weight", Alterations::nudge));
    try (LanguageModel a = LanguageModel.load(one, "a", LoadOptions.defaults());
        LanguageModel b = LanguageModel.load(other, "b", LoadOptions.defaults())) {
      assertThat(a.card().checkpoint()).matches("[0-9a-f]{12}").isNotEqualTo(b.card().checkpoint());
    }
  }

  @Test
  void score_weightsThatAreNoNumbers_isRefused() throws IOException {
    Path path = TinyModels.write(folder, TinyModels.model("llama"), 1, Map.of("model.norm.weight", Alterations::notANumber));
    try (LanguageModel loaded = LanguageModel.load(path, "nan", LoadOptions.defaults())) {
      ScoreOutcome scored = loaded.score(List.of(new ScoreText("012", List.of("3")))).getFirst();
      assertThat(((ScoreOutcome.Refused) scored).reason()).contains("NaN");
      GenerateOutcome generated = loaded.generate(List.of(GenerateText.greedy("012", 3))).getFirst();
      assertThat(((GenerateOutcome.Refused) generated).reason()).contains("NaN");
    }
  }

  @Test
  void load_otherArchitecture_isRefusedByName() throws IOException {
    JsonNode model = TinyModels.model("llama");
    ((ObjectNode) model.path("config")).putArray("architectures").add("MambaForCausalLM");
    Path path = TinyModels.write(folder, model, 1, Map.of());
    assertThatThrownBy(() -> LanguageModel.load(path, "x", LoadOptions.defaults()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("MambaForCausalLM");
  }

  @Test
  void load_truncatedOrMissingShard_isRefused() throws IOException {
    Path path = TinyModels.write(folder, TinyModels.model("llama"), 2, Map.of());
    Path shard = path.resolve("model-00002-of-00002.safetensors");
    byte[] whole = Files.readAllBytes(shard);
    Files.write(shard, Arrays.copyOf(whole, whole.length - 5));
    assertThatThrownBy(() -> LanguageModel.load(path, "x", LoadOptions.defaults()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining(shard.toString())
        .hasMessageContaining("truncated");
    Files.delete(shard);
    assertThatThrownBy(() -> LanguageModel.load(path, "x", LoadOptions.defaults()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining(shard.toString())
        .hasMessageContaining("missing");
  }

  /** What the tests do to a tensor. */
  private static final class Alterations {
    static float[] nudge(float[] numbers) {
      float[] altered = numbers.clone();
      altered[0] += 0.5f;
      return altered;
    }

    static float[] notANumber(float[] numbers) {
      float[] altered = numbers.clone();
      altered[0] = Float.NaN;
      return altered;
    }
  }
}
