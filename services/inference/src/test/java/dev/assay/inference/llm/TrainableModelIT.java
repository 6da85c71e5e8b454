package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses and gradients against PEFT, and what must not change them. */
class TrainableModelIT {
  private static final int EVERY = 7;

  @TempDir private Path folder;

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    TinyModels.gradients().fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void slope_agreesWithPeft(String name) throws IOException {
    JsonNode expected = TinyModels.gradients().path(name);
    try (TrainableModel model = load(expected.path("model").asText(), LoadOptions.defaults())) {
      LoraLayout layout = layout(model, expected);
      assertThat(layout.size()).isEqualTo(expected.path("size").asInt());
      Slope slope = slope(model, layout, texts(), 0, 1);
      assertThat(slope.loss).isCloseTo(expected.path("loss").asDouble(), within(1e-3 * expected.path("loss").asDouble()));
      assertClose(expected, slope.gradient, 1e-3);
    }
  }

  /** llama.cpp stores rows in another order: a gradient that went to the wrong rows would be another. */
  @Test
  void slope_ofAGgufFile_agreesWithPeft() throws IOException {
    JsonNode expected = TinyModels.gradients().path("all");
    try (TrainableModel model =
        TrainableModel.load(TinyGguf.write(folder.resolve("tiny.gguf"), TinyModels.model("llama")), LoadOptions.defaults())) {
      assertClose(expected, slope(model, layout(model, expected), texts(), 0, 1).gradient, 1e-3);
    }
  }

  @Test
  void slope_inPasses_isTheSame() throws IOException {
    JsonNode expected = TinyModels.gradients().path("all");
    try (TrainableModel model = load("llama", LoadOptions.defaults().withMaxPassTokens(13))) {
      Slope slope = slope(model, layout(model, expected), texts(), 0, 1);
      assertThat(slope.loss).isCloseTo(expected.path("loss").asDouble(), within(1e-4));
      assertClose(expected, slope.gradient, 1e-3);
    }
  }

  @Test
  void slope_withDropout_followsFromTheSeed_bitForBit() throws IOException {
    try (TrainableModel model = load("llama", LoadOptions.defaults())) {
      LoraLayout layout = new LoraLayout(model.architecture(), 4, 8, Set.of(Part.QUERY, Part.VALUE));
      Slope one = slope(model, layout, texts(), 0.3, 5);
      Slope same = slope(model, layout, texts(), 0.3, 5);
      Slope other = slope(model, layout, texts(), 0.3, 6);
      assertThat(same.gradient).isEqualTo(one.gradient);
      assertThat(same.loss).isEqualTo(one.loss);
      assertThat(other.gradient).isNotEqualTo(one.gradient);
    }
  }

  @Test
  void slope_bfloat16_isNear() throws IOException {
    JsonNode expected = TinyModels.gradients().path("usual");
    try (TrainableModel model = load("llama", LoadOptions.defaults().withPrecision(Precision.BFLOAT16))) {
      Slope slope = slope(model, layout(model, expected), texts(), 0, 1);
      assertThat(slope.loss).isCloseTo(expected.path("loss").asDouble(), within(0.1));
      assertClose(expected, slope.gradient, 0.25);
    }
  }

