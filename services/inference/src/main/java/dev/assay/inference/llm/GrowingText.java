package dev.assay.inference.llm;

import java.util.ArrayList;
import java.util.List;

/**
 * What each token adds to a text while it grows. A character may be made of several tokens: all but the last of them add nothing. Only a
 * few tokens are decoded at a time: those of the last part, for what they do to the ones after them, and the new ones (as vLLM's
 * {@code detokenize_incrementally}).
 */
final class GrowingText {
  private static final String UNFINISHED = "\uFFFD";

  private final Tokens tokens;
  private final List<Integer> ids = new ArrayList<>();
  private int from;
  private int whole;
  private int length;

  GrowingText(Tokens tokens) {
    this.tokens = tokens;
  }

  /** Takes the next token; what it adds. */
  String add(int id) {
    ids.add(id);
    return grown(false);
  }

  /** What the last tokens add when no more come, though they make no whole character. */
  String end() {
    return grown(true);
  }

  /** Characters (UTF-16) so far. */
  int length() {
    return length;
  }

  private String grown(boolean ended) {
    String before = decode(whole);
    String now = decode(ids.size());
    if (now.length() <= before.length() || (!ended && now.endsWith(UNFINISHED))) {
      return "";
    }
    String part = now.substring(before.length());
    from = whole;
    whole = ids.size();
    length += part.length();
    return part;
  }

  private String decode(int to) {
    return tokens.decode(ids.subList(from, to).stream().mapToInt(Integer::intValue).toArray());
  }
}
