package dev.assay.inference.llm;

import java.util.List;

/** A text and the continuations whose log-probabilities after it are wanted. */
public record ScoreText(String context, List<String> continuations) {
  public ScoreText {
    continuations = List.copyOf(continuations);
  }
}
