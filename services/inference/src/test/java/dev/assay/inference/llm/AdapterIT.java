package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.Truncation;
import dev.assay.records.Variant;
import dev.assay.records.Votes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRA adapters against PEFT, side by side in one batch, coming and going, and broken in every way. */
class AdapterIT {
  private static final String QUERY_UP = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";

  @TempDir private Path folder;

  static List<String> cases() throws IOException {
    List<String> names = new ArrayList<>();
    TinyModels.adapters().fieldNames().forEachRemaining(names::add);
    return names;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void tokenLogProbs_agreeWithPeft(String name) throws IOException {
    JsonNode adapter = TinyModels.adapters().path(name);
    JsonNode model = TinyModels.model(adapter.path("model").asText());
    Path base = TinyModels.write(folder.resolve("base"), model, 1, Map.of());
    Path files = TinyModels.writeAdapter(folder.resolve("adapter"), adapter, Map.of());
    try (LanguageModel loaded = LanguageModel.load(base, files, "tuned", LoadOptions.defaults().withMaxPassTokens(16))) {
      assertAgrees(adapter, loaded.tokenLogProbs(TinyModels.ids(model)));
    }
  }

  /** llama.cpp stores rows in another order and names tensors otherwise; adapters keep to Hugging Face's. */
  @ParameterizedTest
  @ValueSource(strings = {"all", "regex", "one_layer", "neox", "phi"})
  void tokenLogProbs_onAGgufFile_agreeWithPeft(String name) throws IOException {
    JsonNode adapter = TinyModels.adapters().path(name);
    ObjectNode model = TinyModels.model(adapter.path("model").asText());
    Path base = TinyGguf.write(folder.resolve("tiny.gguf"), model);
    Path files = TinyModels.writeAdapter(folder.resolve("adapter"), adapter, Map.of());
    try (LanguageModel loaded = LanguageModel.load(base, files, "tuned", LoadOptions.defaults())) {
      assertAgrees(adapter, loaded.tokenLogProbs(TinyModels.ids(model)));
    }
  }

  private static void assertAgrees(JsonNode adapter, double[] got) {
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).as("token %d", i + 1).isCloseTo(adapter.path("logprobs").get(i).asDouble(), within(1e-4));
    }
  }

  @Test
  void answer_baseAndAdaptersInOneBatch_isWhatEachAnswersAlone() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      attach(model, "one", Map.of());
      attach(model, "other", Map.of(QUERY_UP, numbers -> new float[numbers.length]));
      List<Request> requests = new ArrayList<>();
      for (String name : List.of("base", "one", "other", "one", "base")) {
        // The same text for all: only what reads it differs.
        requests.add(score(name, "0123456789:;<=>?"));
        requests.add(generate(name, "0123456789:;"));
      }
      List<ModelAnswer> together = model.answer(requests);
      for (int i = 0; i < requests.size(); i++) {
        model.forget();
        assertSame(model.answer(List.of(requests.get(i))).getFirst(), together.get(i));
        // What the cache keeps of other adapters' texts is not this one's.
        assertSame(model.answer(List.of(requests.get(i))).getFirst(), together.get(i));
      }
      assertThat(logProbs(together.get(0))).isNotEqualTo(logProbs(together.get(2)));
      assertThat(logProbs(together.get(2))).isNotEqualTo(logProbs(together.get(4)));
      assertThat(together.get(6).tokensComputed() + together.get(2).tokensComputed()).isEqualTo(16);
    }
  }

  @Test
  void load_bfloat16_isNear() throws IOException {
    JsonNode adapter = TinyModels.adapters().path("all");
    JsonNode model = TinyModels.model("llama");
    Path base = TinyModels.write(folder.resolve("base"), model, 1, Map.of());
    Path files = TinyModels.writeAdapter(folder.resolve("adapter"), adapter, Map.of());
    try (LanguageModel loaded = LanguageModel.load(base, files, "half", LoadOptions.defaults().withPrecision(Precision.BFLOAT16))) {
      double[] got = loaded.tokenLogProbs(TinyModels.ids(model));
      for (int i = 0; i < got.length; i++) {
        assertThat(got[i]).isCloseTo(adapter.path("logprobs").get(i).asDouble(), within(0.25));
      }
    }
  }

  @Test
  void detach_whileRequestsRun_letsThemEnd_andAnswersLaterOnesWithTheReason() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      attach(model, "one", Map.of());
      ModelAnswer alone = model.answer(List.of(generate("one", "0123456789:;"))).getFirst();
      List<ModelAnswer> answers = new ArrayList<>();
      List<List<Request>> coming = new ArrayList<>(List.of(List.of(generate("one", "0123456789:;")), List.of(), List.of()));
      model.serve(
          () -> {
            if (coming.isEmpty()) {
              return List.of();
            }
            List<Request> now = coming.removeFirst();
            if (coming.size() == 1) {
              assertThat(model.detach("one")).isTrue();
            }
            return now.stream().map(request -> new Inbox.Task(request, answers::add)).toList();
          });
      assertThat(answers).hasSize(1);
      assertSame(alone, answers.getFirst());
      assertThat(reason(model.answer(List.of(score("one", "0123"))).getFirst())).contains("one", "not loaded here");
      assertThat(model.adapters()).isEmpty();
      assertThat(model.detach("one")).isFalse();
    }
  }

  @Test
  void attach_namesTheVersionByBaseAndFiles() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      String first = attach(model, "one", Map.of());
      assertThat(first).matches("[0-9a-f]{12}").isNotEqualTo(model.card().checkpoint());
      assertThat(attach(model, "two", Map.of())).isEqualTo(first);
      assertThat(attach(model, "one", Map.of(QUERY_UP, numbers -> new float[numbers.length]))).isNotEqualTo(first);
      assertThat(model.adapters()).extracting("name").containsExactly("one", "two");
    }
  }

  /** An adapter whose numbers are finite, but too large: all that it gives is no number. */
  @Test
  void answer_adapterThatOverflows_failsAlone_andSpoilsNothing() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      attach(model, "good", Map.of());
      attach(model, "mad", Map.of(QUERY_UP, numbers -> filled(numbers, 1e38f), QUERY_UP.replace("q_proj", "v_proj"), numbers -> filled(numbers, 3e38f)));
      List<Request> requests = new ArrayList<>();
      for (String name : List.of("good", "mad", "base")) {
        requests.add(score(name, "0123456789"));
        requests.add(generate(name, "0123456789"));
      }
      List<ModelAnswer> together = model.answer(requests);
      assertThat(reason(together.get(2))).contains("NaN");
      assertThat(reason(together.get(3))).contains("NaN");
      for (int i : new int[] {0, 1, 4, 5}) {
        model.forget();
        assertSame(model.answer(List.of(requests.get(i))).getFirst(), together.get(i));
      }
      assertThat(reason(model.answer(List.of(requests.get(2))).getFirst())).contains("mad", "not finite", "loaded anew");
    }
  }

  @Test
  void attach_whatIsNoAdapterOfTheModel_isRefusedWithTheReason() throws IOException {
    ObjectNode adapter = TinyModels.adapters().path("all").deepCopy();
    try (LanguageModel model = base(LoadOptions.defaults())) {
      assertRefused(model, changed(adapter, config -> config.put("peft_type", "IA3")), "peft_type is IA3, expected LORA");
      assertRefused(model, changed(adapter, config -> config.put("fan_in_fan_out", true)), "fan_in_fan_out is true");
      assertRefused(model, changed(adapter, config -> config.put("use_dora", true)), "use_dora is true");
      assertRefused(model, changed(adapter, config -> config.putArray("modules_to_save").add("lm_head")), "modules_to_save");
      assertRefused(model, changed(adapter, config -> config.put("r", 8)), "is 4 × 32", "8 × 32", "another model");
      assertRefused(model, changed(adapter, config -> config.put("r", 0)), "rank", "at least 1");
      assertRefused(model, changed(adapter, config -> config.putArray("target_modules").add("q_proj")), "no linear layer", "another model");
      assertRefused(model, changed(adapter, config -> config.put("target_modules", "q_proj(")), "q_proj( is no pattern");
      assertRefused(model, changed(adapter, config -> config.putArray("target_modules").add("c_attn")), "c_attn", "another model");
      assertRefused(model, TinyModels.adapters().path("neox"), "query_key_value", "another model");
      ObjectNode missing = adapter.deepCopy();
      ((ObjectNode) missing.path("shapes")).remove(QUERY_UP);
      assertRefused(model, missing, QUERY_UP, "missing");
      assertThatThrownBy(() -> attach(model, "nan", Map.of(QUERY_UP, numbers -> filled(numbers, Float.NaN))))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining(QUERY_UP)
          .hasMessageContaining("NaN");
      assertThat(model.adapters()).isEmpty();
      assertThat(model.answer(List.of(score("base", "0123"))).getFirst().outcome()).isInstanceOf(Votes.class);
    }
  }

  @Test
  void attach_damagedOrPickledFiles_isRefused() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      Path files = TinyModels.writeAdapter(folder.resolve("adapter"), TinyModels.adapters().path("all"), Map.of());
      Path weights = files.resolve("adapter_model.safetensors");
      byte[] whole = Files.readAllBytes(weights);
      Files.write(weights, Arrays.copyOf(whole, whole.length - 3));
      assertThatThrownBy(() -> model.attach("x", files)).isInstanceOf(ModelFileException.class).hasMessageContaining("truncated");
      Files.move(weights, files.resolve("adapter_model.bin"));
      assertThatThrownBy(() -> model.attach("x", files))
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining("adapter_model.bin may hold code and is never read");
      Files.delete(files.resolve("adapter_config.json"));
      assertThatThrownBy(() -> model.attach("x", files)).isInstanceOf(ModelFileException.class).hasMessageContaining("no adapter at");
    }
  }

  /** What is deleted while it is evaluated is evaluated to the end. */
  @Test
  void answer_whenTheFilesAreGone_isAsBefore() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      attach(model, "one", Map.of());
      List<Request> requests = List.of(score("base", "0123456789"), score("one", "0123456789"));
      List<ModelAnswer> before = model.answer(requests);
      List<Path> all;
      try (Stream<Path> files = Files.walk(folder)) {
        all = files.filter(Files::isRegularFile).toList();
      }
      for (Path file : all) {
        Files.delete(file);
      }
      assertThat(all).extracting(file -> file.getFileName().toString()).contains("adapter_model.safetensors", "model.safetensors");
      model.forget();
      List<ModelAnswer> after = model.answer(requests);
      assertSame(before.get(0), after.get(0));
      assertSame(before.get(1), after.get(1));
    }
  }

  @Test
  void answer_whatDoesNotFitIntoMemory_isSplit_andElseAFailure() throws IOException {
    try (LanguageModel model = base(LoadOptions.defaults())) {
      List<Request> requests = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        requests.add(score("base", "0123456789".substring(i) + "ABCDEFGHIJ"));
        requests.add(generate("base", "0123456789".substring(i) + "KLMNOPQ"));
      }
      List<ModelAnswer> fitting = model.answer(requests);
      model.forget();
      model.limit(30);
      List<ModelAnswer> split = model.answer(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertSame(fitting.get(i), split.get(i));
      }
      model.forget();
      model.limit(10);
      List<ModelAnswer> refused = model.answer(List.of(requests.getFirst(), score("base", "01234"), requests.get(1)));
      assertThat(reason(refused.get(0))).contains("not enough memory");
      assertThat(refused.get(1).outcome()).isInstanceOf(Votes.class);
      assertThat(reason(refused.get(2))).contains("not enough memory");
    }
  }

  /** What libtorch itself says when there is no such memory on any machine. */
  @Test
  void outOfMemory_isKnownByLibtorchsMessage() {
    try (NDManager manager = TorchEngine.get().newBaseManager()) {
      assertThatThrownBy(() -> manager.zeros(new Shape(1L << 58))).satisfies(thrown -> assertThat(OutOfMemory.caused(thrown)).as("%s", thrown).isTrue());
      assertThatThrownBy(() -> manager.zeros(new Shape(2)).add(manager.zeros(new Shape(3))))
          .satisfies(thrown -> assertThat(OutOfMemory.caused(thrown)).isFalse());
    }
  }

  private LanguageModel base(LoadOptions options) throws IOException {
    return LanguageModel.load(TinyModels.write(folder.resolve("base"), TinyModels.model("llama"), 1, Map.of()), "base", options);
  }

  private String attach(LanguageModel model, String name, Map<String, UnaryOperator<float[]>> alter) throws IOException {
    return model.attach(name, TinyModels.writeAdapter(folder.resolve(name), TinyModels.adapters().path("all"), alter)).checkpoint();
  }

  private static JsonNode changed(ObjectNode adapter, Consumer<ObjectNode> change) {
    ObjectNode copy = adapter.deepCopy();
    change.accept((ObjectNode) copy.path("config"));
    return copy;
  }

  private void assertRefused(LanguageModel model, JsonNode adapter, String... reasons) throws IOException {
    Path files = TinyModels.writeAdapter(folder.resolve("refused"), adapter, Map.of());
    assertThatThrownBy(() -> model.attach("x", files)).isInstanceOf(ModelFileException.class).message().contains(reasons);
  }

  private static float[] filled(float[] numbers, float number) {
    float[] filled = new float[numbers.length];
    Arrays.fill(filled, number);
    return filled;
  }

  private static void assertSame(ModelAnswer expected, ModelAnswer got) {
    if (expected.outcome() instanceof Votes) {
      List<Double> numbers = logProbs(expected);
      for (int i = 0; i < numbers.size(); i++) {
        assertThat(logProbs(got).get(i)).isCloseTo(numbers.get(i), within(1e-4));
      }
    } else {
      assertThat(((Text) got.outcome()).getText()).isEqualTo(((Text) expected.outcome()).getText());
    }
  }

  private static List<Double> logProbs(ModelAnswer answer) {
    return ((Votes) answer.outcome()).getVotes().getFirst().getLogProbs();
  }

  private static String reason(ModelAnswer answer) {
    return ((Failure) answer.outcome()).getReason();
  }

  private static Request score(String model, String prefix) {
    return request(model, prefix, new Score("", List.of(), List.of(new Variant(List.of(0), "", List.of("A", "B", "C")))));
  }

  private static Request generate(String model, String prefix) {
    return request(model, prefix, new Generate("", 8, List.of(), 0.0, 0, 1.0, 0L, 1.0, 1, false));
  }

  private static Request request(String model, String prefix, Object work) {
    Envelope envelope = new Envelope("run", "prompt", "task", TaskType.OTHER, Skill.OTHER, "source", 0, 0L, Instant.EPOCH, null, List.of(), null, null);
    return new Request("id", model, envelope, prefix, work, Instant.EPOCH, Truncation.REFUSE);
  }
}
