package dev.assay.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.gateway.evaluation.RunQuestions;
import dev.assay.gateway.exchange.Limits;
import dev.assay.inference.baseline.MiniLmBaseline;
import dev.assay.inference.llm.LanguageModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.store.Progress;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.TestStack;
import dev.assay.platform.TopicView;
import dev.assay.records.Answer;
import dev.assay.records.Choice;
import dev.assay.records.Completed;
import dev.assay.records.Generation;
import dev.assay.records.MetricRow;
import dev.assay.records.Model;
import dev.assay.records.Prompt;
import dev.assay.records.Reply;
import dev.assay.records.Route;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.records.Scope;
import dev.assay.records.TaskType;
import dev.assay.schemas.MetricKey;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Registries;
import dev.assay.schemas.Topics;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.javalin.Javalin;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The gateway before a real language model and a baseline, over a real broker. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class GatewayIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static final String SMOLLM = "smollm2-135m-instruct";
  private static final String MINILM = "minilm";
  private static final String NOBODY = "asleep";
  private static final int SILENT_READERS = 500;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final List<AutoCloseable> PARTS = new ArrayList<>();
  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    STACK.stack().ensureTopics(Topics.all());
    STACK.stack().ensureTopics(List.of(Topics.requestsSpec(NOBODY)));
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    Registries.registerSchemas(registry);
    announce(registry);
    Path file = ModelStore.ofEnvironment().pull(ModelSpec.parse(SMOLLM), Progress.SILENT);
    LanguageModel language = LanguageModel.load(file, SMOLLM, LoadOptions.defaults());
    PARTS.add(language);
    serve(new Worker(kafka(), registry, language, WorkerSettings.of("w-smollm", 16)));
    MiniLmBaseline baseline = MiniLmBaseline.load(MINILM);
    PARTS.add(baseline);
    serve(new Worker(kafka(), registry, baseline, WorkerSettings.of("w-minilm", 16)));
    awaitAnnounced(registry);
    gateway = Gateway.start(STACK.settings(), GatewayOptions.onPort(0, GatewayIT::typeOf));
    PARTS.add(gateway);
    while (get("/v1/models/" + SMOLLM).body.path("assay").path("workers").asInt() == 0) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /** Kinds enough for routes. */
  private static TaskType typeOf(String text) {
    return text.contains("+") ? TaskType.MATHS : text.contains("capital") ? TaskType.KNOWLEDGE : TaskType.OTHER;
  }

  private static Map<String, Object> kafka() {
    return Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, STACK.settings().bootstrapServers());
  }

  private static void serve(Worker worker) {
    CompletableFuture<Void> end = CompletableFuture.runAsync(worker, run -> Thread.ofPlatform().start(run));
    PARTS.add(
        () -> {
          worker.close();
          end.join();
        });
  }

  /** A model that was announced a moment ago, and whose worker never comes. */
  private static void announce(SchemaRegistryClient registry) throws Exception {
    Model model =
        Model.newBuilder()
            .setName(NOBODY)
            .setCheckpoint("c0")
            .setKind("language")
            .setTopic(Topics.requests(NOBODY))
            .setContextTokens(0)
            .setParameters(0)
            .setWorker("w0")
            .setAnnouncedAt(Instant.ofEpochMilli(System.currentTimeMillis() + 3_600_000))
            .build();
    produce(Topics.MODELS, NOBODY, RecordCodec.of(registry, Model.class).encode(Topics.MODELS, model));
  }

  private static void produce(String topic, String key, byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(STACK.settings().producer("announce"), new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value)).get();
    }
  }

  private static void awaitAnnounced(SchemaRegistryClient registry) {
    try (TopicView<Model> models = TopicView.open(STACK.settings(), registry, Topics.MODELS, Model.class)) {
      while (!models.rows().keySet().containsAll(Set.of(SMOLLM, MINILM))) {
        models.poll(Duration.ofMillis(200));
      }
    }
  }

  @AfterAll
  static void stop() throws Exception {
    for (AutoCloseable part : PARTS.reversed()) {
      part.close();
    }
  }

  /** What was answered. */
  private record Got(int status, JsonNode body, HttpResponse<String> response) {}

  private static Got post(String path, String body) throws IOException, InterruptedException {
    return send(gateway.address(), path, HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static Got get(String path) throws IOException, InterruptedException {
    return send(gateway.address(), path, HttpRequest.newBuilder().GET());
  }

  private static Got send(String address, String path, HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> response = HTTP.send(request.uri(URI.create(address + path)).build(), HttpResponse.BodyHandlers.ofString());
    String type = response.headers().firstValue("Content-Type").orElse("");
    return new Got(response.statusCode(), type.startsWith("application/json") ? JSON.readTree(response.body()) : JSON.nullNode(), response);
  }

  private static String ask(String fields) {
    return "{\"model\": \"%s\", %s}".formatted(SMOLLM, fields);
  }

  private static List<JsonNode> events(HttpResponse<String> response) {
    return response
        .body()
        .lines()
        .filter(line -> line.startsWith("data: {"))
        .map(
            line -> {
              try {
                return JSON.readTree(line.substring("data: ".length()));
              } catch (IOException e) {
                throw new IllegalStateException(line, e);
              }
            })
        .toList();
  }

  @Test
  void completions_echoedTokens_haveTheLogProbabilitiesOfTheHarness() throws Exception {
    String given = System.getenv("ASSAY_SHARED");
    Path shared = given != null ? Path.of(given) : Path.of(System.getProperty("assay.project.root")).resolve("../shared");
    Path vectors = shared.resolve("vectors/smollm2_mmlu_zero_shot.json");
    assumeTrue(Files.exists(vectors) || "true".equals(System.getenv("CI")), () -> vectors + " is not on this machine");
    JsonNode items = JSON.readTree(vectors.toFile()).path("items");
    for (int i = 0; i < 160; i += 40) {
      JsonNode item = items.get(i);
      JsonNode context = tokens(item.path("prompt").asText());
      List<JsonNode> wholes = new ArrayList<>();
      for (String letter : List.of(" A", " B", " C", " D")) {
        wholes.add(tokens(item.path("prompt").asText() + letter));
      }
      Got got = post("/v1/completions", ask("\"prompt\": %s, \"max_tokens\": 1, \"temperature\": 0, \"logprobs\": 1, \"echo\": true".formatted(wholes)));
      for (int letter = 0; letter < 4; letter++) {
        JsonNode logprobs = got.body.path("choices").get(letter).path("logprobs");
        JsonNode each = logprobs.path("token_logprobs");
        assertThat(each.get(0).isNull()).isTrue();
        assertThat(each).hasSize(wholes.get(letter).size() + 1);
        double sum = 0;
        for (int at = context.size(); at < each.size() - 1; at++) {
          sum += each.get(at).asDouble();
          double most = Double.NEGATIVE_INFINITY;
          for (JsonNode top : logprobs.path("top_logprobs").get(at)) {
            most = Math.max(most, top.asDouble());
          }
          assertThat(most).isGreaterThanOrEqualTo(each.get(at).asDouble());
        }
        assertThat(sum).as("item %d, letter %d", i, letter).isCloseTo(item.path("logprobs").get(letter).asDouble(), within(1e-3));
      }
    }
  }

  private static JsonNode tokens(String text) throws Exception {
    Got got = post("/tokenize", JSON.writeValueAsString(Map.of("prompt", text, "add_special_tokens", false)));
    assertThat(got.status).isEqualTo(200);
    return got.body.path("tokens");
  }

  @Test
  void completions_sayWhoAnswered_andWhatTokensMakeTheText() throws Exception {
    Got got = post("/v1/completions", ask("\"prompt\": \"Once upon a time\", \"max_tokens\": 8, \"temperature\": 0, \"logprobs\": 2"));

    assertThat(got.status).isEqualTo(200);
    assertThat(got.body.path("system_fingerprint").asText()).isEqualTo("b179c9523d0e");
    assertThat(got.body.path("assay").path("worker").asText()).isEqualTo("w-smollm");
    assertThat(got.body.path("assay").path("route").asText()).isEqualTo("asked for by name");
    assertThat(got.body.path("usage").path("completion_tokens").asInt()).isEqualTo(8);
    StringBuilder text = new StringBuilder();
    JsonNode choice = got.body.path("choices").get(0);
    choice.path("logprobs").path("tokens").forEach(token -> text.append(token.asText()));
    assertThat(text).hasToString(choice.path("text").asText());
    assertThat(choice.path("finish_reason").asText()).isEqualTo("length");
  }

  @Test
  void router_asksTheModelOfTheRoute_andSaysWhy_andFallsBackFromOneThatIsGone() throws Exception {
    assertThat(post("/v1/completions", routed("\"2 + 3 =\"")).body.path("assay").path("route").asText())
        .startsWith("fallback for MATHS (there is no route yet)");
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    route(registry, TaskType.KNOWLEDGE, SMOLLM, "the highest lower bound");
    route(registry, TaskType.MATHS, "gone", "the highest lower bound");
    while (get("/v1/routes").body.path("data").size() < 2) {
      TimeUnit.MILLISECONDS.sleep(20);
    }

    Got known = post("/v1/completions", routed("\"The capital of France is\""));
    assertThat(known.status).isEqualTo(200);
    assertThat(known.body.path("model").asText()).isEqualTo(SMOLLM);
    assertThat(known.body.path("assay").path("route").asText()).startsWith("KNOWLEDGE route by rules of ").endsWith(": the highest lower bound");
    Got chat =
        post("/v1/chat/completions", "{\"model\": \"@router\", \"max_tokens\": 2, \"messages\": [{\"role\": \"user\", \"content\": \"2 + 3?\"}]}");
    assertThat(chat.body.path("model").asText()).isEqualTo(SMOLLM);
    assertThat(chat.body.path("assay").path("route").asText()).startsWith("fallback for MATHS (its route names gone, which is not served)");

    assertThat(get("/metrics").response.body())
        .contains("assay_router_requests_total{by=\"route\",service=\"gateway\"} 1.0", "assay_router_requests_total{by=\"fallback\",service=\"gateway\"} 2.0");
    assertThat(get("/v1/models/@router").body.path("assay").path("kind").asText()).isEqualTo("router");
    assertThat(post("/v1/completions", routed("[\"2 + 3 =\", \"The capital of\"]")).body.path("error").path("message").asText())
        .contains("questions of several kinds, [MATHS, KNOWLEDGE]");
    assertThat(post("/v1/completions", routed("[1, 2]")).body.path("error").path("param").asText()).isEqualTo("prompt");
    assertThat(post("/tokenize", "{\"model\": \"@router\", \"prompt\": \"a\"}").status).isEqualTo(400);
  }

  private static String routed(String prompt) {
    return "{\"model\": \"@router\", \"max_tokens\": 2, \"prompt\": %s}".formatted(prompt);
  }

  private static void route(SchemaRegistryClient registry, TaskType type, String model, String reason) throws Exception {
    Route route =
        Route.newBuilder()
            .setTaskType(type)
            .setModel(model)
            .setPolicy("rules")
            .setEvidence(List.of())
            .setDecidedAt(Instant.ofEpochMilli(1_000))
            .setReason(reason)
            .build();
    produce(Topics.ROUTES, type.name(), RecordCodec.of(registry, Route.class).encode(Topics.ROUTES, route));
  }

  @Test
  void streams_giveTheTextOfTheWhole_inSeveralEvents() throws Exception {
    String fields = "\"prompt\": [\"Once upon a time\", \"The sun 太阳\"], \"n\": 2, \"max_tokens\": 12, \"temperature\": 0, \"stop\": [\" the\"]";
    JsonNode whole = post("/v1/completions", ask(fields)).body.path("choices");
    HttpResponse<String> stream = post("/v1/completions", ask(fields + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}")).response;

    assertThat(stream.headers().firstValue("Content-Type")).hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
    assertThat(stream.body()).endsWith("data: [DONE]\n\n");
    List<JsonNode> events = events(stream);
    for (int index = 0; index < 4; index++) {
      int at = index;
      StringBuilder text = new StringBuilder();
      events.stream()
          .flatMap(event -> event.path("choices").valueStream())
          .filter(choice -> choice.path("index").asInt() == at)
          .forEach(choice -> text.append(choice.path("text").asText()));
      assertThat(text).as("choice %d", index).hasToString(whole.get(index).path("text").asText());
    }
    assertThat(events.size()).isGreaterThan(8);
    assertThat(events.getLast().path("usage").path("completion_tokens").asInt()).isPositive();
  }

  @Test
  void chats_areWrittenByTheModelsTemplate_andStreamTheSame() throws Exception {
    String fields = "\"messages\": [{\"role\": \"user\", \"content\": \"What is the capital of France?\"}], \"max_tokens\": 12, \"temperature\": 0";
    JsonNode whole = post("/v1/chat/completions", ask(fields + ", \"logprobs\": true, \"top_logprobs\": 2")).body.path("choices").get(0);
    HttpResponse<String> stream = post("/v1/chat/completions", ask(fields + ", \"stream\": true")).response;

    assertThat(whole.path("message").path("content").asText()).contains("Paris");
    assertThat(whole.path("logprobs").path("content").get(0).path("top_logprobs")).hasSize(2);
    StringBuilder text = new StringBuilder();
    events(stream).forEach(event -> text.append(event.path("choices").path(0).path("delta").path("content").asText("")));
    assertThat(text).hasToString(whole.path("message").path("content").asText());
  }

  @Test
  void tokenizer_goesBothWays_andSaysWhatItIs() throws Exception {
    JsonNode ids = tokens("Grüße, 世界!");
    Got back = post("/detokenize", "{\"tokens\": " + ids + "}");
    assertThat(back.body.path("prompt").asText()).isEqualTo("Grüße, 世界!");
    assertThat(get("/tokenizer_info").body.path("eos_token").asText()).isEqualTo("<|im_end|>");
    assertThat(post("/decode", "{\"tokens\": " + ids + "}").body.path("text").asText()).isEqualTo("Grüße, 世界!");
    Got cut = post("/tokenize", "{\"text\": \"one two three four\", \"max_length\": 2}");
    assertThat(cut.body.path("tokens")).hasSize(2);
    assertThat(cut.body.has("request_time")).isTrue();
  }

  @Test
  void challenge_answersAsItsDescriptionSays() throws Exception {
    // What HELM's client sends, greedy.
    Got got =
        post(
            "/process",
            "{\"prompt\": \"The sky is\", \"temperature\": 1e-7, \"num_return_sequences\": 1, \"max_new_tokens\": 6, \"top_p\": 1, \"echo_prompt\": false, \"top_k_per_token\": 1, \"stop_sequences\": []}");
    assertThat(got.status).isEqualTo(200);
    double sum = 0;
    for (JsonNode token : got.body.path("tokens")) {
      sum += token.path("logprob").asDouble();
      assertThat(token.path("top_logprob").valueStream().mapToDouble(JsonNode::asDouble).max()).hasValue(token.path("logprob").asDouble());
    }
    assertThat(got.body.path("tokens")).hasSize(6);
    assertThat(got.body.path("logprob").asDouble()).isCloseTo(sum, within(1e-9));

    Got wrong = post("/process", "{\"max_new_tokens\": -3}");
    assertThat(wrong.status).isEqualTo(422);
    assertThat(wrong.body.path("detail").get(0).path("loc")).extracting(JsonNode::asText).containsExactly("body", "prompt");
    Got unknown = post("/tokenize", "{\"model\": \"\", \"text\": \"\"}");
    assertThat(unknown.status).isEqualTo(404);
    assertThat(unknown.body.path("detail").get(0).path("type").asText()).isEqualTo("model_not_found");
  }

  @Test
  void baseline_answersTexts_andDeclinesTokens() throws Exception {
    Got got = post("/v1/completions", "{\"model\": \"minilm\", \"prompt\": \"Bees are insects. Bees make honey.\"}");
    assertThat(got.body.path("choices").get(0).path("text").asText()).contains("Bees");
    Got declined = post("/v1/completions", "{\"model\": \"minilm\", \"prompt\": [1, 2]}");
    assertThat(declined.status).isEqualTo(400);
    assertThat(declined.body.path("error").path("code").asText()).isEqualTo("unsupported_by_model");
    Got blank = post("/v1/chat/completions", "{\"model\": \"minilm\", \"messages\": [{\"role\": \"user\", \"content\": \" \"}]}");
    assertThat(blank.status).isEqualTo(400);
    assertThat(blank.body.path("error").path("message").asText()).contains("got a blank text");
    assertThat(blank.body.path("error").path("type").asText()).isEqualTo("invalid_request_error");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|''|invalid_json|no field",
        "400|{\"model\"|invalid_json|no field",
        "400|[1]|invalid_json|no field",
        "400|{} trailing|invalid_json|no field",
        "400|{\"model\": \"M\"}|invalid_value|prompt",
        "404|{\"model\": \"../../etc/passwd\", \"prompt\": \"x\"}|model_not_found|model",
        "400|{\"model\": \"M\", \"prompt\": \"x\", \"max_tokens\": -1}|invalid_value|max_tokens",
        "400|{\"model\": \"M\", \"prompt\": \"x\", \"logprobs\": 1000}|invalid_value|logprobs",
        "400|{\"model\": \"M\", \"prompt\": \"x\", \"max_token\": 3}|invalid_value|max_token",
        "400|{\"model\": \"M\", \"prompt\": []}|invalid_value|prompt",
        "400|{\"model\": \"M\", \"prompt\": [99999999]}|invalid_request|no field",
        "400|{\"model\": \"M\", \"prompt\": [-1]}|invalid_value|prompt",
        "400|{\"model\": \"M\", \"prompt\": \"x\", \"max_tokens\": 100000}|invalid_request|no field",
        "400|{\"model\": \"M\", \"prompt\": \"x\", \"n\": 1000000}|invalid_value|n",
        "400|{\"model\": \"M\", \"prompt\": \"x\", \"temperature\": 1e999}|invalid_value|temperature",
      })
  void completions_badInput_isAnsweredInTheApisOwnWords(int status, String body, String code, String param) throws Exception {
    Got got = post("/v1/completions", body.replace("\"M\"", "\"" + SMOLLM + "\""));

    assertThat(got.status).as("%s", got.body).isEqualTo(status);
    JsonNode error = got.body.path("error");
    assertThat(error.path("message").asText()).isNotBlank().doesNotContain("Exception", "\tat ");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("code").asText()).isEqualTo(code);
    assertThat(error.path("param").asText("no field").replace("null", "no field")).isEqualTo(param);
  }

  @Test
  void bodies_largerThanTheLimit_areRefused() throws Exception {
    Got got = post("/v1/completions", ask("\"prompt\": \"" + "x".repeat(10_000_000) + "\""));
    assertThat(got.status).isEqualTo(413);
    assertThat(got.body.path("error").path("code").asText()).isEqualTo("body_too_large");
  }

  @Test
  void paths_thatLeadNowhere_areAnsweredWithout_theInsideOfTheServer() throws Exception {
    assertThat(get("/v1/nothing").body.path("error").path("message").asText()).contains("/openapi.json");
    assertThat(get("/v1/completions").status).isEqualTo(405);
    for (String request :
        List.of(
            "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\u0000b\r\n\r\n",
            "GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\r\n b\r\n\r\n",
            "GET /v1/models/a%0d%0aSet-Cookie:%20x=y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "nonsense\r\n\r\n")) {
      assertThat(raw(request)).startsWith("HTTP/1.1 4").doesNotContain("Exception", "root:", "\tat ", "\r\nSet-Cookie");
    }
  }

  private static String raw(String request) throws IOException {
    URI address = URI.create(gateway.address());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void requestIds_areKept_whereTheyAreHarmless() throws Exception {
    HttpRequest.Builder named = HttpRequest.newBuilder().GET().header("X-Request-Id", "my-id.7");
    assertThat(send(gateway.address(), "/health/live", named).response.headers().firstValue("X-Request-Id")).hasValue("my-id.7");
    HttpRequest.Builder hostile = HttpRequest.newBuilder().GET().header("X-Request-Id", "a b<script>");
    assertThat(send(gateway.address(), "/health/live", hostile).response.headers().firstValue("X-Request-Id").orElseThrow()).hasSize(36);
  }

  @Test
  void moreThanTheGatewayTakes_isSentAway_andWhatNobodyAnswers_endsInTime() throws Exception {
    Limits small = new Limits(2, 2, 4096, Duration.ofSeconds(2));
    try (Gateway narrow = Gateway.start(STACK.settings(), new GatewayOptions(GatewayOptions.LOOPBACK, 0, Optional.of(NOBODY), small, GatewayIT::typeOf, RunQuestions.GIVEN_ONLY, List.of()))) {
      String body = "{\"model\": \"%s\", \"prompt\": [\"a\", \"b\"]}".formatted(NOBODY);
      HttpRequest request = HttpRequest.newBuilder(URI.create(narrow.address() + "/v1/completions")).POST(HttpRequest.BodyPublishers.ofString(body)).build();
      CompletableFuture<HttpResponse<String>> first = HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
      HttpResponse<String> second = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
      // The first holds both places until its time is over; whichever of the two came first.
      assertThat(List.of(first.join().statusCode(), second.statusCode())).containsExactlyInAnyOrder(504, 429);
      HttpResponse<String> refused = second.statusCode() == 429 ? second : first.join();
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
      assertThatThrownBy(() -> Gateway.start(STACK.settings(), GatewayOptions.onPort(URI.create(narrow.address()).getPort(), GatewayIT::typeOf)))
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("is taken");
    }
  }

  @Test
  void checkpoints_areAnnouncedOnce_andOnlyOfFilesThatRunNothing() throws Exception {
    String file = "{\"path\": \"%s\", \"sha256\": \"" + "0".repeat(64) + "\", \"bytes\": %d}";
    String body = "{\"name\": \"mine@1\", \"uri\": \"/models/mine\", \"files\": [" + file + "]}";
    assertThat(post("/v1/checkpoints", body.formatted("model.safetensors", 7)).status).isEqualTo(201);
    Got listed = get("/v1/checkpoints");
    for (int i = 0; i < 50 && !listed.body.path("data").findValuesAsText("name").contains("mine@1"); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      listed = get("/v1/checkpoints");
    }
    assertThat(listed.body.path("data").findValuesAsText("name")).contains("mine@1");
    assertThat(post("/v1/checkpoints", body.formatted("model.safetensors", 8)).status).isEqualTo(409);
    for (String path : List.of("model.bin", "../x.safetensors", "/x.safetensors", "a//b.json", "c:x.json")) {
      assertThat(post("/v1/checkpoints", body.formatted(path, 7)).status).as(path).isEqualTo(400);
    }
  }

  @Test
  void health_tellsWhatIsThere() throws Exception {
    assertThat(get("/health/live").status).isEqualTo(200);
    Got ready = get("/health/ready");
    assertThat(ready.status).as("%s", ready.body).isEqualTo(200);
    assertThat(ready.body.path("parts")).hasSize(4);
    assertThat(get("/v1/models").body.path("data").findValuesAsText("id")).contains(SMOLLM, MINILM);
    assertThat(get("/v1/runs").body.path("data").isArray()).isTrue();
    assertThat(get("/v1/runs/none").status).isEqualTo(404);
    assertThat(get("/v1/routes").body.path("data").isArray()).isTrue();
  }

  @Test
  void description_hasEveryRoute_andNoOther() throws Exception {
    Set<String> described = new TreeSet<>();
    JsonNode paths = get("/openapi.json").body.path("paths");
    paths.properties().forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> described.add(method + " " + path.getKey())));
    Set<String> served = new TreeSet<>();
    try (Sources sources = new Sources(STACK.settings(), Registries.connect(STACK.settings().registryUrl()), GatewayOptions.onPort(0, GatewayIT::typeOf), "test")) {
      Javalin.create(
          config -> {
            config.events.handlerAdded(
                handler -> {
                  String method = handler.getHttpMethod().toString().toLowerCase(Locale.ROOT);
                  if (!method.startsWith("before") && !method.startsWith("after")) {
                    served.add(method + " " + handler.getPath().replace('<', '{').replace('>', '}'));
                  }
                });
            new Endpoints(sources).addTo(config.routes);
          });
    }
    assertThat(described).isEqualTo(served);
  }

  @Test
  void streams_thatNobodyReads_holdUpNobodyElse() throws Exception {
    URI address = URI.create(gateway.address());
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < SILENT_READERS; i++) {
        Socket socket = new Socket(address.getHost(), address.getPort());
        silent.add(socket);
        socket.getOutputStream().write("GET /v1/dashboard/stream HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      for (Socket socket : silent) {
        // It is open, and from here on its reader has stopped.
        socket.setSoTimeout(30_000);
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
      }
      assertThat(post("/v1/completions", "{\"model\": \"minilm\", \"prompt\": \"Bees make honey.\"}").status).isEqualTo(200);
      assertThat(get("/health/ready").status).isEqualTo(200);
      assertThat(get("/v1/dashboard/stream").status).isEqualTo(429);
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
  }

  @Test
  void leavingAStream_endsTheText() throws Exception {
    String body = ask("\"prompt\": \"Count: 1, 2, 3,\", \"max_tokens\": 4000, \"temperature\": 0, \"stream\": true");
    URI address = URI.create(gateway.address());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      String head = "POST /v1/completions HTTP/1.1\r\nHost: x\r\nX-Request-Id: leaver\r\nContent-Length: %d\r\n\r\n".formatted(body.length());
      socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
      socket.getInputStream().readNBytes(400);
      socket.setSoLinger(true, 0);
    }
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    try (TopicView<Reply> replies = TopicView.open(STACK.settings(), registry, Topics.REPLIES, Reply.class)) {
      Optional<Completed> whole = Optional.empty();
      while (whole.isEmpty()) {
        replies.poll(Duration.ofMillis(200));
        whole =
            replies.rows().values().stream()
                .filter(reply -> reply.getRequest().startsWith("leaver/") && reply.getContent() instanceof Completed)
                .map(reply -> (Completed) reply.getContent())
                .findAny();
      }
      assertThat(whole.orElseThrow().getSamples().getFirst().getGenerated()).isLessThan(4000);
    }
  }

  @Test
  void runs_showTheirTables_andStreamWhatChanges() throws Exception {
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    Run run =
        Run.newBuilder()
            .setName("exam")
            .setCreatedAt(Instant.EPOCH)
            .setState(RunState.RUNNING)
            .setModels(List.of(MINILM))
            .setTasks(List.of())
            .setExpected(2)
            .build();
    row(registry, 1);
    produce(Topics.RUNS, "exam", RecordCodec.of(registry, Run.class).encode(Topics.RUNS, run));
    Got tables = get("/v1/runs/exam/tables?metric=accuracy/one");
    for (int i = 0; i < 100 && tables.status != 200; i++) {
      TimeUnit.MILLISECONDS.sleep(100);
      tables = get("/v1/runs/exam/tables?metric=accuracy/one");
    }
    assertThat(tables.body.path("data").get(0).path("n").asInt()).isEqualTo(1);
    assertThat(get("/v1/runs/exam/tables?metric=other").body.path("data")).isEmpty();

    HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/runs/exam/stream")).GET().build();
    try (Stream<String> lines = HTTP.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
      Iterator<String> events = lines.filter(line -> line.startsWith("data: {") && line.contains("accuracy")).iterator();
      assertThat(JSON.readTree(events.next().substring(6)).path("n").asInt()).isEqualTo(1);
      row(registry, 2);
      assertThat(JSON.readTree(events.next().substring(6)).path("n").asInt()).isEqualTo(2);
    }
  }

  private static void row(SchemaRegistryClient registry, long n) throws Exception {
    MetricRow row =
        MetricRow.newBuilder()
            .setRun("exam")
            .setModel(MINILM)
            .setCheckpoint("c")
            .setOther(null)
            .setScope(Scope.RUN)
            .setTask("*")
            .setMetric("accuracy/one")
            .setN(n)
            .setMean(0.5)
            .setStandardError(null)
            .setLow(null)
            .setHigh(null)
            .setSum("0.5")
            .setSumOfSquares("0.25")
            .build();
    produce(Topics.METRICS, MetricKey.of(row).toString(), RecordCodec.of(registry, MetricRow.class).encode(Topics.METRICS, row));
  }

  private static final String QUESTION = "{\"task\": \"quiz\", \"ask\": {\"question\": \"Which do bees make?\", \"options\": [\"silk\", \"honey\"], \"gold\": [1]}}";

  @Test
  void runs_begunOverHttp_areInTheLogWithTheirPrompts_andDoneWhenAllIsCounted() throws Exception {
    SchemaRegistryClient registry = Registries.connect(STACK.settings().registryUrl());
    Got begun = post("/v1/runs", "{\"run\": \"begun\", \"models\": [\"minilm\"], \"seed\": 7, \"prompts\": [%s, %s]}".formatted(QUESTION, "{\"id\": \"sum\", \"ask\": {\"input\": \"2 + 2 =\", \"references\": [\"4\"]}}"));

    assertThat(begun.status).as("%s", begun.body).isEqualTo(201);
    assertThat(begun.response.headers().firstValue("Location")).hasValue("/v1/runs/begun");
    assertThat(begun.body.path("state").asText()).isEqualTo("RUNNING");
    assertThat(get("/v1/runs/begun").body.path("progress")).isEqualTo(JSON.readTree(
        "{\"prompts\": 2, \"verdicts\": 0, \"deadLetters\": 0, \"pending\": 2, \"models\": [{\"model\": \"minilm\", \"prompts\": 2, \"verdicts\": 0, \"deadLetters\": 0, \"pending\": 2}]}"));
    try (TopicView<Prompt> prompts = TopicView.open(STACK.settings(), registry, Topics.PROMPTS, Prompt.class)) {
      Map<String, Prompt> written = prompts.catchUp().rows();
      assertThat(written).containsKeys("1", "sum");
      assertThat(written.get("1").getAsk()).isInstanceOf(Choice.class);
      assertThat(written.get("1").getSeed()).isEqualTo(7);
      assertThat(written.get("sum").getModels()).containsExactly("minilm");
      assertThat(written.get("sum").getRun()).isEqualTo("begun");
      assertThat(((Generation) written.get("sum").getAsk()).getMaxTokens()).isEqualTo(64);
    }
    Got again = post("/v1/runs", "{\"run\": \"begun\", \"models\": [\"minilm\"], \"prompts\": [%s]}".formatted(QUESTION));
    assertThat(again.status).isEqualTo(409);
    assertThat(again.body.path("error").path("code").asText()).isEqualTo("run_exists");

    HttpRequest request = HttpRequest.newBuilder(URI.create(gateway.address() + "/v1/runs/begun/stream")).GET().build();
    try (Stream<String> lines = HTTP.send(request, HttpResponse.BodyHandlers.ofLines()).body()) {
      Iterator<String> runs = lines.filter(line -> line.startsWith("data: {") && line.contains("progress")).iterator();
      assertThat(JSON.readTree(runs.next().substring(6)).path("state").asText()).isEqualTo("RUNNING");
      flow(registry, "flow/verdicts", 1);
      flow(registry, "flow/dead-letters", 1);
      JsonNode done = JSON.readTree(runs.next().substring(6));
      assertThat(done.path("state").asText()).isEqualTo("DONE");
      assertThat(done.path("progress").path("pending").asInt()).isZero();
    }
  }

  @Test
  void runs_ofOneName_begunByTwoGatewaysAtOnce_areOne() throws Exception {
    try (Gateway other = Gateway.start(STACK.settings(), GatewayOptions.onPort(0, GatewayIT::typeOf))) {
      String body = "{\"run\": \"twice\", \"models\": [\"minilm\"], \"prompts\": [%s]}".formatted(QUESTION.replace("{\"task\"", "{\"id\": \"once\", \"task\""));
      List<CompletableFuture<HttpResponse<String>>> asked =
          Stream.of(gateway, other)
              .map(one -> HttpRequest.newBuilder(URI.create(one.address() + "/v1/runs")).POST(HttpRequest.BodyPublishers.ofString(body)).build())
              .map(request -> HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString()))
              .toList();
      List<Integer> statuses = asked.stream().map(CompletableFuture::join).map(HttpResponse::statusCode).sorted().toList();
      assertThat(statuses).containsExactly(201, 409);
    }
  }

  private static void flow(SchemaRegistryClient registry, String metric, long n) throws Exception {
    MetricRow row =
        MetricRow.newBuilder()
            .setRun("begun")
            .setModel(MINILM)
            .setCheckpoint("")
            .setOther(null)
            .setScope(Scope.RUN)
            .setTask("*")
            .setMetric(metric)
            .setN(n)
            .setMean(1.0)
            .setStandardError(null)
            .setLow(null)
            .setHigh(null)
            .setSum(Long.toString(n))
            .setSumOfSquares(Long.toString(n))
            .build();
    produce(Topics.METRICS, MetricKey.of(row).toString(), RecordCodec.of(registry, MetricRow.class).encode(Topics.METRICS, row));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "400|''|no field",
        "400|{}|models",
        "400|{\"models\": []}|models",
        "400|{\"models\": [\"minilm\", \"minilm\"], \"prompts\": [Q]}|models",
        "400|{\"models\": [\"minilm\"]}|tasks",
        "400|{\"models\": [\"minilm\"], \"tasks\": [\"a\"], \"prompts\": [Q]}|tasks",
        "400|{\"models\": [\"minilm\"], \"tasks\": [\"../../quiz.yaml\"]}|tasks",
        "404|{\"models\": [\"nobody\"], \"prompts\": [Q]}|models",
        "404|{\"models\": [\"@router\"], \"prompts\": [Q]}|models",
        "400|{\"models\": [\"minilm\"], \"prompts\": [Q], \"run\": \"../x\"}|run",
        "400|{\"models\": [\"minilm\"], \"prompts\": [Q], \"run\": \"..\"}|run",
        "400|{\"models\": [\"minilm\"], \"prompts\": [Q], \"limit\": -1}|limit",
        "400|{\"models\": [\"minilm\"], \"prompts\": [Q], \"order\": \"all\"}|order",
        "400|{\"models\": [\"minilm\"], \"prompts\": 3}|prompts",
        "400|{\"models\": [\"minilm\"], \"prompts\": [{}]}|prompts[0].ask",
        "400|{\"models\": [\"minilm\"], \"prompts\": [{\"ask\": {\"question\": \"a\"}}]}|prompts[0].ask",
        "400|{\"models\": [\"minilm\"], \"prompts\": [Q, {\"run\": \"other\", \"ask\": {\"input\": \"a\", \"references\": [\"b\"]}}]}|prompts[1].run",
        "400|{\"models\": [\"minilm\"], \"prompts\": [{\"ask\": {\"question\": \"a\", \"options\": [\"b\", \"c\"], \"gold\": [\"b\"]}}]}|prompts[0].ask.gold",
        "400|{\"models\": [\"minilm\"], \"prompts\": [{\"taskType\": \"RIDDLE\", \"ask\": {\"input\": \"a\", \"references\": [\"b\"]}}]}|prompts[0].taskType",
        "400|{\"models\": [\"minilm\"], \"prompts\": [{\"id\": \"2\", \"ask\": {\"input\": \"a\", \"references\": [\"b\"]}}, Q]}|prompts[1].id",
      })
  void runs_badInput_isRefused_beforeAnythingIsWritten(int status, String body, String param) throws Exception {
    Got got = post("/v1/runs", body.replace("Q", QUESTION));

    assertThat(got.status).as("%s", got.body).isEqualTo(status);
    assertThat(got.body.path("error").path("message").asText()).isNotBlank().doesNotContain("Exception", "\tat ");
    assertThat(got.body.path("error").path("param").asText("no field").replace("null", "no field")).isEqualTo(param);
  }

  @Test
  void runs_largerThanTheLimit_areRefused() throws Exception {
    assertThat(post("/v1/runs", "{\"run\": \"" + "x".repeat(10_000_000) + "\"}").status).isEqualTo(413);
  }

  @Test
  void checkpoints_outsideTheRoots_areRefused_alsoThroughLinks(@TempDir Path folder) throws Exception {
    Path root = Files.createDirectories(folder.resolve("allowed"));
    Files.createDirectories(root.resolve("mine"));
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.createSymbolicLink(root.resolve("link"), outside);
    GatewayOptions options =
        new GatewayOptions(GatewayOptions.LOOPBACK, 0, Optional.empty(), Limits.defaults(), GatewayIT::typeOf, RunQuestions.GIVEN_ONLY, List.of(root));
    try (Gateway guarded = Gateway.start(STACK.settings(), options)) {
      String body = "{\"name\": \"guarded@1\", \"uri\": %s, \"files\": [{\"path\": \"model.safetensors\", \"sha256\": \"" + "0".repeat(64) + "\", \"bytes\": 7}]}";
      for (Path refused : List.of(outside, root.resolve("link"), root.resolve("absent"), Path.of("/"))) {
        Got got = send(guarded.address(), "/v1/checkpoints", HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(body.formatted(JSON.writeValueAsString(refused.toString())))));
        assertThat(got.status).as("%s", refused).isEqualTo(400);
        assertThat(got.body.path("error").path("param").asText()).isEqualTo("uri");
      }
      String inside = body.formatted(JSON.writeValueAsString(root.resolve("mine").toUri().toString()));
      assertThat(send(guarded.address(), "/v1/checkpoints", HttpRequest.newBuilder().POST(HttpRequest.BodyPublishers.ofString(inside))).status).isEqualTo(201);
    }
  }

  @Test
  void nothing_ofThis_reachesTheEvaluations() throws Exception {
    assertThat(post("/v1/completions", ask("\"prompt\": \"One\", \"max_tokens\": 1")).status).isEqualTo(200);
    try (TopicView<Answer> answers =
        TopicView.open(STACK.settings(), Registries.connect(STACK.settings().registryUrl()), Topics.ANSWERS, Answer.class)) {
      assertThat(answers.catchUp().rows()).isEmpty();
    }
  }
}
