package dev.assay.inference.llm;

import java.util.List;

/** What scoring one text came to. */
public sealed interface ScoreOutcome {
  /** Natural logarithms of the probabilities of the continuations, each summed over its tokens, in their order. */
  record Scored(List<Double> logProbs) implements ScoreOutcome {
    public Scored {
      logProbs = List.copyOf(logProbs);
    }
  }

  /** The text could not be scored; the reason says what was got and what was expected. */
  record Refused(String reason) implements ScoreOutcome {}
}
