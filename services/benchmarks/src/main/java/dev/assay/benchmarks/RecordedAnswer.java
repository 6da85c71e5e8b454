package dev.assay.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * One stored answer of a model in the form that {@code recorded:FILE} models read, a JSON object a line: {@code prompt} (where the
 * prompt is known), {@code question}, {@code options} (empty for questions answered by text) and {@code text}. It is found by prompt id,
 * else by question and options.
 *
 * @param prompt id of the prompt it answers
 * @param text the completion as the model gave it, not stripped
 */
public record RecordedAnswer(Optional<String> prompt, Optional<String> question, List<String> options, String text) {
  private static final JsonMapper MAPPER = new JsonMapper();

  /** Copies the list and refuses an answer that nothing can find. */
  public RecordedAnswer {
    options = List.copyOf(options);
    if (prompt.isEmpty() && question.isEmpty()) {
      throw new IllegalArgumentException("An answer needs a prompt id or a question, else no prompt can find it; text: " + text);
    }
  }

  /** The line, without its line end; missing fields are left out. */
  public String toJson() {
    ObjectNode line = MAPPER.createObjectNode();
    prompt.ifPresent(id -> line.put("prompt", id));
    question.ifPresent(q -> line.put("question", q));
    if (!options.isEmpty()) {
      ArrayNode list = line.putArray("options");
      options.forEach(list::add);
    }
    return line.put("text", text).toString();
  }
}
