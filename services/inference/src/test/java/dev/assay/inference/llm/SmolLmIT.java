package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.inference.ModelAnswer;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.Variant;
import dev.assay.records.Votes;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The real SmolLM2-135M-Instruct against what lm-evaluation-harness and transformers made of it. */
class SmolLmIT {
  private static final List<String> LETTERS = List.of(" A", " B", " C", " D");
  private static LanguageModel model;

  @BeforeAll
  static void load() throws IOException, InterruptedException {
    model = LanguageModel.load(Shared.smolLm(), "smollm2-135m-instruct", LoadOptions.defaults().withDecodeRows(8));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  @Test
  void card_namesTheFileByItsHash() {
    assertThat(model.card().checkpoint()).isEqualTo("b179c9523d0e");
    assertThat(model.card().contextTokens()).isEqualTo(8192);
    assertThat(model.card().parameters()).isEqualTo(134_515_008L);
  }

  @Test
  void score_mmluZeroShot_agreesWithTheHarness() throws IOException {
    JsonNode vectors = Shared.vectors("smollm2_mmlu_zero_shot.json");
    List<ScoreText> texts = new ArrayList<>();
    vectors.path("items").forEach(item -> texts.add(new ScoreText(item.path("prompt").asText(), LETTERS)));
    int right = 0;
    for (int from = 0; from < texts.size(); from += 8) {
      List<ScoreOutcome> outcomes = model.score(texts.subList(from, Math.min(texts.size(), from + 8)));
      for (int i = 0; i < outcomes.size(); i++) {
        JsonNode item = vectors.path("items").get(from + i);
        List<Double> got = Shared.logProbs(outcomes.get(i));
        for (int letter = 0; letter < 4; letter++) {
          assertThat(got.get(letter)).as("item %d, letter %d", from + i, letter).isCloseTo(item.path("logprobs").get(letter).asDouble(), within(1e-3));
        }
        right += got.indexOf(Collections.max(got)) == item.path("gold").asInt() ? 1 : 0;
      }
    }
    assertThat(right / (double) texts.size()).isEqualTo(vectors.path("accuracy").asDouble());
  }

  @Test
  void generate_greedily_agreesWithTransformers() throws IOException {
    JsonNode items = Shared.vectors("smollm2_generation.json").path("items");
    List<GenerateText> texts = new ArrayList<>();
    for (JsonNode item : items) {
      int[] ids = model.encode(item.path("prompt").asText());
      assertThat(ids).as(item.path("prompt").asText()).containsExactly(Shared.ints(item.path("prompt_ids")));
      double[] logProbs = model.tokenLogProbs(ids);
      for (int i = 1; i < ids.length; i++) {
        assertThat(logProbs[i - 1]).isCloseTo(item.path("prompt_logprobs").get(i).asDouble(), within(1e-3));
      }
      texts.add(GenerateText.greedy(item.path("prompt").asText(), 32));
    }
    List<GenerateOutcome> outcomes = model.generate(texts);
    for (int i = 0; i < texts.size(); i++) {
      List<Integer> got = ((GenerateOutcome.Generated) outcomes.get(i)).tokens();
      Shared.assertSameOrTied(model, texts.get(i).prompt(), got, Shared.ints(items.get(i).path("completion_ids")));
    }
  }

  @Test
  void answer_doesNotDependOnBatchMates() throws IOException {
    List<Request> requests = mixedRequests();
    List<ModelAnswer> alone = requests.stream().map(request -> model.answer(List.of(request)).getFirst()).toList();
    Random random = new Random(7);
    for (int round = 0; round < 3; round++) {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        if (random.nextInt(4) > 0) {
          order.add(i);
        }
      }
      Collections.shuffle(order, random);
      List<ModelAnswer> together = model.answer(order.stream().map(requests::get).toList());
      for (int i = 0; i < order.size(); i++) {
        assertSame(alone.get(order.get(i)).outcome(), together.get(i).outcome());
        assertThat(together.get(i).tokensAsked()).isEqualTo(alone.get(order.get(i)).tokensAsked());
        assertThat(together.get(i).tokensComputed()).isLessThanOrEqualTo(alone.get(order.get(i)).tokensComputed() + 1);
      }
    }
  }

  @Test
  void answer_smallPasses_giveTheSame() throws IOException, InterruptedException {
    List<Request> requests = mixedRequests();
    model.forget();
    List<ModelAnswer> whole = model.answer(requests);
    try (LanguageModel pieces =
        LanguageModel.load(Shared.smolLm(), "smollm2-135m-instruct", LoadOptions.defaults().withMaxPassTokens(13).withDecodeRows(2))) {
      List<ModelAnswer> cut = pieces.answer(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertSame(whole.get(i).outcome(), cut.get(i).outcome());
      }
      // What small turns leave in memory is computed again only where a later turn asks for what follows it: once a text at most.
      assertThat(computed(cut)).isBetween(computed(whole), computed(whole) + 2L * requests.size());
    }
  }

  @Test
  void answer_equalRequests_shareTheirTokens() {
    Request request = choice("The sky is", List.of(" blue", " green as grass"), " today");
    model.forget();
    long once = model.answer(List.of(request)).getFirst().tokensComputed();
    model.forget();
    assertThat(computed(model.answer(List.of(request, request, request)))).isEqualTo(once);
    // The last token of either order is read again, for what follows it.
    assertThat(computed(model.answer(List.of(request)))).isLessThan(once);
  }

