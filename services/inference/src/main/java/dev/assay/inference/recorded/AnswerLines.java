package dev.assay.inference.recorded;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.assay.inference.recorded.AnswerIndex.Contradiction;
import dev.assay.inference.recorded.AnswerIndex.Question;
import dev.assay.records.Vote;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Assay's own form of stored answers: a JSON object a line. Keys: {@code prompt}, or {@code question} with {@code options} (published
 * order; absent for generated text), or both. Answer: {@code text}, or {@code logprobs} (published order), or {@code votes}
 * ({@code [{"order", "logprobs"}]}). Other fields are for people.
 */
final class AnswerLines {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private AnswerLines() {}

  static void read(String file, byte[] bytes, AnswerIndex index) {
    int line = 1;
    int start = 0;
    while (start < bytes.length) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      if (!blank(bytes, start, end)) {
        read(file + ":" + line, bytes, start, end - start, index);
      }
      start = end + 1;
      line++;
    }
  }

  private static boolean blank(byte[] bytes, int start, int end) {
    return IntStream.range(start, end).allMatch(i -> bytes[i] <= ' ' && bytes[i] >= 0);
  }

  private static void read(String where, byte[] bytes, int start, int length, AnswerIndex index) {
    JsonNode line;
    try {
      line = JSON.readTree(bytes, start, length);
    } catch (JsonProcessingException e) {
      throw new MalformedRecordingException(where, "got no JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new MalformedRecordingException(where, "got no UTF-8: " + e.getMessage());
    }
    if (!line.isObject()) {
      throw new MalformedRecordingException(where, "got a JSON %s; expected an object".formatted(line.getNodeType()));
    }
    String prompt = string(where, line, "prompt");
    String question = string(where, line, "question");
    if (prompt == null && question == null) {
      throw new MalformedRecordingException(where, "got neither prompt nor question; expected one of them to look the answer up by");
    }
    StoredAnswer answer = answer(where, line);
    if (prompt != null) {
      index.add(prompt, answer);
    }
    if (question != null) {
      List<String> options = line.has("options") ? strings(where, line.get("options"), "options") : List.of();
      index.add(
          new Question(question, options), answer, prompt == null ? Contradiction.REFUSE : Contradiction.AMBIGUOUS);
    }
  }

  private static StoredAnswer answer(String where, JsonNode line) {
    String text = string(where, line, "text");
    List<Vote> votes = new ArrayList<>();
    if (line.hasNonNull("logprobs")) {
      List<Double> logProbs = logProbs(where, line.get("logprobs"));
      votes.add(new Vote(IntStream.range(0, logProbs.size()).boxed().toList(), logProbs));
    }
    if (line.hasNonNull("votes")) {
      for (JsonNode vote : array(where, line.get("votes"), "votes")) {
        votes.add(vote(where, vote));
      }
    }
    if (text == null && votes.isEmpty()) {
      throw new MalformedRecordingException(where, "got no answer; expected text, logprobs or votes");
    }
    return new StoredAnswer(text, List.copyOf(votes), where);
  }

  private static Vote vote(String where, JsonNode vote) {
    List<Integer> order = new ArrayList<>();
    for (JsonNode option : array(where, vote.path("order"), "order")) {
      if (!option.isInt()) {
        throw new MalformedRecordingException(where, "got %s in order; expected indices of options".formatted(option));
      }
      order.add(option.intValue());
    }
    List<Double> logProbs = logProbs(where, vote.path("logprobs"));
    if (order.size() != logProbs.size()
        || !order.stream().sorted().toList().equals(IntStream.range(0, order.size()).boxed().toList())) {
      throw new MalformedRecordingException(
          where,
          "got order %s with %d log-probabilities; expected a permutation of 0 to n-1 and n log-probabilities"
              .formatted(order, logProbs.size()));
    }
    return new Vote(List.copyOf(order), logProbs);
  }

  private static List<Double> logProbs(String where, JsonNode node) {
    List<Double> values = new ArrayList<>();
    for (JsonNode value : array(where, node, "logprobs")) {
      if (!value.isNumber() || !Double.isFinite(value.doubleValue()) || value.doubleValue() > 0) {
        throw new MalformedRecordingException(where, "got log-probability %s; expected a number of at most 0".formatted(value));
      }
      values.add(value.doubleValue());
    }
    if (values.size() < 2) {
      throw new MalformedRecordingException(where, "got %d log-probabilities; expected one an option".formatted(values.size()));
    }
    return List.copyOf(values);
  }

  private static List<String> strings(String where, JsonNode node, String field) {
    List<String> values = new ArrayList<>();
    for (JsonNode value : array(where, node, field)) {
      if (!value.isTextual()) {
        throw new MalformedRecordingException(where, "got %s in %s; expected texts".formatted(value, field));
      }
      values.add(value.textValue());
    }
    return values;
  }

  private static JsonNode array(String where, JsonNode node, String field) {
    if (!node.isArray()) {
      throw new MalformedRecordingException(where, "got %s as %s; expected an array".formatted(node.getNodeType(), field));
    }
    return node;
  }

  private static @Nullable String string(String where, JsonNode line, String field) {
    JsonNode value = line.get(field);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw new MalformedRecordingException(where, "got %s as %s; expected a text".formatted(value, field));
    }
    return value.textValue();
  }
}
