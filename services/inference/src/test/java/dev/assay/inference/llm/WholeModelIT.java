package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.TrainableModel.Learning;
import dev.assay.inference.llm.weights.Architecture;
import dev.assay.inference.llm.weights.GgufWriter;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.ModelFiles;
import dev.assay.inference.llm.weights.ModelFiles.Piece;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gradient of all weights against transformers, and what is written of a model that learned. */
class WholeModelIT {
  private static final int EVERY = 61;
  private static final double PART = 1e-3;
  private static final WholeModel.Step STEP = new WholeModel.Step(0.999, 0.1, 0.999, 0.001, 0.0316, 1e-8, 0.01);

  @TempDir private Path folder;

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    TinyModels.fullGradients().fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradient_agreesWithTransformers(String name) throws IOException {
    assertAgrees(hub(name), TinyModels.fullGradients().path(name), LoadOptions.defaults());
  }

  @Test
  void gradient_inPasses_agreesWithTransformers() throws IOException {
    // The head is the embedding, so that both add to one gradient.
    assertAgrees(hub("llama3"), TinyModels.fullGradients().path("llama3"), LoadOptions.defaults().withMaxPassTokens(13));
  }

  @Test
  void gradient_ofAGgufFile_agreesWithTransformers() throws IOException {
    assertAgrees(gguf("llama"), TinyModels.fullGradients().path("llama"), LoadOptions.defaults());
  }