  @Test
  void answer_promptLongerThanTheWindow_failsAlone() {
    String endless = "word ".repeat(9000);
    List<ModelAnswer> answers =
        model.answer(List.of(choice(endless, List.of(" a"), "x"), choice("One and one is", List.of(" two"), ""), generate(endless, 4)));
    assertThat(((Failure) answers.get(0).outcome()).getReason()).contains("8192").containsPattern("9\\d\\d\\d tokens");
    assertThat(answers.get(1).outcome()).isInstanceOf(Votes.class);
    assertThat(((Failure) answers.get(2).outcome()).getReason()).contains("8192");
  }

  @Test
  void answer_nothingToScore_fails() {
    assertThat(model.answer(List.of(choice("One", List.of(""), " two"))).getFirst().outcome()).isInstanceOf(Failure.class);
    assertThat(model.answer(List.of(choice("One", List.of(), " two"))).getFirst().outcome()).isInstanceOf(Failure.class);
  }

  @Test
  void score_emptyText_beginsWithTheStartToken() {
    List<Double> got = Shared.logProbs(model.score(List.of(new ScoreText("", List.of("The cat")))).getFirst());
    int[] ids = model.encode("<|im_start|>The cat");
    double sum = Arrays.stream(model.tokenLogProbs(ids)).sum();
    assertThat(got.getFirst()).isCloseTo(sum, within(1e-4));
  }

  @Test
  void generate_stopText_endsBeforeIt() {
    GenerateText free = GenerateText.greedy("The capital of France is", 12);
    GenerateOutcome.Generated whole = (GenerateOutcome.Generated) model.generate(List.of(free)).getFirst();
    String stop = whole.text().substring(3, 9);
    GenerateOutcome.Generated cut =
        (GenerateOutcome.Generated) model.generate(List.of(new GenerateText(free.prompt(), 12, List.of(stop, "never"), Sampling.GREEDY, Truncation.REFUSE))).getFirst();
    assertThat(cut.text()).isEqualTo(whole.text().substring(0, whole.text().indexOf(stop)));
    assertThat(cut.finish()).isEqualTo(Finish.STOP);
    assertThat(cut.logProb()).isBetween(whole.logProb(), 0.0);
  }

  @Test
  void generate_sameSeed_drawsTheSame_otherSeedsOther() {
    List<GenerateText> texts = new ArrayList<>();
    for (int seed = 0; seed < 6; seed++) {
      texts.add(new GenerateText("Once upon a time", 16, List.of(), new Sampling(1.0, 50, 0.95, 1, seed % 3), Truncation.REFUSE));
    }
    List<String> drawn = model.generate(texts).stream().map(o -> ((GenerateOutcome.Generated) o).text()).toList();
    assertThat(drawn.subList(0, 3)).isEqualTo(drawn.subList(3, 6)).doesNotHaveDuplicates();
  }

  private static long computed(List<ModelAnswer> answers) {
    return answers.stream().mapToLong(ModelAnswer::tokensComputed).sum();
  }

  private static List<Request> mixedRequests() throws IOException {
    JsonNode items = Shared.vectors("smollm2_mmlu_zero_shot.json").path("items");
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String prompt = items.get(60 * i).path("prompt").asText();
      int options = prompt.lastIndexOf("\nA. ");
      requests.add(choice(prompt.substring(0, options), List.of(" A", " B", " both of these", " none"), prompt.substring(options)));
    }
    requests.add(generate("The capital of France is", 12));
    requests.add(generate("def add(a, b):", 7));
    requests.add(
        request("Once upon a time", new Generate("", 10, List.of("\n"), 0.8, 0, 0.9, 42L, 1.0, 1, false)));
    return requests;
  }

  private static void assertSame(Object expected, Object got) {
    assertThat(got).hasSameClassAs(expected);
    switch (expected) {
      case Votes votes -> {
        Votes others = (Votes) got;
        assertThat(others.getVotes()).hasSameSizeAs(votes.getVotes());
        for (int v = 0; v < votes.getVotes().size(); v++) {
          List<Double> a = votes.getVotes().get(v).getLogProbs();
          List<Double> b = others.getVotes().get(v).getLogProbs();
          for (int i = 0; i < a.size(); i++) {
            assertThat(b.get(i)).isCloseTo(a.get(i), within(1e-4));
          }
        }
      }
      case Text text -> {
        assertThat(((Text) got).getText()).isEqualTo(text.getText());
        assertThat(((Text) got).getFinish()).isEqualTo(text.getFinish());
        assertThat(((Text) got).getLogProb()).isCloseTo(text.getLogProb(), within(1e-4 * 12));
      }
      default -> assertThat(got).isEqualTo(expected);
    }
  }

  private static Request choice(String prefix, List<String> continuations, String... suffixes) {
    List<Variant> variants = new ArrayList<>();
    for (String suffix : suffixes) {
      variants.add(new Variant(List.of(0), suffix, continuations));
      variants.add(new Variant(List.of(0), " indeed" + suffix, continuations));
    }
    return request(prefix, new Score("", List.of(), variants));
  }

  private static Request generate(String prompt, int maxTokens) {
    return request(prompt, new Generate("", maxTokens, List.of(), 0.0, 0, 1.0, 0L, 1.0, 1, false));
  }

  private static Request request(String prefix, Object work) {
    return new Request("id", "smollm2-135m-instruct", new Envelope("run", "prompt", "task", TaskType.OTHER, Skill.OTHER, "source", 0, 0L, Instant.EPOCH, null, List.of(), null, null), prefix, work, Instant.EPOCH, dev.assay.records.Truncation.REFUSE);
  }
}
