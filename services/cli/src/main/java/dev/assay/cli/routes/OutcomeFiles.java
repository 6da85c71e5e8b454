package dev.assay.cli.routes;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.records.TaskType;
import dev.assay.topology.routing.policy.Outcome;
import dev.assay.topology.routing.policy.Query;
import dev.assay.topology.scoring.TaskTyping;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Outcomes from CSV files as RouteLLM publishes them: a column {@code prompt}, and one a model with {@code True}, {@code False} or a number in
 * [0, 1]. The file's name is the task. Columns that end in {@code _response} are left alone.
 */
public final class OutcomeFiles {
  private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).setIgnoreEmptyLines(true).get();
  private static final String PROMPT = "prompt";
  private static final String RESPONSE = "_response";
  private static final String CSV = ".csv";

  private OutcomeFiles() {}

  /**
   * Reads a file, or all CSV files of a folder by name. The last model costs 1 a question and the others nothing, so that a cost is the share of
   * calls to it.
   *
   * @throws CommandFailure when there is none, or one says something else; the message names file and line
   */
  public static List<Outcome> read(Path path) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Path file : files(path)) {
      read(file, outcomes);
    }
    if (outcomes.isEmpty()) {
      throw new CommandFailure("got no outcome in %s; expected CSV files with the column '%s' and one a model".formatted(path, PROMPT));
    }
    return outcomes;
  }

  private static List<Path> files(Path path) {
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    if (!Files.isDirectory(path)) {
      throw new CommandFailure("there is no %s; expected a CSV file or a folder of them".formatted(path));
    }
    try (Stream<Path> all = Files.list(path)) {
      return all.filter(file -> file.toString().endsWith(CSV)).sorted().toList();
    } catch (IOException e) {
      throw new CommandFailure("cannot list " + path + ": " + e.getMessage(), e);
    }
  }

  private static void read(Path file, List<Outcome> outcomes) {
    String name = file.getFileName().toString();
    String task = name.endsWith(CSV) ? name.substring(0, name.length() - CSV.length()) : name;
    try (CSVParser rows = CSVParser.parse(file, StandardCharsets.UTF_8, FORMAT)) {
      List<String> columns = rows.getHeaderNames();
      List<String> models = columns.stream().filter(column -> !column.equals(PROMPT) && !column.endsWith(RESPONSE)).toList();
      if (!columns.contains(PROMPT) || models.size() < 2) {
        throw new CommandFailure("%s:1: got the columns %s; expected '%s' and one each of two models at least".formatted(file, columns, PROMPT));
      }
      for (CSVRecord row : rows) {
        outcomes.add(outcome(file, task, models, row, rows.getCurrentLineNumber()));
      }
    } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
      throw new CommandFailure("cannot read %s as CSV: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static Outcome outcome(Path file, String task, List<String> models, CSVRecord row, long line) {
    if (!row.isConsistent()) {
      throw new CommandFailure("%s:%d: got %d cells; expected as many as in the header".formatted(file, line, row.size()));
    }
    SortedMap<String, Outcome.Answered> answers = new TreeMap<>();
    for (String model : models) {
      double cost = model.equals(models.getLast()) ? 1 : 0;
      answers.put(model, new Outcome.Answered(value(file, line, model, row.get(model)), cost, 1));
    }
    String text = row.get(PROMPT);
    TaskType type = TaskTyping.of(null, text).taskType();
    return new Outcome(new Query(task + '#' + row.getRecordNumber(), type, task, text, models), answers);
  }

  private static double value(Path file, long line, String model, String cell) {
    String expected = "%s:%d: got '%s' for %s; expected True, False or a number in [0, 1]".formatted(file, line, cell, model);
    return switch (cell.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> 1;
      case "false" -> 0;
      default -> {
        double value;
        try {
          value = Double.parseDouble(cell);
        } catch (NumberFormatException e) {
          throw new CommandFailure(expected, e);
        }
        if (!(value >= 0 && value <= 1)) {
          throw new CommandFailure(expected);
        }
        yield value;
      }
    };
  }
}
