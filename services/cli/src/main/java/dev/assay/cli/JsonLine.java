package dev.assay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.cli.terminal.CommandFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JSON object on a line of a file.
 *
 * @param where file and line, for messages
 */
record JsonLine(String where, ObjectNode object) {

  private static final JsonMapper JSON = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final Path STANDARD_INPUT = Path.of("-");

  /**
   * All lines of a file in UTF-8 that are not blank; {@code -} is standard input.
   *
   * @throws CommandFailure if there is no such file, or a line is no JSON object; the message names file and line
   */
  static List<JsonLine> read(Path file) {
    byte[] bytes = bytes(file);
    List<JsonLine> lines = new ArrayList<>();
    int begin = 0;
    for (int number = 1; begin < bytes.length; number++) {
      int end = begin;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      String where = file + ":" + number;
      String text = text(where, ByteBuffer.wrap(bytes, begin, end - begin));
      if (!text.isBlank()) {
        lines.add(new JsonLine(where, object(where, text)));
      }
      begin = end + 1;
    }
    return lines;
  }

  /** What to throw for a line that holds the wrong thing. */
  CommandFailure refused(String got, String expected) {
    return new CommandFailure(where + ": got " + got + "; expected " + expected);
  }

  private static byte[] bytes(Path file) {
    try {
      if (file.equals(STANDARD_INPUT)) {
        return System.in.readAllBytes();
      }
      if (!Files.isRegularFile(file)) {
        throw new CommandFailure("there is no file " + file + "; expected a file with a JSON object a line");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String text(String where, ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new CommandFailure(where + ": got bytes that are no UTF-8; expected a JSON object in UTF-8", e);
    }
  }

  private static ObjectNode object(String where, String text) {
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new CommandFailure(where + ": got no JSON object: " + e.getOriginalMessage(), e);
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new CommandFailure(where + ": got " + node + "; expected a JSON object");
  }
}
