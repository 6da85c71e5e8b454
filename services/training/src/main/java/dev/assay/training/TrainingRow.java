package dev.assay.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.ChatMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A row of training data: a prompt with the answer to learn, or a conversation whose assistant's turns are to be learned. */
public sealed interface TrainingRow {

  /** Where it stands, such as file and line, for messages. */
  String where();

  /** The texts that ask something: the prompt, or what the user says. */
  List<String> asked();

  /** A prompt and the text that is to follow it, as it stands. */
  record Answered(String where, String prompt, String answer, List<String> asked) implements TrainingRow {
    public Answered {
      asked = List.copyOf(asked);
    }

    /** A prompt that is the question itself. */
    public Answered(String where, String prompt, String answer) {
      this(where, prompt, answer, List.of(prompt));
    }
  }

  /** A conversation. */
  record Conversation(String where, List<ChatMessage> messages) implements TrainingRow {
    public Conversation {
      messages = List.copyOf(messages);
    }

    @Override
    public List<String> asked() {
      return messages.stream().filter(message -> message.role().equals("user")).map(ChatMessage::content).toList();
    }
  }

  /**
   * Reads a JSON Lines file of {@code {"prompt", "answer"}} and {@code {"messages": [{"role", "content"}, …]}}; blank lines are passed over.
   *
   * @throws TrainingException which names file and line of the first row that is neither
   */
  static List<TrainingRow> read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new TrainingException("no training data at " + file + ": expected a JSON Lines file");
    }
    ObjectMapper json = new ObjectMapper();
    List<TrainingRow> rows = new ArrayList<>();
    int number = 0;
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          rows.add(row(file + ":" + number, parse(json, file + ":" + number, line)));
        }
      }
    } catch (CharacterCodingException e) {
      throw new TrainingException("%s:%d: the line is no UTF-8".formatted(file, number + 1), e);
    }
    if (rows.isEmpty()) {
      throw new TrainingException(file + " has no rows; expected lines of {\"prompt\", \"answer\"} or {\"messages\": […]}");
    }
    return rows;
  }

  private static JsonNode parse(ObjectMapper json, String where, String line) {
    try {
      return json.readTree(line);
    } catch (JsonProcessingException e) {
      throw new TrainingException("%s: the line is no JSON: %s".formatted(where, e.getOriginalMessage()), e);
    }
  }

  private static TrainingRow row(String where, JsonNode node) {
    if (node.has("messages")) {
      List<ChatMessage> messages = new ArrayList<>();
      for (JsonNode message : node.get("messages")) {
        messages.add(new ChatMessage(text(where, message, "role"), text(where, message, "content")));
      }
      if (messages.stream().noneMatch(message -> message.role().equals("assistant"))) {
        throw new TrainingException(where + ": no turn of the assistant among the messages; expected one to learn");
      }
      return new Conversation(where, messages);
    }
    Answered row = new Answered(where, text(where, node, "prompt"), text(where, node, "answer"));
    if (row.prompt.isEmpty() || row.answer.isEmpty()) {
      throw new TrainingException(where + ": " + (row.prompt.isEmpty() ? "prompt" : "answer") + " is empty; expected a text");
    }
    return row;
  }

  private static String text(String where, JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw new TrainingException(
          "%s: %s is %s; expected a text, in {\"prompt\", \"answer\"} or {\"messages\": [{\"role\", \"content\"}, …]}"
              .formatted(where, field, value.isMissingNode() ? "missing" : value.toString()));
    }
    return value.textValue();
  }
}
