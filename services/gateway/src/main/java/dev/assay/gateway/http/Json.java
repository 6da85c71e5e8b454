package dev.assay.gateway.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** JSON as it is read from clients and written to them. */
public final class Json {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}

  /** An empty object. */
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** An empty list. */
  public static ArrayNode array() {
    return JsonNodeFactory.instance.arrayNode();
  }

  /** A value as text, on one line. */
  public static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree cannot be written", e);
    }
  }

  /** Answers with JSON. */
  public static void answer(Context context, int status, JsonNode body) {
    context.status(status).contentType("application/json").result(text(body).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The object that a client sends.
   *
   * @param mostBytes a body of more is refused before it is read
   * @throws Problem when it is too large or no object
   */
  public static ObjectNode body(Context context, int mostBytes) {
    byte[] bytes = bytes(context, mostBytes);
    JsonNode node;
    try {
      node = MAPPER.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw Problem.of(
          Problem.BAD_REQUEST,
          "invalid_json",
          "the body is no JSON: %s at line %d, column %d"
              .formatted(e.getOriginalMessage(), e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    } catch (IOException e) {
      throw Problem.of(Problem.BAD_REQUEST, "invalid_json", "the body is no JSON: it is no text in UTF-8");
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw Problem.of(
        Problem.BAD_REQUEST,
        "invalid_json",
        "the body is %s; expected a JSON object".formatted(bytes.length == 0 ? "empty" : "a JSON " + Fields.kind(node)));
  }

  private static byte[] bytes(Context context, int mostBytes) {
    if (context.req().getContentLengthLong() > mostBytes) {
      throw tooLarge(mostBytes);
    }
    try (InputStream in = context.req().getInputStream()) {
      byte[] bytes = in.readNBytes(mostBytes + 1);
      if (bytes.length > mostBytes) {
        throw tooLarge(mostBytes);
      }
      return bytes;
    } catch (IOException e) {
      throw Problem.of(Problem.BAD_REQUEST, "incomplete_body", "the body did not come whole");
    }
  }

  private static Problem tooLarge(int mostBytes) {
    return Problem.of(
        Problem.TOO_LARGE, "body_too_large", "the body has more than %d KiB, the most that the gateway takes; send less".formatted(mostBytes / 1024));
  }
}
