package dev.assay.inference.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
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
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept between requests, who goes when, and what becomes of what does not fit; with a model of 128 tokens' window. */
class SchedulingIT {
  private static final int WINDOW = 128;

  /** Keys and values of one token of the tiny model: 2 layers of 2 heads of 8 numbers, twice, in float32. */
  private static final long TOKEN = 2 * 2 * 8 * 2 * Float.BYTES;

  private static final LoadOptions SMALL = LoadOptions.defaults().withThreads(1).withMaxPassTokens(16).withKvBytes(2 * 400 * TOKEN);

  @TempDir private Path folder;

  private LanguageModel load(LoadOptions options) throws IOException {
    Path written = TinyModels.write(folder.resolve("llama"), TinyModels.cases().path("llama"), 1, Map.of());
    return LanguageModel.load(written, "tiny", options);
  }

  @Test
  void answer_whatAnEarlierBatchRead_isNotComputedAgain() throws IOException {
    try (LanguageModel model = load(SMALL)) {
      String shots = text(1, 60);
      ModelAnswer first = ask(model, score(shots, "AB", "CD"));
      assertThat(first.tokensAsked()).isEqualTo(4 * 62);
      assertThat(first.tokensComputed()).isEqualTo(60 + 2 + 2);
      ModelAnswer second = ask(model, score(shots, "EF", "CD"));
      // Its own order, and the one node of the other whose next token is asked for.
      assertThat(second.tokensComputed()).isEqualTo(2 + 1);
      try (LanguageModel fresh = load(SMALL)) {
        assertSame(ask(fresh, score(shots, "EF", "CD")), second);
      }
      assertThat(ask(model, generate(shots + "EF", 5, 1)).tokensComputed()).isEqualTo(1 + 4);
    }
  }

