package dev.assay.cli.terminal;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A table as text: a header, a rule, and a line a row; numbers stand to the right. */
public final class TextTable {

  private static final int NO_LIMIT = 200;

  /** A rule below the header and nothing else. */
  private static final Character[] RULE_ONLY =
      Arrays.stream(AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER)
          .map(c -> c == null ? null : c == '|' ? Character.valueOf(' ') : Character.valueOf('─'))
          .toArray(Character[]::new);

  private final List<Column> columns = new ArrayList<>();
  private final List<String[]> rows = new ArrayList<>();

  /** Adds a column of words. */
  public TextTable words(String header) {
    return column(header, HorizontalAlign.LEFT);
  }

  /** Adds a column of numbers. */
  public TextTable numbers(String header) {
    return column(header, HorizontalAlign.RIGHT);
  }

  /** Adds a row, a cell for each column. */
  public TextTable row(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException("expected " + columns.size() + " cells; got " + cells);
    }
    rows.add(cells.toArray(String[]::new));
    return this;
  }

  /** Adds a row, a cell for each column. */
  public TextTable row(String... cells) {
    return row(List.of(cells));
  }

  /** The lines, without blanks at their ends. */
  public List<String> lines() {
    if (rows.isEmpty()) {
      return List.of();
    }
    String text =
        AsciiTable.getTable(
            RULE_ONLY,
            columns.toArray(Column[]::new),
            rows.toArray(Object[][]::new));
    return text.lines().map(String::stripTrailing).toList();
  }

  private TextTable column(String header, HorizontalAlign align) {
    columns.add(new Column().header(header).headerAlign(align).dataAlign(align).maxWidth(NO_LIMIT));
    return this;
  }
}
