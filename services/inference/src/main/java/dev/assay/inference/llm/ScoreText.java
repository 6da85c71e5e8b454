package dev.assay.inference.llm;

import java.util.List;

/**
 * A text and the continuations whose log-probabilities after it are wanted.
 *
 * @param truncation what becomes of a text that is too long
 */
public record ScoreText(String context, List<String> continuations, Truncation truncation) {
  public ScoreText {
    continuations = List.copyOf(continuations);
  }

  /** One that is refused when it is too long. */
  public ScoreText(String context, List<String> continuations) {
    this(context, continuations, Truncation.REFUSE);
  }
}