  /** What is written is read as the numbers say: the model without adapter where B is zero, and what PEFT reads else. */
  @Test
  void write_isAnAdapterThatWorkersRead() throws IOException {
    Path base = TinyModels.write(folder.resolve("llama"), TinyModels.model("llama"), 1, Map.of());
    int[] ids = texts().getLast().tokens();
    double loss;
    try (TrainableModel model = TrainableModel.load(base, LoadOptions.defaults())) {
      LoraLayout layout = layout(model, TinyModels.gradients().path("all"));
      model.write(Files.createDirectory(folder.resolve("tuned")), layout, TinyModels.adapter(layout), "base", 0.05);
      model.write(Files.createDirectory(folder.resolve("fresh")), layout, layout.initial(new SplittableRandom(1)), "base", 0.05);
      BitSet all = new BitSet();
      all.set(1, ids.length);
      loss = slope(model, layout, List.of(new TrainingText(ids, all)), 0, 1).loss;
    }
    try (LanguageModel plain = LanguageModel.load(base, "base", LoadOptions.defaults());
        LanguageModel tuned = LanguageModel.load(base, folder.resolve("tuned"), "tuned", LoadOptions.defaults());
        LanguageModel fresh = LanguageModel.load(base, folder.resolve("fresh"), "fresh", LoadOptions.defaults())) {
      double sum = 0;
      for (double logProb : tuned.tokenLogProbs(ids)) {
        sum -= logProb;
      }
      assertThat(sum / (ids.length - 1)).isCloseTo(loss, within(1e-4));
      assertThat(fresh.tokenLogProbs(ids)).containsExactly(plain.tokenLogProbs(ids), within(1e-5));
    }
  }

  @Test
  void load_aModelOfFusedMatrices_isRefused() throws IOException {
    Path phi = TinyModels.write(folder.resolve("phi3"), TinyModels.model("phi3"), 1, Map.of());
    assertThatThrownBy(() -> TrainableModel.load(phi, LoadOptions.defaults()))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("cannot be trained here")
        .hasMessageContaining("q_proj");
  }

  @SuppressWarnings("ArrayRecordComponent") // Its numbers are compared one by one.
  private record Slope(double loss, float[] gradient) {}

  private static Slope slope(TrainableModel model, LoraLayout layout, List<TrainingText> texts, double dropout, long seed) {
    int answers = texts.stream().mapToInt(TrainingText::answers).sum();
    try (TrainableModel.Slope slope = model.slope(layout, TinyModels.adapter(layout), dropout)) {
      double loss = slope.add(texts, 1.0 / answers, seed);
      return new Slope(loss, slope.gradient());
    }
  }

  private static void assertClose(JsonNode expected, float[] gradient, double part) {
    double norm = 0;
    for (float g : gradient) {
      norm += (double) g * g;
    }
    assertThat(Math.sqrt(norm)).isCloseTo(expected.path("norm").asDouble(), within(part * expected.path("norm").asDouble()));
    double most = 0;
    for (JsonNode one : expected.path("gradient")) {
      most = Math.max(most, Math.abs(one.asDouble()));
    }
    for (int i = 0; i < expected.path("gradient").size(); i++) {
      double one = expected.path("gradient").get(i).asDouble();
      // Relative, and near zero relative to the largest.
      assertThat((double) gradient[EVERY * i]).as("number %d", EVERY * i).isCloseTo(one, within(part * Math.max(Math.abs(one), most / 10)));
    }
  }

  private static LoraLayout layout(TrainableModel model, JsonNode expected) {
    Set<Part> targets = EnumSet.noneOf(Part.class);
    expected.path("targets").forEach(name -> targets.add(LoraLayout.target(name.asText()).orElseThrow()));
    return new LoraLayout(model.architecture(), expected.path("rank").asInt(), expected.path("alpha").asDouble(), targets);
  }

  private TrainableModel load(String name, LoadOptions options) throws IOException {
    return TrainableModel.load(TinyModels.write(folder.resolve(name), TinyModels.model(name), 1, Map.of()), options);
  }

  /** As {@code texts} of tiny_training.py. */
  static List<TrainingText> texts() {
    List<TrainingText> texts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      int[] ids = new int[12 + 4 * i];
      for (int j = 0; j < ids.length; j++) {
        ids[j] = (j * 29 + 7 + 11 * i) % 64;
      }
      BitSet learned = new BitSet();
      learned.set(3);
      learned.set(ids.length - 5, ids.length);
      texts.add(new TrainingText(ids, learned));
    }
    return texts;
  }
}
