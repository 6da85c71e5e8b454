package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real Gemma 3 270M, of mixed quantised types and with a SentencePiece vocabulary, against what transformers made of the same file. */
class GemmaIT {
  private static final List<String> LETTERS = List.of(" A", " B", " C", " D");
  private static final int QUESTIONS = 20;
  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException, InterruptedException {
    model = LanguageModel.load(Shared.gemma(), "gemma3-270m", LoadOptions.defaults().withDecodeRows(8));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void card_namesTheFileByItsHash() {
    assertThat(model.card().checkpoint()).isEqualTo("a5fd3b62230a");
    assertThat(model.card().contextTokens()).isEqualTo(32768);
    assertThat(model.card().parameters()).isEqualTo(268_098_176L);
  }

  @Test
  void score_agreesWithTransformers() throws IOException {
    Map<String, String> prompts = new HashMap<>();
    Shared.vectors("smollm2_mmlu_zero_shot.json").path("items").forEach(item -> prompts.put(key(item), item.path("prompt").asText()));
    JsonNode items = Shared.vectors("gemma3_270m.json").path("items");
    List<ScoreText> texts = new ArrayList<>();
    for (int i = 0; i < QUESTIONS; i++) {
      String prompt = Objects.requireNonNull(prompts.get(key(items.get(i))));
      int[] ids = model.encode(prompt);
      assertThat(Arrays.copyOf(ids, items.get(i).path("first_ids").size())).containsExactly(Shared.ints(items.get(i).path("first_ids")));
      assertThat(ids).hasSize(items.get(i).path("n_tokens").asInt());
      texts.add(new ScoreText(prompt, LETTERS));
    }
    List<ScoreOutcome> outcomes = model.score(texts);
    for (int i = 0; i < QUESTIONS; i++) {
      List<Double> got = Shared.logProbs(outcomes.get(i));
      for (int letter = 0; letter < 4; letter++) {
        double expected = items.get(i).path("logprobs").get(letter).asDouble();
        assertThat(got.get(letter)).as("item %d, letter %d", i, letter).isCloseTo(expected, within(1e-3));
      }
    }
  }

  @Test
  void generate_greedily_agreesWithTransformers() throws IOException {
    JsonNode items = Shared.vectors("gemma3_270m.json").path("generation");
    List<GenerateText> texts = new ArrayList<>();
    for (JsonNode item : items) {
      assertThat(model.encode(item.path("prompt").asText())).containsExactly(Shared.ints(item.path("prompt_ids")));
      texts.add(GenerateText.greedy(item.path("prompt").asText(), item.path("completion_ids").size()));
    }
    List<GenerateOutcome> outcomes = model.generate(texts);
    for (int i = 0; i < texts.size(); i++) {
      GenerateOutcome.Generated got = (GenerateOutcome.Generated) outcomes.get(i);
      Shared.assertSameOrTied(model, texts.get(i).prompt(), got.tokens(), Shared.ints(items.get(i).path("completion_ids")));
    }
  }

  private static String key(JsonNode item) {
    return item.path("subject").asText() + item.path("index").asInt();
  }
}
