package dev.assay.cli.terminal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command writes: results to standard output, everything else to standard error. Safe for use by many threads.
 *
 * @param out for results
 * @param err for errors
 * @param columns width of the terminal that shows standard output; 0 when it is none
 */
public record Console(PrintWriter out, PrintWriter err, int columns) {

  /** Set by the launcher, which can ask the terminal. */
  private static final String COLUMNS_PROPERTY = "assay.columns";

  private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** The console of this process. */
  public static Console system() {
    return new Console(
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        Integer.getInteger(COLUMNS_PROPERTY, 0));
  }

  /** Whether standard output is a terminal, which can be painted over. */
  public boolean isTerminal() {
    return columns > 0;
  }

  /** Writes a line of the result. */
  public void line(String text) {
    out.println(text);
    out.flush();
  }

  /** Writes a line that is not the result. */
  public void note(String text) {
    err.println(text);
    err.flush();
  }

  /** Writes a value as indented JSON. */
  public void json(Object value) {
    line(toJson(value));
  }

  /** A value as indented JSON. */
  public static String toJson(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("no JSON for a " + value.getClass().getName(), e);
    }
  }
}
