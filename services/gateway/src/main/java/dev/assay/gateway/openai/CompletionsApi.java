package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Asked;
import dev.assay.gateway.exchange.Exchange;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.exchange.Router;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.RequestId;
import dev.assay.records.Complete;
import dev.assay.records.Completed;
import dev.assay.records.Reply;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import dev.assay.records.TokenIds;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /v1/completions}: texts are continued. */
public final class CompletionsApi {

  private static final String OBJECT = "text_completion";
  private static final int STANDARD_TOKENS = 16;
  private static final int MOST_LOGPROBS = 20;
  private static final int MOST_PROMPTS = 128;

  private final Exchange exchange;
  private final Models models;
  private final Router router;

  /** The API over an exchange. */
  public CompletionsApi(Exchange exchange, Models models, Router router) {
    this.exchange = exchange;
    this.models = models;
    this.router = router;
  }

  /** One request as it is understood. */
  private record Wanted(String id, long created, Choice choice, Parameters parameters, List<Object> prompts, int logprobs, boolean echo) {

    List<Complete> asks() {
      return prompts.stream().map(this::ask).toList();
    }

    /** A prompt whose echo only the worker can write comes whole at the end. */
    boolean pieces() {
      return parameters.stream() && !(echo && (logprobs >= 0 || prompts.stream().anyMatch(TokenIds.class::isInstance)));
    }

    /** The prompt of a choice, where it is a text. */
    String prompt(int index) {
      return prompts.get(index / parameters.samples()) instanceof String text ? text : "";
    }

    private Complete ask(Object prompt) {
      return new Complete(
          prompt,
          parameters.maxTokens(),
          parameters.stop(),
          parameters.temperature(),
          parameters.topK(),
          parameters.topP(),
          parameters.seed(),
          parameters.repetitionPenalty(),
          parameters.samples(),
          logprobs,
          echo && !pieces(),
          pieces());
    }
  }

  /** Answers a request. */
  public void complete(Context context) {
    Wanted wanted = read(context);
    try (Asked asked = exchange.ask(wanted.choice.model(), RequestId.of(context), wanted.asks())) {
      if (wanted.parameters.stream()) {
        stream(context, wanted, asked);
      } else {
        whole(context, wanted, asked.all());
      }
    }
  }

  private Wanted read(Context context) {
    Fields fields = new Fields(Json.body(context, exchange.limits().bodyBytes()));
    List<Object> prompts = prompts(fields);
    Parameters parameters = Parameters.read(fields, "max_tokens", STANDARD_TOKENS);
    OptionalInt logprobs = fields.integer("logprobs", 0, MOST_LOGPROBS);
    boolean echo = fields.flag("echo", false);
    fields
        .integer("best_of", 1, MOST_PROMPTS)
        .ifPresent(
            bestOf -> {
              if (bestOf != parameters.samples()) {
                throw Problem.invalid("best_of", "best_of is %d and n %d; expected them equal, or no best_of".formatted(bestOf, parameters.samples()));
              }
            });
    fields
        .text("suffix")
        .filter(suffix -> !suffix.isEmpty())
        .ifPresent(
            _ -> {
              throw Problem.invalid("suffix", "suffix is not supported by these models; leave it out");
            });
    Choice choice = Choice.of(models, router, fields, "prompt", prompts);
    fields.refuseOthers(Parameters.IGNORED);
    return new Wanted(
        "cmpl-" + RequestId.of(context), Instant.now().getEpochSecond(), choice, parameters, prompts, logprobs.orElse(-1), echo);
  }

  /** A text, a list of texts, a list of tokens, or a list of such. */
  private static List<Object> prompts(Fields fields) {
    JsonNode prompt = fields.any("prompt").orElseThrow(() -> fields.missing("prompt", "a text, tokens, or a list of either"));
    if (prompt.isTextual()) {
      return List.of(prompt.textValue());
    }
    if (!prompt.isArray() || prompt.isEmpty()) {
      throw Problem.invalid("prompt", "prompt is neither a text nor a list that has something; expected a text, tokens, or a list of either");
    }
    if (prompt.get(0).isNumber()) {
      return List.of(new TokenIds(Fields.tokens("prompt", prompt)));
    }
    if (prompt.size() > MOST_PROMPTS) {
      throw Problem.invalid("prompt", "prompt has %d prompts; expected at most %d".formatted(prompt.size(), MOST_PROMPTS));
    }
    List<Object> prompts = new ArrayList<>();
    for (JsonNode one : prompt) {
      if (one.isTextual()) {
        prompts.add(one.textValue());
      } else if (one.isArray() && !one.isEmpty()) {
        prompts.add(new TokenIds(Fields.tokens("prompt", one)));
      } else {
        throw Problem.invalid("prompt", "prompt[%d] is neither a text nor a list of tokens".formatted(prompts.size()));
      }
    }
    return prompts;
  }

  private static void whole(Context context, Wanted wanted, List<Reply> replies) {
    ObjectNode body = Rendering.head(wanted.id, OBJECT, wanted.created, replies.getFirst(), wanted.choice);
    ArrayNode choices = body.putArray("choices");
    List<Completed> all = replies.stream().map(CompletionsApi::completed).toList();
    for (Completed completed : all) {
      for (Sample sample : completed.getSamples()) {
        List<Token> tokens = Stream.concat(completed.getPromptDetail().stream(), sample.getTokens().stream()).toList();
        choice(
            choices.addObject(),
            choices.size() - 1,
            completed.getPrompt() + sample.getText(),
            wanted.logprobs < 0 ? null : Rendering.logprobs(tokens, 0),
            Rendering.finish(sample.getFinish()));
      }
    }
    body.set("usage", Rendering.usage(all));
    Json.answer(context, 200, body);
  }

  static Completed completed(Reply reply) {
    if (reply.getContent() instanceof Completed completed) {
      return completed;
    }
    throw Problem.of(Problem.FAILED, "model_failed", "the worker gave a %s; expected a completion".formatted(reply.getContent().getClass().getSimpleName()));
  }

  private static void choice(ObjectNode node, int index, String text, @Nullable ObjectNode logprobs, @Nullable String finish) {
    node.put("index", index);
    node.put("text", text);
    node.set("logprobs", logprobs);
    node.put("finish_reason", finish);
  }

  private static void stream(Context context, Wanted wanted, Asked asked) {
    Streaming.run(
        context,
        asked,
        wanted.parameters.samples(),
        wanted.parameters.usageAtEnd(),
        new Streaming.Format() {
          @Override
          public ObjectNode head(Reply reply) {
            return Rendering.head(wanted.id, OBJECT, wanted.created, reply, wanted.choice);
          }

          @Override
          public void part(ObjectNode node, String text, List<Token> tokens, int offset, boolean first, @Nullable String finish) {
            // The prompt of an echo that comes in pieces is known here.
            boolean echoed = first && wanted.echo && wanted.pieces();
            String prompt = echoed ? wanted.prompt(node.path("index").intValue()) : "";
            choice(node, node.path("index").intValue(), prompt + text, wanted.logprobs < 0 ? null : Rendering.logprobs(tokens, offset), finish);
          }
        });
  }
}
