package dev.assay.gateway.challenge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Asked;
import dev.assay.gateway.exchange.Exchange;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.Problems;
import dev.assay.gateway.http.RequestId;
import dev.assay.gateway.openai.Choice;
import dev.assay.records.Alternative;
import dev.assay.records.Complete;
import dev.assay.records.Completed;
import dev.assay.records.Detokenize;
import dev.assay.records.PlainText;
import dev.assay.records.Reply;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import dev.assay.records.Tokenize;
import dev.assay.records.Tokens;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code /process}, {@code /tokenize} and {@code /decode}: what a submission to the challenge serves. Both the fields of its description and
 * those that HELM's client sends are taken; what HELM sends and the challenge's own servers ignore (several texts, stop texts, top-p) is done
 * where it changes the one text that is read. Errors are those of FastAPI: 422, and where in the body it is.
 */
public final class ChallengeApi {

  private static final int UNPROCESSABLE = 422;
  private static final int STANDARD_TOKENS = 50;
  private static final int STANDARD_TOP_K = 200;
  private static final double STANDARD_TEMPERATURE = 0.8;
  private static final int MOST_TOKENS = 1_000_000;
  private static final int MOST_SAMPLES = 1_024;
  private static final int MOST_STOPS = 64;
  private static final int STANDARD_LENGTH = 2048;
  private static final double MOST_TEMPERATURE = 100;
  private static final double LEAST_TOP_P = 1e-9;

  /** HELM sends this or less for 0, which the challenge's own servers would divide by. */
  private static final double GREEDY = 1e-6;

  private final Exchange exchange;
  private final Models models;

  /** The API over an exchange. */
  public ChallengeApi(Exchange exchange, Models models) {
    this.exchange = exchange;
    this.models = models;
  }

  /** A prompt to a completion. */
  public void process(Context context) {
    asFastApi(context, this::answer);
  }

  /** A text to tokens. */
  public void tokenize(Context context, ObjectNode given) {
    asFastApi(context, at -> tokens(at, given));
  }

  /** Tokens to a text. */
  public void decode(Context context) {
    asFastApi(context, this::text);
  }

  private void answer(Context context) {
    long begun = System.nanoTime();
    Fields fields = new Fields(Json.body(context, exchange.limits().bodyBytes()));
    String prompt = fields.requiredText("prompt");
    int maxTokens = fields.integer("max_new_tokens", 0, MOST_TOKENS).orElse(STANDARD_TOKENS);
    fields.integer("num_samples", 1, MOST_SAMPLES);
    fields.integer("num_return_sequences", 1, MOST_SAMPLES);
    int topK = fields.integer("top_k", 0, MOST_TOKENS).orElse(STANDARD_TOP_K);
    double temperature = fields.number("temperature", 0, MOST_TEMPERATURE).orElse(STANDARD_TEMPERATURE);
    double topP = Math.max(LEAST_TOP_P, fields.number("top_p", 0, 1).orElse(1));
    long seed = fields.longInteger("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong());
    boolean echo = fields.flag("echo_prompt", false);
    List<String> stops = fields.texts("stop_sequences", MOST_STOPS);
    Choice choice = Choice.of(models, fields, false);
    Complete ask = new Complete(prompt, maxTokens, stops, temperature <= GREEDY ? 0 : temperature, topK, topP, seed, 1.0, 1, 1, false, false);
    Reply reply = ask(context, choice, ask);
    if (!(reply.getContent() instanceof Completed completed)) {
      throw unexpected(reply);
    }
    Sample sample = completed.getSamples().getFirst();
    ObjectNode body = Json.object();
    body.put("text", echo ? prompt + sample.getText() : sample.getText());
    ArrayNode tokens = body.putArray("tokens");
    double sum = 0;
    for (Token token : sample.getTokens()) {
      double logProb = token.getLogProb() == null ? 0 : token.getLogProb();
      sum += logProb;
      ObjectNode one = tokens.addObject();
      one.put("text", token.getText());
      one.put("logprob", logProb);
      ObjectNode top = one.putObject("top_logprob");
      for (Alternative alternative : token.getAlternatives()) {
        top.put(alternative.getText(), alternative.getLogProb());
      }
    }
    body.put("logprob", sum);
    finish(context, body, reply, choice, begun);
  }

  private void tokens(Context context, ObjectNode given) {
    long begun = System.nanoTime();
    Fields fields = new Fields(given);
    String text = fields.requiredText("text");
    boolean truncation = fields.flag("truncation", true);
    int length = fields.integer("max_length", 0, Integer.MAX_VALUE).orElse(STANDARD_LENGTH);
    Choice choice = Choice.of(models, fields, false);
    Reply reply = ask(context, choice, new Tokenize(text, true));
    if (!(reply.getContent() instanceof Tokens tokens)) {
      throw unexpected(reply);
    }
    ObjectNode body = Json.object();
    ArrayNode ids = body.putArray("tokens");
    tokens.getIds().stream().limit(truncation ? length : Long.MAX_VALUE).forEach(id -> ids.add(id.intValue()));
    finish(context, body, reply, choice, begun);
  }

  private void text(Context context) {
    long begun = System.nanoTime();
    Fields fields = new Fields(Json.body(context, exchange.limits().bodyBytes()));
    JsonNode list = fields.any("tokens").orElseThrow(() -> fields.missing("tokens", "a list of tokens"));
    if (!list.isArray()) {
      throw Problem.invalid("tokens", "tokens is no list; expected a list of tokens");
    }
    Choice choice = Choice.of(models, fields, false);
    Reply reply = ask(context, choice, new Detokenize(Fields.tokens("tokens", list)));
    if (!(reply.getContent() instanceof PlainText text)) {
      throw unexpected(reply);
    }
    ObjectNode body = Json.object();
    body.put("text", text.getText());
    finish(context, body, reply, choice, begun);
  }

  private Reply ask(Context context, Choice choice, Object work) {
    try (Asked asked = exchange.ask(choice.model(), RequestId.of(context), List.of(work))) {
      return asked.all().getFirst();
    }
  }

  private static void finish(Context context, ObjectNode body, Reply reply, Choice choice, long begun) {
    body.put("request_time", (System.nanoTime() - begun) / 1e9);
    ObjectNode from = body.putObject("assay");
    from.put("model", reply.getModel());
    from.put("checkpoint", reply.getCheckpoint());
    from.put("route", choice.why());
    Json.answer(context, 200, body);
  }

  private static Problem unexpected(Reply reply) {
    return Problem.of(Problem.FAILED, "model_failed", "the worker gave a " + reply.getContent().getClass().getSimpleName());
  }

  private static void asFastApi(Context context, Handler handler) {
    try {
      handler.handle(context);
    } catch (Problem problem) {
      Problems.head(context, problem);
      int status = problem.status() == Problem.BAD_REQUEST ? UNPROCESSABLE : problem.status();
      Json.answer(context, status, detail(problem));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode detail(Problem problem) {
    ObjectNode body = Json.object();
    ObjectNode one = body.putArray("detail").addObject();
    ArrayNode where = one.putArray("loc");
    where.add("body");
    if (problem.param() != null) {
      where.add(problem.param());
    }
    one.put("msg", problem.getMessage());
    one.put("type", problem.code() == null ? "value_error" : problem.code());
    return body;
  }
}
