package dev.assay.inference.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that a server echoed with the log-probability of each of its tokens.
 *
 * <p>The log-probability of a continuation is the sum over the tokens that hold a character of it, with lm-evaluation-harness's rule for
 * where it begins: white space at the end of what precedes it belongs to the continuation. The token that servers generate after the
 * prompt, since not all take {@code max_tokens} 0 for none, is left out.
 *
 * <p>Where a token begins is told by the tokens themselves if they spell the prompt, whatever the server puts before it (a token for the
 * beginning of a text). They do not where a token holds part of a character; then {@code text_offset} tells, in code points.
 */
record EchoedText(List<Token> tokens) {

  /**
   * @param start index of its first character in the prompt; below 0 for what stands before the prompt
   * @param end index behind its last character
   * @param logProb null for the first token of a text
   */
  record Token(String text, int start, int end, @Nullable Double logProb) {}

  /**
   * Reads an echo.
   *
   * @throws CallFailedException when it is none, or its tokens cannot be placed
   */
  static EchoedText of(JsonNode choice, String prompt) throws CallFailedException {
    JsonNode logprobs = choice.path("logprobs");
    JsonNode tokens = logprobs.path("tokens");
    JsonNode values = logprobs.path("token_logprobs");
    if (!tokens.isArray() || !values.isArray() || tokens.isEmpty()) {
      throw unusable("no logprobs.tokens and logprobs.token_logprobs of the prompt");
    }
    if (tokens.size() != values.size()) {
      throw unusable("%d tokens and %d log-probabilities".formatted(tokens.size(), values.size()));
    }
    List<String> texts = new ArrayList<>();
    tokens.forEach(token -> texts.add(token.asText()));
    int[] starts = starts(texts, logprobs.path("text_offset"), prompt);
    List<Token> placed = new ArrayList<>();
    for (int i = 0; i < starts.length; i++) {
      int end = i + 1 < starts.length ? starts[i + 1] : starts[i] + texts.get(i).length();
      placed.add(new Token(texts.get(i), starts[i], end, values.get(i).isNumber() ? values.get(i).doubleValue() : null));
    }
    return new EchoedText(List.copyOf(placed));
  }

  /**
   * Natural logarithm of the probability of the continuation.
   *
   * @throws CallFailedException when it has no token, or one without a usable log-probability
   */
  double logProb(String context, String continuation) throws CallFailedException {
    int from = context.stripTrailing().length();
    int to = context.length() + continuation.length();
    double sum = 0;
    int count = 0;
    for (Token token : tokens) {
      if ((token.start >= from || token.end > from) && token.start < to && token.end > 0) {
        if (token.logProb == null || !Double.isFinite(token.logProb)) {
          throw unusable(
              "no finite log-probability for token '%s' at character %d%s"
                  .formatted(token.text, token.start, token.start <= 0 ? ", the first of the text, which no server gives; put a text before it" : ""));
        }
        sum += token.logProb;
        count++;
      }
    }
    if (count == 0) {
      throw unusable("an echo without a token of the continuation");
    }
    return Math.min(0, sum);
  }

  private static int[] starts(List<String> texts, JsonNode offsets, String prompt) throws CallFailedException {
    int[] starts = new int[texts.size()];
    int before = String.join("", texts).indexOf(prompt);
    if (before >= 0) {
      int at = -before;
      for (int i = 0; i < starts.length; i++) {
        starts[i] = at;
        at += texts.get(i).length();
      }
      return starts;
    }
    if (offsets.size() != texts.size()) {
      throw unusable("tokens that do not spell the prompt, and %d text offsets for %d tokens".formatted(offsets.size(), texts.size()));
    }
    // A first token that the prompt does not begin with, and that takes room before it, is the server's own.
    int first = texts.getFirst().codePointCount(0, texts.getFirst().length());
    boolean own = texts.size() > 1 && !prompt.startsWith(texts.getFirst()) && offsets.get(1).asInt() - offsets.get(0).asInt() == first;
    int shift = offsets.get(0).asInt() + (own ? first : 0);
    int points = prompt.codePointCount(0, prompt.length());
    for (int i = 0; i < starts.length; i++) {
      int point = offsets.get(i).asInt() - shift;
      starts[i] = point < 0 ? point : point <= points ? prompt.offsetByCodePoints(0, point) : prompt.length() + point - points;
      if (i > 0 && starts[i] < starts[i - 1]) {
        throw unusable("a text offset of %d after one of %d".formatted(offsets.get(i).asInt(), offsets.get(i - 1).asInt()));
      }
    }
    return starts;
  }

  private static CallFailedException unusable(String got) {
    return new CallFailedException(200, "got %s; expected the prompt echoed with its tokens' log-probabilities; choose ?mode=completions or ?mode=chat".formatted(got));
  }
}
