package dev.assay.benchmarks.perturbation;

import dev.assay.benchmarks.python.PythonText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * The part {@code (first|second|…)} of a regular expression of Python's {@code re}, for thousands of literal alternatives: a trie that is
 * walked once, where a backtracking matcher tries them one by one. Like there, the first alternative in list order that lets the whole
 * expression match wins, not the longest.
 */
final class Alternation {
  private static final int NONE = Integer.MAX_VALUE;

  private final List<String> alternatives;
  private final boolean ignoreCase;
  private final Node root = new Node();

  private Alternation(List<String> alternatives, boolean ignoreCase) {
    this.alternatives = List.copyOf(alternatives);
    this.ignoreCase = ignoreCase;
    for (int i = 0; i < alternatives.size(); i++) {
      add(alternatives.get(i), i);
    }
  }

  /** Alternatives that match letter by letter; none is empty. */
  static Alternation exactly(List<String> alternatives) {
    return new Alternation(alternatives, false);
  }

  /** Alternatives that match under {@code re.IGNORECASE}; none is empty. */
  static Alternation ignoringCase(List<String> alternatives) {
    return new Alternation(alternatives, true);
  }

  /** What replaces a match. */
  @FunctionalInterface
  interface Replacement {
    /**
     * The text in place of the match.
     *
     * @param whole all that matched
     * @param word the part in parentheses
     * @param alternative which alternative it is, by its place in the list
     */
    String of(String whole, String word, int alternative);
  }

  /** {@code re.sub(r"\b(…)\b", …)}; with {@code tail}, {@code re.sub(r"\b(…)\btail", …)}. */
  String replaceWords(String text, String tail, Replacement replacement) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    int copied = 0;
    for (int at = 0; at < text.length(); ) {
      int alternative = isBorder(text, at) ? first(text, at, end -> isBorder(text, end) && text.startsWith(tail, end)) : NONE;
      if (alternative == NONE) {
        at++;
        continue;
      }
      int end = at + alternatives.get(alternative).length();
      String whole = text.substring(at, end + tail.length());
      out.append(text, copied, at).append(replacement.of(whole, text.substring(at, end), alternative));
      at = end + tail.length();
      copied = at;
    }
    return out.append(text, copied, text.length()).toString();
  }

  /** {@code re.sub("O(…)O", …)}, where O is one character of the class {@code outside}, which the match takes in. */
  String replaceBetween(String text, IntPredicate outside, Replacement replacement) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    int copied = 0;
    for (int at = 0; at < text.length(); ) {
      int before = text.codePointAt(at);
      int from = at + Character.charCount(before);
      int alternative =
          outside.test(before) ? first(text, from, end -> end < text.length() && outside.test(text.codePointAt(end))) : NONE;
      if (alternative == NONE) {
        at = from;
        continue;
      }
      int end = from + alternatives.get(alternative).length();
      int after = end + Character.charCount(text.codePointAt(end));
      out.append(text, copied, at).append(replacement.of(text.substring(at, after), text.substring(from, end), alternative));
      at = after;
      copied = after;
    }
    return out.append(text, copied, text.length()).toString();
  }

  /** The first alternative in list order that stands at {@code from} and has a fitting end; {@link #NONE} when none does. */
  private int first(String text, int from, IntPredicate fittingEnd) {
    int found = NONE;
    Node node = root;
    for (int at = from; at < text.length(); at++) {
      node = node.next(folded(text.charAt(at)));
      if (node == Node.ABSENT) {
        return found;
      }
      if (node.alternative < found && fittingEnd.test(at + 1)) {
        found = node.alternative;
      }
    }
    return found;
  }

  private void add(String alternative, int place) {
    if (alternative.isEmpty()) {
      throw new IllegalArgumentException("Alternative " + place + " is empty; expected a text");
    }
    Node node = root;
    for (int i = 0; i < alternative.length(); i++) {
      node = node.nextOrNew(folded(alternative.charAt(i)));
    }
    node.alternative = Math.min(node.alternative, place);
  }

  /** Python's caseless comparison: simple lower case, and the two letters beside ASCII's that it holds equal to i and s. */
  private char folded(char c) {
    if (!ignoreCase) {
      return c;
    }
    return switch (c) {
      case '\u0131' -> 'i';
      case '\u017f' -> 's';
      default -> Character.toLowerCase(c);
    };
  }

  /** {@code \b}: a word character on one side only. */
  private static boolean isBorder(String text, int at) {
    boolean before = at > 0 && PythonText.isWord(text.codePointBefore(at));
    boolean after = at < text.length() && PythonText.isWord(text.codePointAt(at));
    return before != after;
  }

  private static final class Node {
    static final Node ABSENT = new Node();

    private char[] letters = {};
    private final List<Node> nodes = new ArrayList<>(1);
    private int alternative = NONE;

    Node next(char letter) {
      int place = Arrays.binarySearch(letters, letter);
      return place < 0 ? ABSENT : nodes.get(place);
    }

    Node nextOrNew(char letter) {
      int place = Arrays.binarySearch(letters, letter);
      if (place >= 0) {
        return nodes.get(place);
      }
      int free = -place - 1;
      char[] wider = new char[letters.length + 1];
      System.arraycopy(letters, 0, wider, 0, free);
      wider[free] = letter;
      System.arraycopy(letters, free, wider, free + 1, letters.length - free);
      letters = wider;
      nodes.add(free, new Node());
      return nodes.get(free);
    }
  }
}
