package dev.assay.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TerminalTest {

  private static final char ESCAPE = '\u001b';

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private Console console(int columns) {
    return new Console(new PrintWriter(out), new PrintWriter(err), columns);
  }

  @Test
  void table_alignsWordsLeftAndNumbersRight_andKeepsSigns() {
    List<String> lines = new TextTable().words("task").numbers("gain").row("a|b", "+1").row("long name", "-12").lines();

    assertThat(lines).containsExactly(" task        gain", "──────────────────", " a|b           +1", " long name    -12");
  }

  @Test
  void table_withoutRows_isNothing() {
    assertThat(new TextTable().words("task").lines()).isEmpty();
  }

  @Test
  void table_rowOfAnotherLength_isRefused() {
    assertThatThrownBy(() -> new TextTable().words("task").row("a", "b")).hasMessageContaining("expected 1 cells");
  }

  @Test
  void view_withoutTerminal_writesPlainLinesAndNoPicture() {
    try (LiveView view = LiveView.begin(console(0), "asking", " answers", 1, 10)) {
      view.picture(List.of("the picture"));
      view.done(10);
    }

    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).contains("asking").contains("10/10").doesNotContain("the picture").doesNotContain(String.valueOf(ESCAPE));
  }

  @Test
  void view_onTerminal_paintsOverAndLeavesNothing() {
    try (LiveView view = LiveView.begin(console(60), "asking", " answers", 1, 10)) {
      view.picture(List.of("first picture, which is longer than the sixty columns of this terminal"));
      view.picture(List.of("second picture"));
    }

    assertThat(out.toString()).contains("second picture").doesNotContain("of this terminal");
    assertThat(out.toString()).endsWith(ESCAPE + "[2A\r" + ESCAPE + "[J");
  }
}
