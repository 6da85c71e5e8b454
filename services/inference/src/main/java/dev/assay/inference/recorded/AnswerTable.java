package dev.assay.inference.recorded;

import dev.assay.inference.recorded.AnswerIndex.Contradiction;
import dev.assay.inference.recorded.AnswerIndex.Question;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * HELM's combined tables: a CSV with the columns {@code question}, {@code choices} (a Python list), and a column of completions for
 * each model. Some of them ask a question twice, and models do not always answer alike: the first row stands.
 */
final class AnswerTable {

  private static final String QUESTION = "question";
  private static final String CHOICES = "choices";
  private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();

  private AnswerTable() {}

  static void read(String file, byte[] bytes, @Nullable String column, AnswerIndex index) {
    try (CSVParser rows = CSVParser.builder().setFormat(FORMAT).setReader(new StringReader(decode(file, bytes))).get()) {
      String model = choose(file, rows.getHeaderNames(), column);
      int width = rows.getHeaderNames().size();
      Iterator<CSVRecord> each = rows.iterator();
      // A row may span lines, and asking for the next one reads it.
      String where = after(file, rows);
      while (each.hasNext()) {
        CSVRecord row = each.next();
        if (row.size() != width) {
          throw new MalformedRecordingException(where, "got a row of %d cells; expected %d".formatted(row.size(), width));
        }
        index.add(
            new Question(row.get(QUESTION), choices(where, row.get(CHOICES))),
            new StoredAnswer(row.get(model), List.of(), where),
            Contradiction.FIRST_STANDS);
        where = after(file, rows);
      }
    } catch (CSVException e) {
      throw new MalformedRecordingException(file, "got broken CSV: " + e.getMessage());
    } catch (UncheckedIOException e) {
      throw new MalformedRecordingException(file, "got broken CSV: " + e.getCause().getMessage());
    } catch (IOException | IllegalArgumentException e) {
      throw e instanceof MalformedRecordingException malformed
          ? malformed
          : new MalformedRecordingException(file, "got broken CSV: " + e.getMessage());
    }
  }

  private static String after(String file, CSVParser rows) {
    return file + ":" + (rows.getCurrentLineNumber() + 1);
  }

  private static List<String> choices(String where, String cell) {
    try {
      return PythonList.parse(cell);
    } catch (IllegalArgumentException e) {
      throw new MalformedRecordingException(where, "column %s: %s".formatted(CHOICES, e.getMessage()));
    }
  }

  private static String choose(String file, List<String> header, @Nullable String column) {
    if (!header.contains(QUESTION) || !header.contains(CHOICES)) {
      throw new MalformedRecordingException(
          file + ":1", "got columns %s; expected %s, %s and a column a model".formatted(header, QUESTION, CHOICES));
    }
    List<String> models = header.stream().filter(name -> !name.equals(QUESTION) && !name.equals(CHOICES)).toList();
    if (column == null && models.size() == 1) {
      return models.getFirst();
    }
    if (column == null || !models.contains(column)) {
      throw new MalformedRecordingException(
          file + ":1",
          "got %s; choose a model's column as recorded:FILE#COLUMN, one of %s"
              .formatted(column == null ? "no column name" : "column " + column, String.join(", ", models)));
    }
    return column;
  }

  private static String decode(String file, byte[] bytes) {
    ByteBuffer source = ByteBuffer.wrap(bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(source).toString();
    } catch (CharacterCodingException e) {
      int line = 1;
      for (int i = 0; i < source.position(); i++) {
        line += bytes[i] == '\n' ? 1 : 0;
      }
      throw new MalformedRecordingException(file + ":" + line, "got bytes that are not UTF-8; convert the file");
    }
  }
}
