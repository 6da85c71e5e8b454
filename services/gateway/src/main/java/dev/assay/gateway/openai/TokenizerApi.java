package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Asked;
import dev.assay.gateway.exchange.Exchange;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.gateway.http.RequestId;
import dev.assay.records.DescribeTokenizer;
import dev.assay.records.Detokenize;
import dev.assay.records.PlainText;
import dev.assay.records.TokenizerCard;
import dev.assay.records.Tokenize;
import dev.assay.records.Tokens;
import io.javalin.http.Context;
import java.util.List;
import java.util.Set;

/** {@code /tokenize}, {@code /detokenize} and {@code /tokenizer_info}, as vLLM has them and lm-evaluation-harness asks for them. */
public final class TokenizerApi {

  private final Exchange exchange;
  private final Models models;

  /** The API over an exchange. */
  public TokenizerApi(Exchange exchange, Models models) {
    this.exchange = exchange;
    this.models = models;
  }

  /** A text to tokens. */
  public void tokenize(Context context, ObjectNode given) {
    Fields fields = new Fields(given);
    String prompt = fields.requiredText("prompt");
    boolean special = fields.flag("add_special_tokens", true);
    Choice choice = Choice.of(models, fields, false);
    fields.refuseOthers(Set.of("return_token_strs"));
    Tokens tokens = ask(context, choice, new Tokenize(prompt, special), Tokens.class);
    ObjectNode body = Json.object();
    body.put("count", tokens.getIds().size());
    body.put("max_model_len", tokens.getWindow());
    ArrayNode list = body.putArray("tokens");
    tokens.getIds().forEach(id -> list.add(id.intValue()));
    body.put("model", choice.model().getName());
    Json.answer(context, 200, body);
  }

  /** Tokens to a text. */
  public void detokenize(Context context) {
    Fields fields = new Fields(Json.body(context, exchange.limits().bodyBytes()));
    JsonNode list = fields.any("tokens").orElseThrow(() -> fields.missing("tokens", "a list of tokens"));
    if (!list.isArray()) {
      throw Problem.invalid("tokens", "tokens is no list; expected a list of tokens");
    }
    Choice choice = Choice.of(models, fields, false);
    fields.refuseOthers(Set.of());
    ObjectNode body = Json.object();
    body.put("prompt", ask(context, choice, new Detokenize(Fields.tokens("tokens", list)), PlainText.class).getText());
    body.put("model", choice.model().getName());
    Json.answer(context, 200, body);
  }

  /** The tokenizer's special tokens and chat template. */
  public void info(Context context) {
    ObjectNode asked = Json.object();
    asked.put("model", context.queryParam("model"));
    Choice choice = Choice.of(models, new Fields(asked), false);
    TokenizerCard card = ask(context, choice, new DescribeTokenizer(), TokenizerCard.class);
    ObjectNode body = Json.object();
    body.put("bos_token", card.getStartToken());
    body.put("eos_token", card.getEndToken());
    body.put("chat_template", card.getChatTemplate());
    body.put("vocab_size", card.getVocabulary());
    body.put("model_max_length", card.getWindow());
    body.put("model", choice.model().getName());
    Json.answer(context, 200, body);
  }

  private <T> T ask(Context context, Choice choice, Object work, Class<T> expected) {
    try (Asked asked = exchange.ask(choice.model(), RequestId.of(context), List.of(work))) {
      Object content = asked.all().getFirst().getContent();
      if (expected.isInstance(content)) {
        return expected.cast(content);
      }
      throw Problem.of(Problem.FAILED, "model_failed", "the worker gave a %s; expected %s".formatted(content.getClass().getSimpleName(), expected.getSimpleName()));
    }
  }
}
