package dev.assay.inference.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The most probable first tokens of a completion with their log-probabilities, which say how probable each one-letter label is. Servers
 * write them in two layouts: OpenAI's for completions ({@code top_logprobs}: a map a token), and its for chats ({@code content}: a list).
 */
final class FirstToken {

  /** Less than this is left over only by rounding. */
  private static final double LEAST_REST = 1e-9;

  private final Map<String, Double> logProbs;

  private FirstToken(Map<String, Double> logProbs) {
    this.logProbs = logProbs;
  }

  /** What a choice says; nothing where it says nothing. */
  static FirstToken of(JsonNode choice) {
    Map<String, Double> found = new LinkedHashMap<>();
    JsonNode logprobs = choice.path("logprobs");
    logprobs.path("top_logprobs").path(0).forEachEntry((token, value) -> add(found, token, value));
    logprobs.path("content").path(0).path("top_logprobs").forEach(one -> add(found, one.path("token").asText(), one.path("logprob")));
    return new FirstToken(found);
  }

  private static void add(Map<String, Double> found, String token, JsonNode value) {
    if (value.isNumber() && !Double.isNaN(value.doubleValue())) {
      found.merge(token, Math.min(0, value.doubleValue()), Math::max);
    }
  }

  boolean isKnown() {
    return !logProbs.isEmpty();
  }

  /** Log-probability of the token with this very text, where it is known. */
  Optional<Double> exact(String token) {
    return Optional.ofNullable(logProbs.get(token)).filter(Double::isFinite);
  }

  /**
   * Log-probabilities of the labels, in their order. A label is the token with its very text, else the most probable one that equals it
   * without white space. One that is not among the tokens gets the most that it can have: what the least of them has, or all that they
   * leave. Empty when none of the labels is among them.
   */
  Optional<List<Double>> labels(List<String> labels) {
    double rest = 1 - logProbs.values().stream().mapToDouble(Math::exp).sum();
    double least = logProbs.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double bound = Math.min(least, Math.log(Math.max(LEAST_REST, rest)));
    List<Double> values = new ArrayList<>();
    boolean any = false;
    for (String label : labels) {
      Optional<Double> known = find(label);
      any |= known.isPresent();
      values.add(known.orElse(bound));
    }
    return any ? Optional.of(List.copyOf(values)) : Optional.empty();
  }

  private Optional<Double> find(String label) {
    if (logProbs.containsKey(label)) {
      return exact(label);
    }
    return logProbs.entrySet().stream()
        .filter(entry -> bare(entry.getKey()).equals(label.strip()))
        .map(Map.Entry::getValue)
        .filter(Double::isFinite)
        .max(Double::compare);
  }

  /** Without white space, and without the marks that byte-level BPE (Ġ) and SentencePiece (▁) write for a space. */
  private static String bare(String token) {
    String stripped = token.strip();
    return stripped.startsWith("\u0120") || stripped.startsWith("\u2581") ? stripped.substring(1) : stripped;
  }
}
