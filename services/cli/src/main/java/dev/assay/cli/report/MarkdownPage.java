package dev.assay.cli.report;

import java.util.List;
import java.util.stream.Collectors;

/** A report in Markdown with GitHub's tables. Whatever a name holds, it stays text. */
public final class MarkdownPage {

  private static final String SPECIAL = "\\`*_{}[]<>#|~&";

  private MarkdownPage() {}

  /** The whole file. */
  public static String of(Page page) {
    StringBuilder text = new StringBuilder("# ").append(escaped(page.title())).append("\n");
    for (Page.Section section : page.sections()) {
      text.append("\n## ").append(escaped(section.title())).append("\n\n");
      table(text, section.grid());
      for (String note : section.notes()) {
        text.append('\n').append(escaped(note)).append('\n');
      }
    }
    return text.toString();
  }

  private static void table(StringBuilder text, Grid grid) {
    row(text, grid.header());
    text.append('|');
    for (int column = 0; column < grid.header().size(); column++) {
      text.append(column < grid.words() ? " --- |" : " ---: |");
    }
    text.append('\n');
    grid.rows().forEach(cells -> row(text, cells));
  }

  private static void row(StringBuilder text, List<String> cells) {
    text.append(cells.stream().map(MarkdownPage::escaped).collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  /** A backslash before every sign that Markdown reads; line ends become spaces. */
  static String escaped(String text) {
    StringBuilder safe = new StringBuilder();
    text.codePoints()
        .forEach(
            sign -> {
              if (SPECIAL.indexOf(sign) >= 0) {
                safe.append('\\');
              }
              safe.appendCodePoint(Character.isISOControl(sign) ? ' ' : sign);
            });
    return safe.toString();
  }
}
