package dev.assay.cli.report;

import dev.assay.cli.terminal.TextTable;
import java.util.List;

/**
 * A table before it is drawn.
 *
 * @param header a heading for each column
 * @param words how many columns, from the left, hold words; the others hold numbers
 * @param rows the cells
 */
public record Grid(List<String> header, int words, List<List<String>> rows) {

  /** Copies the lists and refuses rows of other lengths. */
  public Grid {
    header = List.copyOf(header);
    rows = rows.stream().map(List::copyOf).toList();
    int width = header.size();
    if (rows.stream().anyMatch(row -> row.size() != width)) {
      throw new IllegalArgumentException("got a row that has not the %d cells of the header %s".formatted(width, header));
    }
  }

  /** The table for a terminal. */
  public List<String> lines() {
    TextTable table = new TextTable();
    for (int column = 0; column < header.size(); column++) {
      if (column < words) {
        table.words(header.get(column));
      } else {
        table.numbers(header.get(column));
      }
    }
    rows.forEach(table::row);
    return table.lines();
  }
}
