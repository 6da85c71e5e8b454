package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.http.Json;
import dev.assay.records.Alternative;
import dev.assay.records.Completed;
import dev.assay.records.Ending;
import dev.assay.records.Reply;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What workers say, as OpenAI writes it. */
final class Rendering {

  private Rendering() {}

  /** The head of a body or of an event. */
  static ObjectNode head(String id, String object, long created, Reply reply, Choice choice) {
    ObjectNode head = Json.object();
    head.put("id", id);
    head.put("object", object);
    head.put("created", created);
    head.put("model", reply.getModel());
    head.put("system_fingerprint", reply.getCheckpoint());
    head.set("assay", provenance(reply, choice));
    return head;
  }

  /** Who answered, and why it was asked. */
  private static ObjectNode provenance(Reply reply, Choice choice) {
    ObjectNode from = Json.object();
    from.put("model", reply.getModel());
    from.put("checkpoint", reply.getCheckpoint());
    from.put("worker", reply.getWorker());
    from.put("route", choice.why());
    return from;
  }

  static ObjectNode usage(List<Completed> all) {
    long asked = all.stream().mapToLong(Completed::getPromptTokens).sum();
    long generated = all.stream().flatMap(one -> one.getSamples().stream()).mapToLong(Sample::getGenerated).sum();
    ObjectNode usage = Json.object();
    usage.put("prompt_tokens", asked);
    usage.put("completion_tokens", generated);
    usage.put("total_tokens", asked + generated);
    return usage;
  }

  static String finish(Ending ending) {
    return ending == Ending.LENGTH ? "length" : "stop";
  }

  /**
   * Log-probabilities as completions have them.
   *
   * @param offset where in the text the first token begins
   */
  static ObjectNode logprobs(List<Token> tokens, int offset) {
    ArrayNode texts = Json.array();
    ArrayNode logProbs = Json.array();
    ArrayNode top = Json.array();
    ArrayNode offsets = Json.array();
    int at = offset;
    for (Token token : tokens) {
      texts.add(token.getText());
      logProbs.add(token.getLogProb());
      if (token.getLogProb() == null) {
        top.addNull();
      } else {
        ObjectNode one = top.addObject();
        for (Alternative alternative : token.getAlternatives()) {
          // Two tokens of one text are two alternatives.
          String name = one.has(alternative.getText()) ? "token_id:" + alternative.getId() : alternative.getText();
          one.put(name, alternative.getLogProb());
        }
      }
      offsets.add(at);
      at += token.getText().length();
    }
    ObjectNode all = Json.object();
    all.set("tokens", texts);
    all.set("token_logprobs", logProbs);
    all.set("top_logprobs", top);
    all.set("text_offset", offsets);
    return all;
  }

  /** Log-probabilities as chats have them. */
  static ObjectNode content(List<Token> tokens, int top) {
    ArrayNode content = Json.array();
    for (Token token : tokens) {
      ObjectNode one = content.addObject();
      describe(one, token.getText(), token.getLogProb() == null ? 0 : token.getLogProb());
      ArrayNode alternatives = one.putArray("top_logprobs");
      token.getAlternatives().stream()
          .limit(top)
          .forEach(alternative -> describe(alternatives.addObject(), alternative.getText(), alternative.getLogProb()));
    }
    ObjectNode all = Json.object();
    all.set("content", content);
    all.putNull("refusal");
    return all;
  }

  private static void describe(ObjectNode node, String text, double logProb) {
    node.put("token", text);
    node.put("logprob", logProb);
    ArrayNode bytes = node.putArray("bytes");
    for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
      bytes.add(Byte.toUnsignedInt(one));
    }
  }
}