  @Test
  void answer_anyBudget_anyBatch_theSame() throws IOException {
    Random random = new Random(5);
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String shots = text(i % 4, 20 + 15 * (i % 4));
      requests.add(
          i % 3 == 2
              ? generate(shots + text(i, 5), 1 + random.nextInt(30), 1 + i % 2)
              : score(shots, text(i, 1 + random.nextInt(40)), text(i, 9) + "A", text(i + 1, 3)));
    }
    List<ModelAnswer> expected = new ArrayList<>();
    try (LanguageModel model = load(SMALL.withKvBytes(0).withMaxPassTokens(512))) {
      requests.forEach(request -> expected.add(ask(model, request)));
    }
    for (long tokens : new long[] {0, 3, 50, 150, 100_000}) {
      try (LanguageModel model = load(SMALL.withKvBytes(2 * tokens * TOKEN).withDecodeRows(4))) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, requests.size()).boxed().toList());
        Collections.shuffle(order, random);
        for (int from = 0; from < order.size(); from += 10) {
          List<Integer> batch = order.subList(from, from + 10);
          List<ModelAnswer> got = model.answer(batch.stream().map(requests::get).toList());
          for (int i = 0; i < batch.size(); i++) {
            assertSame(expected.get(batch.get(i)), got.get(i));
            assertThat(got.get(i).tokensAsked()).isEqualTo(expected.get(batch.get(i)).tokensAsked());
          }
        }
      }
    }
  }

  @Test
  void serve_aLongRequest_doesNotKeepShortOnesThatComeLaterWaiting() throws IOException {
    try (LanguageModel model = load(SMALL)) {
      List<String> answered = new ArrayList<>();
      String[] many = IntStream.range(0, 40).mapToObj(i -> text(100 + i, 60)).toArray(String[]::new);
      List<List<Request>> coming =
          new ArrayList<>(
              List.of(List.of(generate(text(9, 20), 90, 1), score(text(8, 60), many)), List.of(), List.of(score(text(7, 10), "A")), List.of(generate(text(6, 10), 3, 1))));
      List<String> names = new ArrayList<>(List.of("long text", "many orders", "one order", "short text"));
      model.serve(
          () ->
              coming.isEmpty()
                  ? List.of()
                  : coming.removeFirst().stream().map(request -> task(request, names.removeFirst(), answered)).toList());
      assertThat(answered).containsExactlyInAnyOrder("long text", "many orders", "one order", "short text");
      assertThat(answered.subList(0, 2)).containsExactlyInAnyOrder("one order", "short text");
    }
  }

  @Test
  void serve_aLongPrompt_isReadByTurns_whileOthersAreGenerated() throws IOException {
    try (LanguageModel model = load(SMALL.withKvBytes(2 * 1000 * TOKEN))) {
      List<ModelAnswer> answers = new ArrayList<>();
      List<List<Request>> coming =
          new ArrayList<>(List.of(List.of(generate(text(1, 10), 30, 1)), List.of(generate(text(2, 110), 5, 1)), List.of()));
      model.serve(
          () -> coming.isEmpty() ? List.of() : coming.removeFirst().stream().map(one -> new Inbox.Task(one, answers::add)).toList());
      assertThat(answers).hasSize(2);
      // Read in parts, and yet each token once.
      assertThat(answers).extracting(ModelAnswer::tokensComputed).containsExactlyInAnyOrder(10L + 29, 110L + 4);
      try (LanguageModel fresh = load(SMALL.withKvBytes(0))) {
        ModelAnswer whole = ask(fresh, generate(text(2, 110), 5, 1));
        assertThat(answers).extracting(answer -> ((Text) answer.outcome()).getText()).contains(((Text) whole.outcome()).getText());
      }
    }
  }

  @Test
  void answer_severalSamples_shareTheirPrompt_andDiffer() throws IOException {
    try (LanguageModel model = load(SMALL)) {
      Request request = request(text(1, 30), new Generate("", 8, List.of(), 1.0, 0, 1.0, 3L, 1.3, 3, true), Truncation.REFUSE);
      ModelAnswer answer = ask(model, request);
      Text first = (Text) answer.outcome();
      assertThat(first.getOthers()).hasSize(2);
      assertThat(List.of(first.getText(), first.getOthers().get(0).getText(), first.getOthers().get(1).getText())).doesNotHaveDuplicates();
      assertThat(first.getTokenLogProbs()).hasSize(8);
      assertThat(first.getTokenLogProbs().stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(first.getLogProb(), within(1e-9));
      assertThat(answer.tokensComputed()).isEqualTo(30 + 3 * 7);
      assertThat(answer.tokensAsked()).isEqualTo(3 * (30 + 7));
      Request alone = request(text(1, 30), new Generate("", 8, List.of(), 1.0, 0, 1.0, 3L, 1.3, 1, false), Truncation.REFUSE);
      assertThat(((Text) ask(model, alone).outcome()).getText()).isEqualTo(first.getText());
      assertThat(((Text) ask(model, alone).outcome()).getTokenLogProbs()).isEmpty();
    }
  }

  @Test
  void answer_tooLong_isCutAsAsked() throws IOException {
    try (LanguageModel model = load(SMALL)) {
      String text = text(2, WINDOW + 10);
      assertThat(((Failure) ask(model, request(text, scoring(""), Truncation.REFUSE)).outcome()).getReason()).contains("138", "128");

      // lm-evaluation-harness: (context + continuation)[-(window + 1):]
      ModelAnswer left = ask(model, request(text, scoring(""), Truncation.LEFT));
      assertThat(left.tokensCut()).isEqualTo(10);
      assertSame(ask(model, score(text.substring(10), "")), new ModelAnswer(left.outcome(), 0, 0, 0));

      // HELM: text and continuation together have at most the window's tokens.
      ModelAnswer right = ask(model, request(text, scoring(""), Truncation.RIGHT));
      assertThat(right.tokensCut()).isEqualTo(11);
      assertSame(ask(model, score(text.substring(0, WINDOW - 1), "")), new ModelAnswer(right.outcome(), 0, 0, 0));

      Generate eight = generation(8, 1);
      assertThat(((Text) ask(model, request(text, eight, Truncation.LEFT)).outcome()).getText())
          .isEqualTo(((Text) ask(model, request(text.substring(18), eight, Truncation.REFUSE)).outcome()).getText());
      assertThat(((Text) ask(model, request(text, eight, Truncation.RIGHT)).outcome()).getText())
          .isEqualTo(((Text) ask(model, request(text.substring(0, WINDOW - 8), eight, Truncation.REFUSE)).outcome()).getText());
      assertThat(((Failure) ask(model, request(text, generation(WINDOW, 1), Truncation.LEFT)).outcome()).getReason()).contains("128");
    }
  }

  private static Inbox.Task task(Request request, String name, List<String> answered) {
    return new Inbox.Task(request, _ -> answered.add(name));
  }

  private static ModelAnswer ask(LanguageModel model, Request request) {
    return model.answer(List.of(request)).getFirst();
  }

  private static void assertSame(ModelAnswer expected, ModelAnswer got) {
    switch (expected.outcome()) {
      case Votes votes -> {
        List<Vote> others = ((Votes) got.outcome()).getVotes();
        assertThat(others).hasSameSizeAs(votes.getVotes());
        for (int v = 0; v < others.size(); v++) {
          for (int i = 0; i < others.get(v).getLogProbs().size(); i++) {
            assertThat(others.get(v).getLogProbs().get(i)).isCloseTo(votes.getVotes().get(v).getLogProbs().get(i), within(1e-4));
          }
        }
      }
      case Text text -> {
        assertThat(((Text) got.outcome()).getText()).isEqualTo(text.getText());
        assertThat(((Text) got.outcome()).getOthers()).extracting(Text::getText).isEqualTo(text.getOthers().stream().map(Text::getText).toList());
      }
      default -> assertThat(got.outcome()).isEqualTo(expected.outcome());
    }
  }

  /** A text of so many tokens, the beginning of one that the seed decides. */
  private static String text(int seed, int tokens) {
    StringBuilder text = new StringBuilder();
    new Random(seed).ints(tokens, 0, 64).forEach(token -> text.append((char) ('0' + token)));
    return text.toString();
  }

  private static Request score(String prefix, String... suffixes) {
    return request(prefix, scoring(suffixes.length == 0 ? new String[] {""} : suffixes), Truncation.REFUSE);
  }

  private static Score scoring(String... suffixes) {
    List<Variant> variants = new ArrayList<>();
    for (String suffix : suffixes) {
      variants.add(new Variant(List.of(0), suffix, List.of("A", "B")));
    }
    return new Score("", List.of(), variants);
  }

  private static Request generate(String prompt, int maxTokens, int samples) {
    return request(prompt, generation(maxTokens, samples), Truncation.REFUSE);
  }

  private static Generate generation(int maxTokens, int samples) {
    return new Generate("", maxTokens, List.of(), samples > 1 ? 1.0 : 0.0, 0, 1.0, 0L, 1.0, samples, false);
  }

  private static Request request(String prefix, Object work, Truncation truncation) {
    Envelope envelope = new Envelope("run", "prompt", "task", TaskType.OTHER, Skill.OTHER, "source", 0, 0L, Instant.EPOCH, null, List.of(), null, null);
    return new Request("id", "tiny", envelope, prefix, work, Instant.EPOCH, truncation);
  }
}