  /** Gemma's norms are stored less one, which rounds: what goes on must not have been rounded. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama3", "gemma3"})
  void read_goesOn_bitForBit(String name) throws IOException {
    Path base = hub(name);
    try (TrainableModel model = whole(base);
        WholeModel first = model.whole()) {
      step(first);
      first.write(Files.createDirectory(folder.resolve("saved")));
      first.writeState(folder.resolve("saved-state.safetensors"));
      step(first);
      write(first, "straight");
    }
    try (TrainableModel model = whole(base);
        WholeModel again = model.whole()) {
      again.read(folder.resolve("saved"), folder.resolve("saved-state.safetensors"));
      step(again);
      write(again, "again");
    }
    for (String file : List.of("model.safetensors", "state.safetensors", "config.json")) {
      assertThat(folder.resolve("again").resolve(file)).as(file).hasSameBinaryContentAs(folder.resolve("straight").resolve(file));
    }
    assertThat(folder.resolve("straight/model.safetensors").toFile()).isFile();
    assertThat(Files.mismatch(folder.resolve("straight/model.safetensors"), folder.resolve("saved/model.safetensors"))).isNotNegative();
  }

  @Test
  void read_whatIsOfAnotherModel_orAltered_isRefused() throws IOException {
    Path other = hub("qwen2");
    try (TrainableModel model = whole(hub("llama"));
        WholeModel whole = model.whole()) {
      write(whole, "own");
      Path state = folder.resolve("own/state.safetensors");
      assertThatThrownBy(() -> whole.read(other, state)).isInstanceOf(ModelFileException.class).hasMessageContaining("is of another model");
      assertThatThrownBy(() -> whole.read(folder.resolve("own"), folder.resolve("own/model.safetensors")))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining("mean.model.embed_tokens.weight is missing");
      byte[] bytes = Files.readAllBytes(state);
      Files.write(state, Arrays.copyOf(bytes, bytes.length / 2));
      assertThatThrownBy(() -> whole.read(folder.resolve("own"), state)).isInstanceOf(ModelFileException.class).hasMessageContaining("truncated");
    }
  }

  /** A worker reads what was written of a GGUF file as it reads the file: names, order of rows, tokenizer and all that is computed. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama3", "linear", "yarn", "mistral", "qwen2", "qwen3", "gemma3"})
  void write_ofAGgufFile_computesTheSame(String name) throws IOException {
    Path gguf = gguf(name);
    Path written = Files.createDirectory(folder.resolve("written"));
    try (TrainableModel opened = whole(gguf);
        WholeModel whole = opened.whole()) {
      assertThat(whole.write(written)).containsExactly("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json", "model.safetensors");
    }
    int[] ids = TrainableModelIT.texts().getLast().tokens();
    try (LanguageModel before = LanguageModel.load(gguf, "before", LoadOptions.defaults());
        LanguageModel after = LanguageModel.load(written, "after", LoadOptions.defaults())) {
      assertThat(after.tokenLogProbs(ids)).containsExactly(before.tokenLogProbs(ids), within(1e-5));
    }
  }

  @Test
  void load_whatNoConfigurationSays_isRefused() throws IOException {
    GgufWriter out = TinyGguf.withoutTokenizer(TinyModels.model("llama"));
    out.tensor("rope_freqs.weight", new float[] {1, 2, 3, 4}, 4);
    TinyGguf.characters(out);
    Path file = Files.write(folder.resolve("table.gguf"), out.bytes());
    assertThatThrownBy(() -> whole(file)).isInstanceOf(ModelFileException.class).hasMessageContaining("no config.json of").hasMessageContaining("safetensors");
  }

  @Test
  void load_inBfloat16_isRefused() throws IOException {
    Path base = hub("llama");
    assertThatThrownBy(() -> TrainableModel.load(base, LoadOptions.defaults().withPrecision(Precision.BFLOAT16), Learning.ALL_WEIGHTS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("float32 alone");
  }

  @Test
  void requireRoom_saysWhatIsNeededAndWhatThereIs() throws IOException {
    try (WeightSource source = WeightSource.open(hub("llama"))) {
      Architecture shape = source.architecture();
      long need = WholeModel.bytes(shape, 512);
      assertThat(need).isGreaterThan(16 * shape.parameters());
      WholeModel.requireRoom(folder, shape, 512, need);
      assertThatThrownBy(() -> WholeModel.requireRoom(folder, shape, 512, need - 1))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining("needs about %,d MiB".formatted(need >> 20))
          .hasMessageContaining("there are %,d MiB".formatted((need - 1) >> 20));
    }
  }

  private void assertAgrees(Path path, JsonNode expected, LoadOptions options) throws IOException {
    try (TrainableModel model = TrainableModel.load(path, options, Learning.ALL_WEIGHTS);
        WholeModel whole = model.whole();
        WeightSource source = WeightSource.open(path)) {
      double loss = expected.path("loss").asDouble();
      assertThat(add(whole)).isCloseTo(loss, within(PART * loss));
      assertThat(whole.norm()).isCloseTo(expected.path("norm").asDouble(), within(PART * expected.path("norm").asDouble()));
      List<String> names = new ArrayList<>();
      long parameters = 0;
      for (Piece piece : ModelFiles.pieces(model.architecture())) {
        String name = ModelFiles.name(source, piece);
        float[] gradient = whole.gradient(piece);
        names.add(name);
        parameters += gradient.length;
        assertClose(name, expected.path("tensors").path(name), gradient);
      }
      assertThat(expected.path("tensors").properties()).extracting(Map.Entry::getKey).containsExactlyInAnyOrderElementsOf(names);
      assertThat(whole.parameters()).isEqualTo(parameters);
    }
  }

  private static void assertClose(String name, JsonNode expected, float[] gradient) {
    double sum = 0;
    for (float one : gradient) {
      sum += (double) one * one;
    }
    double norm = expected.path("norm").asDouble();
    assertThat(Math.sqrt(sum)).as(name).isCloseTo(norm, within(PART * norm));
    double usual = norm / Math.sqrt(gradient.length);
    assertThat(expected.path("gradient")).hasSize(Math.ceilDiv(gradient.length, EVERY));
    for (int i = 0; i < expected.path("gradient").size(); i++) {
      double one = expected.path("gradient").get(i).asDouble();
      // Relative, and near zero relative to the usual.
      assertThat((double) gradient[EVERY * i]).as("%s, number %d", name, EVERY * i).isCloseTo(one, within(PART * Math.max(Math.abs(one), usual)));
    }
  }

  private static double add(WholeModel whole) {
    List<TrainingText> texts = TrainableModelIT.texts();
    return whole.add(texts, 1.0 / texts.stream().mapToInt(TrainingText::answers).sum());
  }

  private static void step(WholeModel whole) {
    add(whole);
    whole.update(STEP, 1);
  }

  private void write(WholeModel whole, String name) throws IOException {
    whole.write(Files.createDirectory(folder.resolve(name)));
    whole.writeState(folder.resolve(name).resolve("state.safetensors"));
  }

  private static TrainableModel whole(Path path) throws IOException {
    return TrainableModel.load(path, LoadOptions.defaults(), Learning.ALL_WEIGHTS);
  }

  private Path hub(String name) throws IOException {
    return TinyModels.write(folder.resolve(name), TinyModels.model(name), 1, Map.of());
  }

  private Path gguf(String name) throws IOException {
    return TinyGguf.write(folder.resolve(name + ".gguf"), TinyModels.model(name));
  }
}
