package dev.assay.inference.llm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedSet;

/**
 * Turns a text and its continuations into tokens in the manner of lm-evaluation-harness ({@code TemplateLM._encode_pair}): white space at
 * the text's end moves to the continuation, the whole string is tokenised at once, and what exceeds the text's own number of tokens is
 * the continuation.
 */
final class Continuations {
  private final Tokens tokens;
  private final OptionalInt startToken;
  private final int window;

  /**
   * @param window most tokens that the model reads
   */
  Continuations(Tokens tokens, OptionalInt startToken, int window) {
    this.tokens = tokens;
    this.startToken = startToken;
    this.window = window;
  }

  /**
   * A string's tokens, of which those from {@code from} on are the continuation.
   *
   * @param cut how many were cut off to fit the window
   */
  record Whole(List<Integer> tokens, int from, int cut) {

    /** How many tokens are read: the last is only asked for. */
    int read() {
      return tokens.size() - 1;
    }
  }

  /** The tokens of every continuation of every text, in their order; equal strings are tokenised once. */
  List<List<Whole>> encode(List<ScoreText> texts) {
    SequencedSet<String> strings = new LinkedHashSet<>();
    for (ScoreText text : texts) {
      String context = withoutTrailingSpace(text.context());
      strings.add(context);
      text.continuations().forEach(continuation -> strings.add(text.context() + continuation));
    }
    Map<String, int[]> encoded = tokens.encode(strings);
    return texts.stream().map(text -> text.continuations().stream().map(c -> whole(text, c, encoded)).toList()).toList();
  }

  private Whole whole(ScoreText text, String continuation, Map<String, int[]> encoded) {
    int[] context = encoded.getOrDefault(withoutTrailingSpace(text.context()), new int[0]);
    int[] ids = encoded.getOrDefault(text.context() + continuation, new int[0]);
    List<Integer> all = new ArrayList<>();
    if (context.length == 0) {
      startToken.ifPresent(all::add);
    }
    int from = all.size() + context.length;
    Arrays.stream(ids).forEach(all::add);
    return fitted(all, from, text.truncation());
  }

  private Whole fitted(List<Integer> all, int from, Truncation truncation) {
    // The last token is only asked for.
    int excess = all.size() - 1 - window;
    if (excess <= 0) {
      return new Whole(List.copyOf(all), from, 0);
    }
    return switch (truncation) {
      case REFUSE -> new Whole(List.copyOf(all), from, 0);
      case LEFT -> new Whole(List.copyOf(all.subList(excess, all.size())), Math.max(0, from - excess), excess);
      case RIGHT -> {
        int kept = Math.max(0, from - excess - 1);
        List<Integer> fitted = new ArrayList<>(all.subList(0, kept));
        fitted.addAll(all.subList(from, all.size()));
        yield new Whole(List.copyOf(fitted), kept, from - kept);
      }
    };
  }

  private static String withoutTrailingSpace(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** White space as {@code str.rstrip} of Python sees it: Java's, the no-break spaces, and NEL. */
  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }
}
