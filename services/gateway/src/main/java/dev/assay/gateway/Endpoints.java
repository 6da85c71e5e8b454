package dev.assay.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.challenge.ChallengeApi;
import dev.assay.gateway.dashboard.LiveApi;
import dev.assay.gateway.dashboard.Pages;
import dev.assay.gateway.dashboard.QuestionsApi;
import dev.assay.gateway.evaluation.CheckpointsApi;
import dev.assay.gateway.evaluation.RoutesApi;
import dev.assay.gateway.evaluation.RunsApi;
import dev.assay.gateway.health.GatewayMeters;
import dev.assay.gateway.health.HealthApi;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.Problems;
import dev.assay.gateway.http.RequestId;
import dev.assay.gateway.http.RequestSpans;
import dev.assay.gateway.openai.ChatApi;
import dev.assay.gateway.openai.CompletionsApi;
import dev.assay.gateway.openai.ModelsApi;
import dev.assay.gateway.openai.TokenizerApi;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every route of the gateway, in one place; each is described in {@code openapi.json}, which a test holds to this list. */
final class Endpoints {

  private static final Logger LOG = LoggerFactory.getLogger(Endpoints.class);
  private static final String DESCRIPTION = "openapi.json";

  private final Sources sources;

  Endpoints(Sources sources) {
    this.sources = sources;
  }

  /** Puts the routes together. */
  void addTo(RoutesConfig routes) {
    RequestSpans spans = new RequestSpans();
    routes.before(RequestId::begin);
    routes.before(GatewayMeters::begin);
    routes.before(spans::begin);
    routes.after(context -> spans.end(context, path(context)));
    routes.after(context -> sources.meters().end(context, path(context)));
    routes.after(Endpoints::log);
    models(routes);
    challenge(routes);
    evaluations(routes);
    dashboard(routes);
    health(routes);
    routes.get("/openapi.json", Endpoints::describe);
    errors(routes);
  }

  private void models(RoutesConfig routes) {
    CompletionsApi completions = new CompletionsApi(sources.exchange(), sources.models(), sources.router());
    ChatApi chat = new ChatApi(sources.exchange(), sources.models(), sources.router());
    ModelsApi models = new ModelsApi(sources.models(), sources.router());
    TokenizerApi tokenizer = new TokenizerApi(sources.exchange(), sources.models());
    routes.post("/v1/completions", completions::complete);
    routes.post("/v1/chat/completions", chat::complete);
    routes.get("/v1/models", models::list);
    // Names of models have slashes.
    routes.get("/v1/models/<model>", models::one);
    routes.post("/detokenize", tokenizer::detokenize);
    routes.get("/tokenizer_info", tokenizer::info);
  }

  private void challenge(RoutesConfig routes) {
    ChallengeApi challenge = new ChallengeApi(sources.exchange(), sources.models());
    TokenizerApi tokenizer = new TokenizerApi(sources.exchange(), sources.models());
    routes.post("/process", challenge::process);
    routes.post("/decode", challenge::decode);
    routes.post(
        "/tokenize",
        context -> {
          // One path, two APIs: the challenge calls the text "text", vLLM "prompt".
          ObjectNode body = Json.body(context, sources.exchange().limits().bodyBytes());
          if (body.has("text")) {
            challenge.tokenize(context, body);
          } else {
            tokenizer.tokenize(context, body);
          }
        });
  }

  private void evaluations(RoutesConfig routes) {
    RunsApi runs = new RunsApi(sources.runs(), sources.metrics());
    CheckpointsApi checkpoints = sources.checkpointsApi();
    RoutesApi routing = new RoutesApi(sources.routes());
    routes.get("/v1/runs", runs::list);
    routes.post("/v1/runs", sources.runStarts()::start);
    routes.get("/v1/runs/{run}", runs::one);
    routes.get("/v1/runs/{run}/tables", runs::tables);
    routes.get("/v1/runs/{run}/stream", runs::stream);
    routes.get("/v1/checkpoints", checkpoints::list);
    routes.post("/v1/checkpoints", checkpoints::announce);
    routes.get("/v1/routes", routing::list);
  }

  private void dashboard(RoutesConfig routes) {
    Pages pages = new Pages();
    LiveApi live =
        new LiveApi(sources.runs(), sources.announced(), sources.checkpoints(), sources.routes(), sources.metrics(), sources.flow());
    QuestionsApi questions = new QuestionsApi(sources.settings(), sources.registry(), sources.runs());
    routes.get("/", pages::index);
    routes.get("/dashboard/{file}", pages::file);
    routes.get("/v1/dashboard/stream", live::stream);
    routes.get("/v1/runs/{run}/questions", questions::list);
    // Ids of prompts have slashes.
    routes.get("/v1/runs/{run}/questions/<question>", questions::one);
  }

  private void health(RoutesConfig routes) {
    HealthApi health = new HealthApi(sources.exchange(), sources.models(), sources.registry(), sources.tables());
    routes.get("/health/live", health::live);
    routes.get("/health/ready", health::ready);
    routes.get("/metrics", sources.meters()::show);
  }

  private static void errors(RoutesConfig routes) {
    routes.exception(Problem.class, (problem, context) -> Problems.answer(context, problem));
    routes.exception(
        HttpResponseException.class,
        (e, context) -> Problems.answer(context, Problem.of(e.getStatus(), null, said(e, context))));
    routes.exception(
        Exception.class,
        (e, context) -> {
          LOG.error("{} {} failed", context.method(), context.path(), e);
          Problems.answer(
              context,
              Problem.of(Problem.FAILED, "internal_error", "the gateway failed; its log says why, under request " + RequestId.of(context)));
        });
  }

  private static String said(HttpResponseException e, Context context) {
    return switch (e.getStatus()) {
      case Problem.NOT_FOUND -> "there is nothing at this path; see /openapi.json";
      case 405 -> "%s is not what this path takes; see /openapi.json".formatted(context.method());
      default -> String.valueOf(e.getMessage());
    };
  }

  private static void describe(Context context) throws IOException {
    try (InputStream description = Endpoints.class.getResourceAsStream(DESCRIPTION)) {
      context.contentType("application/json").result(description.readAllBytes());
    }
  }

  /** The route, not the path, which anybody may invent. */
  private static String path(Context context) {
    Endpoint endpoint = context.endpoints().lastHttpEndpoint();
    return endpoint == null ? "none" : endpoint.path;
  }

  private static void log(Context context) {
    LOG.info("{} {} {}", context.method(), context.path(), context.statusCode());
    RequestId.end();
  }
}
