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

  Continuations(Tokens tokens, OptionalInt startToken) {
    this.tokens = tokens;
    this.startToken = startToken;
  }

  /** A whole string's tokens, of which those from {@code from} on are the continuation. */
  record Whole(List<Integer> tokens, int from) {

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
    return new Whole(List.copyOf(all), from);
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
