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
import dev.assay.records.Conversation;
import dev.assay.records.Message;
import dev.assay.records.Reply;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /v1/chat/completions}: a conversation goes on. The worker writes it down as the model's own chat template says. */
public final class ChatApi {

  private static final String WHOLE = "chat.completion";
  private static final String PART = "chat.completion.chunk";
  private static final int MOST_MESSAGES = 1024;
  private static final int MOST_ALTERNATIVES = 20;
  private static final String DEVELOPER = "developer";
  private static final String SYSTEM = "system";
  private static final String USER = "user";
  private static final Set<String> ROLES = Set.of(SYSTEM, DEVELOPER, USER, "assistant");

  private final Exchange exchange;
  private final Models models;
  private final Router router;

  /** The API over an exchange. */
  public ChatApi(Exchange exchange, Models models, Router router) {
    this.exchange = exchange;
    this.models = models;
    this.router = router;
  }

  /** One request as it is understood. */
  private record Wanted(String id, long created, Choice choice, Parameters parameters, List<Message> messages, int alternatives) {

    Complete ask() {
      return new Complete(
          new Conversation(messages),
          parameters.maxTokens(),
          parameters.stop(),
          parameters.temperature(),
          parameters.topK(),
          parameters.topP(),
          parameters.seed(),
          parameters.repetitionPenalty(),
          parameters.samples(),
          alternatives,
          false,
          parameters.stream());
    }

    boolean logprobs() {
      return alternatives >= 0;
    }
  }

  /** Answers a request. */
  public void complete(Context context) {
    Wanted wanted = read(context);
    try (Asked asked = exchange.ask(wanted.choice.model(), RequestId.of(context), List.of(wanted.ask()))) {
      if (wanted.parameters.stream()) {
        stream(context, wanted, asked);
      } else {
        whole(context, wanted, asked.all().getFirst());
      }
    }
  }

  private Wanted read(Context context) {
    Fields fields = new Fields(Json.body(context, exchange.limits().bodyBytes()));
    List<Message> messages = messages(fields);
    int maxTokens = fields.integer("max_completion_tokens", 0, Parameters.MOST_TOKENS).orElse(-1);
    Parameters parameters = Parameters.read(fields, "max_tokens", maxTokens);
    boolean logprobs = fields.flag("logprobs", false);
    int top = fields.integer("top_logprobs", 0, MOST_ALTERNATIVES).orElse(0);
    if (top > 0 && !logprobs) {
      throw Problem.invalid("top_logprobs", "top_logprobs needs logprobs; set logprobs to true or leave both out");
    }
    List.of("tools", "functions").forEach(name -> Parameters.requireEmpty(fields, name));
    List.of("tool_choice", "function_call")
        .forEach(name -> requireWord(fields.any(name), name, Set.of("none", "auto")));
    fields.flag("parallel_tool_calls", false);
    fields.object("response_format").ifPresent(format -> requireWord(format.any("type"), "response_format.type", Set.of("text")));
    fields.any("modalities");
    fields.any("reasoning_effort");
    Choice choice = Choice.of(models, router, fields, "messages", List.of(question(messages)));
    fields.refuseOthers(Parameters.IGNORED);
    return new Wanted("chatcmpl-" + RequestId.of(context), Instant.now().getEpochSecond(), choice, parameters, messages, logprobs ? top : -1);
  }

  /** What the router reads: the last thing that the user said. */
  private static String question(List<Message> messages) {
    return messages.reversed().stream().filter(message -> message.getRole().equals(USER)).findFirst().orElseGet(messages::getLast).getContent();
  }

  private static void requireWord(Optional<JsonNode> value, String name, Set<String> words) {
    if (value.isPresent() && !(value.get().isTextual() && words.contains(value.get().textValue()))) {
      throw Problem.invalid(name, "%s is something that these models do not support; expected %s, or leave it out".formatted(name, words));
    }
  }

  private static List<Message> messages(Fields fields) {
    List<Fields> given = fields.objects("messages");
    if (given.isEmpty()) {
      throw fields.missing("messages", "a list of messages, at least one");
    }
    if (given.size() > MOST_MESSAGES) {
      throw Problem.invalid("messages", "messages has %d; expected at most %d".formatted(given.size(), MOST_MESSAGES));
    }
    List<Message> messages = new ArrayList<>();
    for (Fields message : given) {
      String role = message.requiredText("role");
      if (!ROLES.contains(role)) {
        throw Problem.invalid(message.at("role"), "%s is '%s'; expected one of %s".formatted(message.at("role"), role, ROLES));
      }
      messages.add(new Message(role.equals(DEVELOPER) ? SYSTEM : role, content(message)));
    }
    return messages;
  }

  /** A text, or texts in parts. */
  private static String content(Fields message) {
    Optional<JsonNode> content = message.any("content");
    if (content.isPresent() && content.get().isArray()) {
      StringBuilder text = new StringBuilder();
      for (Fields part : message.objects("content")) {
        String type = part.requiredText("type");
        if (!type.equals("text")) {
          throw Problem.invalid(part.at("type"), "%s is '%s'; these models read text alone".formatted(part.at("type"), type));
        }
        text.append(part.requiredText("text"));
      }
      return text.toString();
    }
    return message.text("content").orElse("");
  }

  private static void whole(Context context, Wanted wanted, Reply reply) {
    ObjectNode body = Rendering.head(wanted.id, WHOLE, wanted.created, reply, wanted.choice);
    ArrayNode choices = body.putArray("choices");
    Completed completed = CompletionsApi.completed(reply);
    for (Sample sample : completed.getSamples()) {
      ObjectNode choice = choices.addObject();
      choice.put("index", choices.size() - 1);
      ObjectNode message = choice.putObject("message");
      message.put("role", "assistant");
      message.put("content", sample.getText());
      message.putNull("refusal");
      choice.set("logprobs", wanted.logprobs() ? Rendering.content(sample.getTokens(), wanted.alternatives) : null);
      choice.put("finish_reason", Rendering.finish(sample.getFinish()));
    }
    body.set("usage", Rendering.usage(List.of(completed)));
    Json.answer(context, 200, body);
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
            return Rendering.head(wanted.id, PART, wanted.created, reply, wanted.choice);
          }

          @Override
          public void part(ObjectNode node, String text, List<Token> tokens, int offset, boolean first, @Nullable String finish) {
            ObjectNode delta = node.putObject("delta");
            if (first) {
              delta.put("role", "assistant");
            }
            if (!text.isEmpty() || first) {
              delta.put("content", text);
            }
            node.set("logprobs", wanted.logprobs() ? Rendering.content(tokens, wanted.alternatives) : null);
            node.put("finish_reason", finish);
          }
        });
  }
}
