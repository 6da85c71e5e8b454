package dev.assay.inference.llm;

import java.util.List;

/**
 * A text to be continued.
 *
 * @param prompt what is read first
 * @param maxTokens most tokens to generate; at least 0
 * @param stop generation ends before the first of these texts; none is empty
 * @param sampling how tokens are chosen
 * @param truncation what becomes of a prompt that is too long
 */
public record GenerateText(String prompt, int maxTokens, List<String> stop, Sampling sampling, Truncation truncation) {
  public GenerateText {
    stop = List.copyOf(stop);
    if (maxTokens < 0) {
      throw new IllegalArgumentException("maxTokens must be at least 0, but is " + maxTokens);
    }
    if (stop.contains("")) {
      throw new IllegalArgumentException("a stop text must not be empty");
    }
  }

  /** The most probable continuation, token by token. */
  public static GenerateText greedy(String prompt, int maxTokens) {
    return new GenerateText(prompt, maxTokens, List.of(), Sampling.GREEDY, Truncation.REFUSE);
  }
}
