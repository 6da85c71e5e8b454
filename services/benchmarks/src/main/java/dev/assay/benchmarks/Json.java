package dev.assay.benchmarks;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object in a benchmark file, which names its file and line when a field is not what it should be.
 *
 * @param line 1-based line of the object, or of the file's beginning for objects inside a larger document
 * @param what how messages call it, such as {@code examples[3]}; empty for a line of its own
 */
record Json(Path file, int line, String what, JsonNode node) {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** The objects of a file that holds one a line; blank lines are passed over. */
  static List<Json> lines(Path file) {
    List<Json> rows = new ArrayList<>();
    String text = StrictText.read(file);
    int line = 0;
    for (int from = 0; from < text.length(); ) {
      line++;
      int end = text.indexOf('\n', from);
      String row = text.substring(from, end < 0 ? text.length() : end);
      from = end < 0 ? text.length() : end + 1;
      if (!row.isBlank()) {
        rows.add(object(file, line, "", parse(file, line, row)));
      }
    }
    return rows;
  }

  /** The one object of a file. */
  static Json document(Path file) {
    return object(file, 1, "", parse(file, 1, StrictText.read(file)));
  }

  private static JsonNode parse(Path file, int line, String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      int lineOfTrouble = at == null ? line : line + at.getLineNr() - 1;
      BenchmarkFileException broken =
          new BenchmarkFileException(file, lineOfTrouble, "no JSON: " + e.getOriginalMessage(), "one JSON object", "repair the line");
      broken.initCause(e);
      throw broken;
    }
  }

  private static Json object(Path file, int line, String what, JsonNode node) {
    if (!node.isObject()) {
      throw new BenchmarkFileException(file, line, describe(node), "a JSON object", "repair the line");
    }
    return new Json(file, line, what, node);
  }

  /** The text of a field that must be there. */
  String text(String field) {
    JsonNode value = node.path(field);
    if (!value.isTextual()) {
      throw refused(field, value, "a text");
    }
    return value.textValue();
  }

  /** The text of a field, or {@code otherwise} when the field is missing. */
  String text(String field, String otherwise) {
    return node.hasNonNull(field) ? text(field) : otherwise;
  }

  /** The text of a field that may be missing. */
  Optional<String> textIfThere(String field) {
    return node.hasNonNull(field) ? Optional.of(text(field)) : Optional.empty();
  }

  /** The texts of a field that must be a list of texts; a single text is a list of one. */
  List<String> texts(String field) {
    JsonNode value = node.path(field);
    if (value.isTextual()) {
      return List.of(value.textValue());
    }
    if (!value.isArray() || !value.valueStream().allMatch(JsonNode::isTextual)) {
      throw refused(field, value, "a list of texts");
    }
    return value.valueStream().map(JsonNode::textValue).toList();
  }

  /** The integer of a field that must be there, within the bounds. */
  int integer(String field, int least, int most) {
    JsonNode value = node.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least || value.intValue() > most) {
      throw refused(field, value, "an integer from " + least + " to " + most);
    }
    return value.intValue();
  }

  /** The object of a field that must be there. */
  Json child(String field) {
    JsonNode value = node.path(field);
    if (!value.isObject()) {
      throw refused(field, value, "an object");
    }
    return new Json(file, line, path(field), value);
  }

  /** The objects of a field that must be a list of objects, at least one. */
  List<Json> children(String field) {
    JsonNode value = node.path(field);
    if (!value.isArray() || value.isEmpty() || !value.valueStream().allMatch(JsonNode::isObject)) {
      throw refused(field, value, "a list of objects, at least one");
    }
    List<Json> rows = new ArrayList<>();
    for (JsonNode each : value) {
      rows.add(new Json(file, line, path(field) + "[" + rows.size() + "]", each));
    }
    return rows;
  }

  /** The text of a field that must be there and not blank. */
  String filled(String field) {
    String text = text(field);
    if (text.isBlank()) {
      throw refused("field \"" + field + "\" blank", "a text");
    }
    return text;
  }

  /** The truth of a field that may be missing, which means false. */
  boolean flag(String field) {
    JsonNode value = node.path(field);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw refused(field, value, "true or false");
    }
    return value.asBoolean();
  }

  /** Refuses a field of another name, which is a misspelt one more often than not. */
  void requireKnown(Set<String> fields) {
    node.fieldNames()
        .forEachRemaining(
            field -> {
              if (!fields.contains(field)) {
                throw refused("the unknown field \"" + field + "\"", "one of " + fields.stream().sorted().toList());
              }
            });
  }

  boolean has(String field) {
    return node.hasNonNull(field);
  }

  /** A refusal of this object. */
  BenchmarkFileException refused(String got, String expected) {
    return new BenchmarkFileException(file, line, (what.isEmpty() ? "" : what + ": ") + got, expected, "repair the file or fetch it again");
  }

  private BenchmarkFileException refused(String field, JsonNode value, String expected) {
    return refused("field \"" + field + "\" " + describe(value), expected);
  }

  private String path(String field) {
    return what.isEmpty() ? field : what + "." + field;
  }

  private static String describe(JsonNode value) {
    if (value.isMissingNode()) {
      return "missing";
    }
    String text = value.toString();
    return (value.getNodeType() == JsonNodeType.STRING ? "the text " : "") + (text.length() > 60 ? text.substring(0, 60) + "…" : text);
  }
}
