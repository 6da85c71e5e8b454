package dev.assay.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * Python's {@code str.strip()} and {@code str.split()}, which the evaluators apply to published texts; Java's own differ on the
 * no-break space and its kin.
 */
final class PythonText {
  private PythonText() {}

  /** {@code text.strip()}. */
  static String strip(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  /** {@code text.split()}: the runs of characters that are no whitespace. */
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    int from = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || isSpace(text.charAt(i))) {
        if (i > from) {
          words.add(text.substring(from, i));
        }
        from = i + 1;
      }
    }
    return words;
  }

  /** {@code str.isspace}: Unicode separators and the characters with bidirectional class WS, B or S; all are in the BMP. */
  private static boolean isSpace(char c) {
    return Character.isSpaceChar(c) || (c >= '\t' && c <= '\r') || (c >= '\u001c' && c <= '\u001f') || c == '\u0085';
  }
}
