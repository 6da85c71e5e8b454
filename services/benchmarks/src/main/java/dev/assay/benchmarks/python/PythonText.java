package dev.assay.benchmarks.python;

import java.util.ArrayList;
import java.util.List;

/**
 * Python's {@code str.strip()} and {@code str.split()}, which the evaluators apply to published texts; Java's own differ on the
 * no-break space and its kin.
 */
public final class PythonText {
  private PythonText() {}

  /** {@code text.strip()}. */
  public static String strip(String text) {
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
  public static List<String> split(String text) {
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

  /** Whether {@code \w} of Python's {@code re} matches: letters, all kinds of numbers, and the underscore; no combining marks. */
  public static boolean isWord(int codePoint) {
    if (codePoint < 0x80) {
      return codePoint == '_' || (codePoint >= '0' && codePoint <= '9') || ((codePoint | 0x20) >= 'a' && (codePoint | 0x20) <= 'z');
    }
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER,
          Character.LOWERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER,
          Character.DECIMAL_DIGIT_NUMBER,
          Character.LETTER_NUMBER,
          Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }
}
