package dev.assay.topology.scoring;

import java.util.ArrayList;
import java.util.List;

/**
 * Python's notions of white space and words, where Java's differ: HELM and lm-evaluation-harness score with them. White space is
 * {@code str.isspace()} of CPython 3.11 (Unicode 14).
 */
final class PythonText {
  /** A character that Python's {@code \w} matches: {@code str.isalnum()} or an underscore. */
  static final String WORD_CHARACTER = "[\\p{L}\\p{N}_]";

  /** A character that Python's {@code [^\W\d]} matches. */
  static final String WORD_CHARACTER_BUT_DIGIT = "[\\p{L}\\p{Nl}\\p{No}_]";

  /** What Python's {@code \s} matches, to stand within brackets. */
  static final String SPACES = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

  private PythonText() {}

  static boolean isSpace(char c) {
    return switch (c) {
      case ' ', '\u0085', '\u00a0', '\u1680', '\u2028', '\u2029', '\u202f', '\u205f', '\u3000' -> true;
      default -> (c >= '\t' && c <= '\r') || (c >= '\u001c' && c <= '\u001f') || (c >= '\u2000' && c <= '\u200a');
    };
  }

  /** {@code text.strip()}. */
  static String strip(String text) {
    int begin = 0;
    int end = text.length();
    while (begin < end && isSpace(text.charAt(begin))) {
      begin++;
    }
    while (end > begin && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(begin, end);
  }

  /** {@code text.split()}. */
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || isSpace(text.charAt(i))) {
        if (i > begin) {
          words.add(text.substring(begin, i));
        }
        begin = i + 1;
      }
    }
    return words;
  }
}
