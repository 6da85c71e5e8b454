package dev.assay.inference.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.remote.FakeServer.Reply;
import dev.assay.records.Envelope;
import dev.assay.records.Declined;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.TextGold;
import dev.assay.records.Truncation;
import dev.assay.records.Variant;
import dev.assay.records.Votes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RemoteModelTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String KEY = "sk-0123456789abcdef";
  private static final Pattern BEFORE_SPACE = Pattern.compile("(?= )");
  private static final List<String> LABELS = List.of(" A", " B");

  private final FakeTiming timing = new FakeTiming();
  private FakeServer server;

  @BeforeEach
  void start() throws IOException {
    server = new FakeServer();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void auto_serverThatEchoes_sumsTheContinuation() {
    server.rule(RemoteModelTest::echoing);
    try (RemoteModel model = open("?price-in=2&price-out=10")) {
      ModelAnswer answer = ask(model, score(variant(List.of(0, 1), "Is it? Answer:", " yes", " not at all"), variant(List.of(1, 0), "Or? Answer:", " no")));

      Votes votes = (Votes) answer.outcome();
      assertThat(votes.getVotes()).extracting(vote -> vote.getOrder()).containsExactly(List.of(0, 1), List.of(1, 0));
      // The rule gives each token the negative of its length.
      assertThat(votes.getVotes().getFirst().getLogProbs()).containsExactly(-4.0, -11.0);
      assertThat(votes.getVotes().getLast().getLogProbs()).containsExactly(-3.0);
      assertThat(answer.tokensAsked()).isEqualTo(30);
      assertThat(answer.tokensComputed()).isEqualTo(30 - 3 * 4);
      assertThat(answer.tokensGenerated()).isEqualTo(3);
      assertThat(answer.costMicros()).isEqualTo(30 * 2 + 3 * 10);
    }
    assertThat(server.calls).hasSize(2 + 3);
  }

  @Test
  void auto_serverWhoseEchoIsOffByOne_isAskedForFirstTokens() {
    server.rule(
        (path, body) ->
            body.path("echo").asBoolean()
                ? echo(body.path("prompt").asText(), -30)
                : FakeServer.ok("{\"choices\": [{\"text\": \" A\", \"logprobs\": {\"top_logprobs\": [{\" eight\": -0.1, \" A\": -2, \" B\": -3}]}}]}"));
    try (RemoteModel model = open("")) {
      assertThat(logProbs(ask(model, score(variant(List.of(0, 1), "Answer:", " A", " B"))))).containsExactly(-2.0, -3.0);
    }
  }

  @Test
  void auto_serverWithoutEcho_takesLabelsAmongTheFirstTokens() {
    server.rule(
        (path, body) -> {
          if (body.path("echo").asBoolean()) {
            return FakeServer.error(500, "Only no echo is supported", Map.of());
          }
          String tokens = "[{\"token\": \" B\", \"logprob\": -0.5}, {\"token\": \"B\", \"logprob\": -0.2}, {\"token\": \" C\", \"logprob\": -3}]";
          return FakeServer.ok("{\"choices\": [{\"text\": \" B\", \"logprobs\": {\"content\": [{\"top_logprobs\": %s}]}}]}".formatted(tokens));
        });
    try (RemoteModel model = open("")) {
      List<Double> values = logProbs(ask(model, score(variant(List.of(0, 1, 2), "Answer:", " A", " B", " C"))));

      assertThat(values).element(1).isEqualTo(-0.5);
      assertThat(values).element(2).isEqualTo(-3.0);
      assertThat(values.getFirst()).as("not among the tokens: at most what the least of them has").isLessThanOrEqualTo(-3.0);
      assertThat(reason(ask(model, score(variant(List.of(0, 1), "Answer:", " yes", " no")))))
          .contains("more than a letter", "does not");
    }
    assertThat(timing.sleeps).as("what is not supported is not asked again").isEmpty();
  }

  @Test
  void completions_serverThatGivesFewTokens_isAskedForFive() {
    server.rule(
        (path, body) ->
            body.path("logprobs").asInt() > 5
                ? FakeServer.error(400, "logprobs must be at most 5", Map.of())
                : FakeServer.ok("{\"choices\": [{\"text\": \"A\", \"logprobs\": {\"top_logprobs\": [{\"A\": -1, \"B\": -2}]}}]}"));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(logProbs(ask(model, score(variant(List.of(0, 1), "Answer:", " A", " B"))))).containsExactly(-1.0, -2.0);
      ask(model, score(variant(List.of(0, 1), "Answer:", " A", " B")));
    }
    assertThat(server.calls).extracting(call -> call.body().path("logprobs").asInt()).containsExactly(20, 5, 5);
  }

  @Test
  void completions_withoutLogProbs_saysWhatIsMissing() {
    server.rule((_, _) -> FakeServer.ok("{\"choices\": [{\"text\": \"A\"}]}"));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(reason(ask(model, score(variant(List.of(0, 1), "Answer:", " A", " B"))))).contains("without log-probabilities", "mode=chat");
    }
  }

  @Test
  void chat_withLogProbs_votesInEveryOrder() {
    server.rule(
        (path, body) -> {
          boolean second = body.path("messages").path(1).path("content").asText().contains("second");
          String top = second ? "[{\"token\": \"B\", \"logprob\": -0.25}, {\"token\": \"A\", \"logprob\": -4}]" : "[{\"token\": \"A\", \"logprob\": -0.5}, {\"token\": \"B\", \"logprob\": -2}]";
          return FakeServer.ok(
              "{\"choices\": [{\"message\": {\"content\": \"A\"}, \"logprobs\": {\"content\": [{\"token\": \"A\", \"top_logprobs\": %s}]}}]}".formatted(top));
        });
    try (RemoteModel model = open("?mode=chat")) {
      Votes votes =
          (Votes) ask(model, score(variant(List.of(0, 1), "first", " A", " B"), variant(List.of(1, 0), "second", " A", " B"))).outcome();

      assertThat(votes.getVotes()).extracting(vote -> vote.getLogProbs()).containsExactly(List.of(-0.5, -2.0), List.of(-4.0, -0.25));
    }
    assertThat(server.calls.getFirst().path()).isEqualTo("/chat/completions");
    assertThat(server.calls.getFirst().body().path("messages").path(0).path("role").asText()).isEqualTo("system");
  }

  @Test
  void chat_withoutLogProbs_readsTheLetterOfThePublishedOrder() {
    server.rule((_, _) -> chat("The answer is (B) Jupiter.", "stop"));
    try (RemoteModel model = open("?mode=chat&instruction=")) {
      ModelAnswer first = ask(model, score(variant(List.of(1, 0), "x", " A", " B"), variant(List.of(0, 1), "y", " A", " B")));

      assertThat(((Text) first.outcome()).getText()).isEqualTo("B");
      assertThat(reason(ask(model, score(variant(List.of(1, 0), "x", " A", " B"))))).contains("published order alone");
    }
    assertThat(server.calls).hasSize(2);
    assertThat(server.calls.getFirst().body().path("messages")).hasSize(1);
  }

  @Test
  void chat_limitUnderAnotherName_isSentUnderIt() {
    server.rule(
        (path, body) ->
            body.has("max_tokens")
                ? FakeServer.error(400, "Unsupported parameter: 'max_tokens'; use 'max_completion_tokens'", Map.of())
                : chat("4", "stop"));
    try (RemoteModel model = open("?mode=chat")) {
      assertThat(text(ask(model, generate(1, List.of()))).getText()).isEqualTo("4");
    }
    assertThat(server.calls.getLast().body().path("max_completion_tokens").asInt()).isEqualTo(7);
  }

  @Test
  void auto_serverWithChatsAlone_generatesByThem() {
    server.rule((path, body) -> path.equals("/completions") ? FakeServer.error(404, "not a completion model", Map.of()) : chat("four", "length"));
    try (RemoteModel model = open("")) {
      Text text = text(ask(model, generate(1, List.of())));

      assertThat(text.getText()).isEqualTo("four");
      assertThat(text.getFinish()).isEqualTo(Finish.LENGTH);
    }
  }

  @Test
  void generate_sendsWhatTheRequestSays_andCutsAtTheStopText() {
    server.rule((_, _) -> FakeServer.ok("{\"choices\": [{\"text\": \" 8\\nQ: more\", \"finish_reason\": \"stop\"}]}"));
    try (RemoteModel model = open("?mode=completions")) {
      Text text = text(ask(model, generate(1, List.of("Q:", "\n"))));

      assertThat(text.getText()).isEqualTo(" 8");
      assertThat(text.getFinish()).isEqualTo(Finish.STOP);
    }
    JsonNode body = server.calls.getFirst().body();
    assertThat(body.path("prompt").asText()).isEqualTo("Q: 4 + 4?\nA:");
    assertThat(body.path("max_tokens").asInt()).isEqualTo(7);
    assertThat(body.path("temperature").asDouble()).isEqualTo(0.5);
    assertThat(body.path("top_p").asDouble()).isEqualTo(0.9);
    assertThat(body.path("seed").asInt()).isEqualTo(42);
    assertThat(body.path("stop")).hasSize(2);
    assertThat(body.has("top_k")).isFalse();
  }

  @Test
  void generate_serverThatGivesOneSampleACall_isAskedForEachWithAnotherSeed() {
    server.rule((path, body) -> FakeServer.ok("{\"choices\": [{\"text\": \"%d\"}], \"usage\": {\"prompt_tokens\": 5}}".formatted(body.path("seed").asInt())));
    try (RemoteModel model = open("?mode=completions")) {
      ModelAnswer answer = ask(model, generate(3, List.of()));

      assertThat(text(answer).getText()).isEqualTo("42");
      assertThat(text(answer).getOthers()).extracting(other -> other.getText()).containsExactly("43", "44");
      assertThat(answer.tokensAsked()).isEqualTo(15);
    }
  }

  @Test
  void generate_wrongNumberOfChoices_isRefused() {
    server.next(FakeServer.ok("{\"choices\": []}"), FakeServer.ok("{\"choices\": [{\"text\": \"a\"}, {\"text\": \"b\"}]}"), FakeServer.ok("{\"choices\": [{}]}"));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("got 0 choices; expected 1");
      assertThat(reason(ask(model, generate(1, List.of())))).contains("got 2 choices; expected 1");
      assertThat(reason(ask(model, generate(1, List.of())))).contains("a choice without text");
    }
  }

  @Test
  void limit_isObeyed_inSecondsAndAsADate() {
    server.next(
        FakeServer.error(429, "slow down", Map.of("Retry-After", "7")),
        FakeServer.error(503, "busy", Map.of("Retry-After", "Sun, 01 Mar 2026 12:00:30 GMT")),
        FakeServer.ok("{\"choices\": [{\"text\": \"8\"}]}"));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(text(ask(model, generate(1, List.of()))).getText()).isEqualTo("8");
    }
    assertThat(timing.sleeps.getFirst()).isBetween(Duration.ofSeconds(7), Duration.ofMillis(7_500));
    // The date is 30 s after the fake clock's beginning.
    assertThat(timing.now()).isBetween(FakeTiming.START.plusSeconds(30), FakeTiming.START.plusMillis(30_500));
  }

  @Test
  void limit_longerThanTheLongestWait_isGivenUpAtOnce() {
    server.next(FakeServer.error(429, "come back tomorrow", Map.of("Retry-After", "86400")));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("429 (come back tomorrow)", "86400 s", "max-wait=60");
    }
    assertThat(timing.sleeps).isEmpty();
  }

  @Test
  void whatTheServerFindsFaultWith_isTheAskersFault_andWhatItCannotDo_isNot() {
    server.rule((_, _) -> FakeServer.error(400, "the prompt is longer than the window", Map.of()));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(ask(model, generate(1, List.of())).outcome()).isInstanceOf(Declined.class);
    }
    server.rule((_, _) -> FakeServer.error(401, "who are you?", Map.of()));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(ask(model, generate(1, List.of())).outcome()).isInstanceOf(Failure.class);
    }
  }

  @Test
  void quotaUsedUp_isNotTriedAgain() {
    server.next(new Reply.Json(429, "{\"error\": {\"message\": \"pay first\", \"code\": \"insufficient_quota\"}}", Map.of()));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("429 (pay first)");
    }
    assertThat(server.calls).hasSize(1);
  }

  @Test
  void serverErrors_areTriedAgainWithFullJitter_andThenAreTheAnswer() {
    server.rule((_, _) -> FakeServer.error(500, "out of luck", Map.of()));
    try (RemoteModel model = open("?mode=completions&retries=4")) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("500 (out of luck)", "at attempt 5", server.base());
    }
    assertThat(server.calls).hasSize(5);
    SplittableRandom same = new SplittableRandom(7);
    List<Duration> expected = Stream.of(500, 1000, 2000, 4000).map(most -> Duration.ofMillis(same.nextLong(most + 1))).toList();
    assertThat(timing.sleeps).isEqualTo(expected);
  }

  @Test
  void brokenAnswers_areTriedAgain() {
    server.next(
        new Reply.Cut(),
        FakeServer.ok("{\"choices\": [{\"te"),
        FakeServer.ok(""),
        FakeServer.ok("{\"error\": {\"message\": \"upstream\", \"code\": 502}}"),
        FakeServer.ok("{\"choices\": [{\"text\": \"8\"}]}"));
    try (RemoteModel model = open("?mode=completions")) {
      assertThat(text(ask(model, generate(1, List.of()))).getText()).isEqualTo("8");
    }
    assertThat(timing.sleeps).hasSize(4);
  }

  @Test
  void bodyThatNeverEnds_inTimeOrSize_isGivenUp() {
    server.next(new Reply.Stalled(), new Reply.Endless());
    try (RemoteModel model = open("?mode=completions&timeout=1&retries=0")) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("no answer within 1 s");
    }
    try (RemoteModel model = open("?mode=completions&retries=3")) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("more than 64 MiB");
    }
    assertThat(server.calls).hasSize(2);
  }

  @Test
  void noServer_isSaid() {
    String base = server.base();
    server.close();
    RemoteSpec spec = RemoteSpec.parse(base + "#m?mode=completions&retries=1");
    try (RemoteModel model = new RemoteModel(spec, "m", _ -> null, timing, new SplittableRandom(7))) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("no answer", "ConnectException", "at attempt 2");
    }
  }

  @Test
  void key_goesToTheServer_andIsMaskedWhereItComesBack() {
    server.rule((_, _) -> FakeServer.error(401, "Incorrect API key provided: " + KEY + " for " + "x".repeat(400), Map.of()));
    RemoteSpec spec = RemoteSpec.parse(server.base() + "#m?mode=completions&key-env=MY_KEY");
    try (RemoteModel model = new RemoteModel(spec, "m", Map.of("MY_KEY", KEY + "\n")::get, timing, new SplittableRandom(7))) {
      String reason = reason(ask(model, generate(1, List.of())));

      assertThat(reason).contains("401 (Incorrect API key provided: [key]", "check the key").doesNotContain(KEY).hasSizeLessThan(600);
      assertThat(model.toString() + model.card() + spec).doesNotContain(KEY);
    }
    assertThat(server.calls).hasSize(1);
    assertThat(server.calls.getFirst().authorization()).containsExactly("Bearer " + KEY);
  }

  @Test
  void key_fromTheUsualVariables_orMissing() {
    server.rule((_, _) -> FakeServer.error(401, "no key", Map.of()));
    RemoteSpec spec = RemoteSpec.parse(server.base() + "#m?mode=completions");
    Map<String, String> both = Map.of("OPENAI_API_KEY", "second", "ASSAY_OPENAI_API_KEY", "first");
    try (RemoteModel model = new RemoteModel(spec, "m", both::get, timing, new SplittableRandom(7))) {
      ask(model, generate(1, List.of()));
    }
    assertThat(server.calls.getFirst().authorization()).containsExactly("Bearer first");
    try (RemoteModel model = new RemoteModel(spec, "m", _ -> null, timing, new SplittableRandom(7))) {
      assertThat(reason(ask(model, generate(1, List.of())))).contains("set OPENAI_API_KEY");
    }
    assertThat(server.calls.getLast().authorization()).isEmpty();
    RemoteSpec named = RemoteSpec.parse(server.base() + "#m?key-env=MY_KEY");
    assertThatThrownBy(() -> RemoteModel.open(named, "m", _ -> null)).hasMessageContaining("MY_KEY is not set");
    assertThatThrownBy(() -> RemoteModel.open(named, "m", _ -> "sk-1\nHost: x")).hasMessageContaining("MY_KEY").hasMessageNotContaining("sk-1");
  }

  @Test
  void concurrency_isTheMostAtATime_andIsReached() {
    CountDownLatch four = new CountDownLatch(4);
    server.rule(
        (_, _) -> {
          four.countDown();
          try {
            four.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return FakeServer.ok("{\"choices\": [{\"text\": \"8\"}]}");
        });
    try (RemoteModel model = open("?mode=completions&concurrency=4")) {
      assertThat(model.answer(IntStream.range(0, 20).mapToObj(_ -> request(generate(1, List.of()))).toList())).hasSize(20);
    }
    assertThat(server.mostAtATime.get()).isEqualTo(4);
  }

  @Test
  void serve_slowRequest_doesNotHoldUpWhatComesLater() {
    CountDownLatch later = new CountDownLatch(1);
    server.rule(
        (path, body) -> {
          if (body.path("max_tokens").asInt() == 1) {
            try {
              later.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          return FakeServer.ok("{\"choices\": [{\"text\": \"8\"}]}");
        });
    List<String> order = new ArrayList<>();
    Generate slow = new Generate("Q: slow?", 1, List.of(), 0.0, 0, 1.0, 0L, 1.0, 1, false);
    List<List<Inbox.Task>> waiting = new ArrayList<>();
    waiting.add(List.of(new Inbox.Task(request(slow), _ -> order.add("slow"))));
    waiting.add(
        List.of(
            new Inbox.Task(
                request(generate(1, List.of())),
                _ -> {
                  order.add("quick");
                  later.countDown();
                })));
    try (RemoteModel model = open("?mode=completions")) {
      model.serve(() -> waiting.isEmpty() ? List.of() : waiting.removeFirst());
    }
    assertThat(order).containsExactly("quick", "slow");
  }

  @Test
  void rateLimit_spreadsCalls() {
    server.rule((_, _) -> FakeServer.ok("{\"choices\": [{\"text\": \"8\"}], \"usage\": {\"prompt_tokens\": 1}}"));
    try (RemoteModel model = open("?mode=completions&rpm=30&concurrency=1")) {
      model.answer(IntStream.range(0, 4).mapToObj(_ -> request(generate(1, List.of()))).toList());
    }
    assertThat(timing.nanos() / 1e9).isEqualTo(6, within(1e-3));
  }

  /** Word by word; a token's log-probability is the negative of its length. */
  private static Reply echoing(String path, JsonNode body) {
    return body.path("echo").asBoolean()
        ? echo(body.path("prompt").asText(), 0)
        : FakeServer.ok("{\"choices\": [{\"text\": \" eight\", \"logprobs\": {\"top_logprobs\": [{\" eight\": -6.2}]}}], \"usage\": {\"prompt_tokens\": 9}}");
  }

  private static Reply echo(String prompt, double shift) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode logprobs = root.putArray("choices").addObject().put("text", prompt).putObject("logprobs");
    ArrayNode tokens = logprobs.putArray("tokens");
    ArrayNode values = logprobs.putArray("token_logprobs");
    for (String token : BEFORE_SPACE.splitAsStream(prompt + " ...").toList()) {
      if (tokens.isEmpty()) {
        values.addNull();
      } else {
        values.add(shift - token.length());
      }
      tokens.add(token);
    }
    root.putObject("usage").put("prompt_tokens", 10).put("completion_tokens", 1).putObject("prompt_tokens_details").put("cached_tokens", 4);
    return FakeServer.ok(root.toString());
  }

  private static Reply chat(String content, String finish) {
    ObjectNode root = JSON.createObjectNode();
    root.putArray("choices").addObject().put("finish_reason", finish).putObject("message").put("content", content);
    return FakeServer.ok(root.toString());
  }

  private RemoteModel open(String options) {
    return new RemoteModel(RemoteSpec.parse(server.base() + "#m" + options), "remote", _ -> null, timing, new SplittableRandom(7));
  }

  private static Variant variant(List<Integer> order, String suffix, String... continuations) {
    return new Variant(order, suffix, List.of(continuations));
  }

  private static Score score(Variant... variants) {
    return new Score("Which?", LABELS, List.of(variants));
  }

  private static Generate generate(int samples, List<String> stop) {
    return new Generate("Q: 4 + 4?\nA:", 7, stop, 0.5, 0, 0.9, 42L, 1.0, samples, false);
  }

  private static Request request(Object work) {
    Envelope envelope = new Envelope("r", "p", "t", TaskType.OTHER, Skill.OTHER, "", 0, 0L, Instant.EPOCH, new TextGold(List.of(), List.of()), List.of(), null, null);
    return new Request("id", "remote", envelope, "", work, Instant.EPOCH, Truncation.REFUSE);
  }

  private static ModelAnswer ask(RemoteModel model, Object work) {
    return model.answer(List.of(request(work))).getFirst();
  }

  private static List<Double> logProbs(ModelAnswer answer) {
    return ((Votes) answer.outcome()).getVotes().getFirst().getLogProbs();
  }

  private static Text text(ModelAnswer answer) {
    return (Text) answer.outcome();
  }

  private static String reason(ModelAnswer answer) {
    return answer.outcome() instanceof Declined declined ? declined.getReason() : ((Failure) answer.outcome()).getReason();
  }
}
