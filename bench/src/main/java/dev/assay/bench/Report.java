package dev.assay.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.cli.terminal.TextTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a benchmark found: a table for people and the same as JSON for programs. */
public final class Report {

  private static final ObjectMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final ObjectNode figures = JSON.createObjectNode();
  private final TextTable table = new TextTable().words("what").numbers("figure").words("unit").words("target");

  /** A report of one benchmark on this machine. */
  public Report(String benchmark) {
    figures.put("benchmark", benchmark).put("processors", Runtime.getRuntime().availableProcessors());
    figures.put("java", Runtime.version().toString());
  }

  /** Adds a figure. */
  public Report figure(String what, double value, String unit) {
    return figure(what, value, unit, "");
  }

  /** Adds a figure with what it is held against. */
  public Report figure(String what, double value, String unit, String target) {
    figures.withArray("figures").addObject().put("what", what).put("value", value).put("unit", unit).put("target", target);
    String format = Math.abs(value) >= 100 || value == Math.rint(value) ? "%,.0f" : "%,.2f";
    table.row(what, String.format(Locale.ROOT, format, value), unit, target);
    return this;
  }

  /** Prints the table, and writes the JSON where one is wanted. */
  public void publish(@Nullable Path json) throws IOException {
    table.lines().forEach(System.out::println);
    if (json != null) {
      Files.writeString(json, JSON.writeValueAsString(figures) + "\n");
    }
  }
}
