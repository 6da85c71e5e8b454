package dev.assay.benchmarks;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.commons.csv.CSVException;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * One row of a comma-separated file (RFC 4180, quotes doubled).
 *
 * @param line 1-based line at which the row begins
 */
record CsvRow(int line, List<String> cells) {
  private static final CSVFormat FORMAT = CSVFormat.RFC4180.builder().setIgnoreEmptyLines(true).get();

  CsvRow {
    cells = List.copyOf(cells);
  }

  String last() {
    return cells.getLast();
  }

  /** All rows; throws {@link BenchmarkFileException} at a row that does not have {@code columns} cells or whose quotes are broken. */
  static List<CsvRow> read(Path file, int columns, String layout) {
    return read(file, OptionalInt.of(columns), layout);
  }

  /** All rows; throws {@link BenchmarkFileException} at a row that has not as many cells as the first or whose quotes are broken. */
  static List<CsvRow> read(Path file, String layout) {
    return read(file, OptionalInt.empty(), layout);
  }

  private static List<CsvRow> read(Path file, OptionalInt wanted, String layout) {
    List<CsvRow> rows = new ArrayList<>();
    long next = 1;
    LineCounter lines = new LineCounter();
    // Python reads these files with universal newlines; so a line break inside a cell is always \n.
    String text = StrictText.read(file).replace("\r\n", "\n").replace('\r', '\n');
    try (CSVParser parser = CSVParser.builder().setReader(new StringReader(text)).setFormat(FORMAT).get()) {
      for (CSVRecord record : parser) {
        List<String> cells = record.toList();
        int line = lines.at(text, (int) record.getCharacterPosition());
        int columns = wanted.orElse(rows.isEmpty() ? cells.size() : rows.getFirst().cells().size());
        if (cells.size() != columns) {
          throw new BenchmarkFileException(
              file, line, cells.size() + " cells", columns + " cells (" + layout + ")", "repair the row or its quotes");
        }
        rows.add(new CsvRow(line, cells));
        next = parser.getCurrentLineNumber() + 1;
      }
    } catch (CSVException | UncheckedIOException e) {
      BenchmarkFileException broken =
          new BenchmarkFileException(file, (int) next, "a broken row: " + e.getMessage(), layout, "repair the quotes of the row");
      broken.initCause(e);
      throw broken;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
    return rows;
  }

  /** Turns ascending positions in a text into 1-based lines in one pass. */
  private static final class LineCounter {
    private int position;
    private int line = 1;

    int at(String text, int wanted) {
      for (; position < wanted; position++) {
        if (text.charAt(position) == '\n') {
          line++;
        }
      }
      return line;
    }
  }
}
