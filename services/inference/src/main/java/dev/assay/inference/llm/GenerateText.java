package dev.assay.inference.llm;

import java.util.List;

/**
 * A text to be continued.
 *
 * @param prompt what is read first
 * @param maxTokens most tokens to generate; at least 0
 * @param stop generation ends before the first of these texts; none is empty
 * @param temperature 0 takes the most probable token each time; more divides the logits
 * @param topK how many of the most probable tokens may be drawn; 0 is off
 * @param topP the most probable tokens that together reach this probability may be drawn; in (0, 1], 1 is off
 * @param seed of the drawing
 */
public record GenerateText(String prompt, int maxTokens, List<String> stop, double temperature, int topK, double topP, long seed) {
  public GenerateText {
    stop = List.copyOf(stop);
    if (maxTokens < 0) {
      throw new IllegalArgumentException("maxTokens must be at least 0, but is " + maxTokens);
    }
    if (stop.contains("")) {
      throw new IllegalArgumentException("a stop text must not be empty");
    }
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException("the temperature must be finite and at least 0, but is " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("topK must be at least 0, but is " + topK);
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP must be in (0, 1], but is " + topP);
    }
  }

  /** The most probable continuation, token by token. */
  public static GenerateText greedy(String prompt, int maxTokens) {
    return new GenerateText(prompt, maxTokens, List.of(), 0, 0, 1, 0);
  }
}
