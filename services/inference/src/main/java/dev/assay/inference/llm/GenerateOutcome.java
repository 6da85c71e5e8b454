package dev.assay.inference.llm;

import dev.assay.records.Finish;
import java.util.List;

/** What generating one text came to. */
public sealed interface GenerateOutcome {
  /**
   * A completion.
   *
   * @param text the completion without the stop text and the end token
   * @param tokens all tokens generated, those of the stop text and the end token among them
   * @param logProb natural logarithm of the probability of the text, summed over the tokens that begin in it, under the model's own
   *     distribution (temperature 1, nothing cut off, nothing penalised)
   * @param tokenLogProbs the same for each of {@code tokens}
   * @param finish why it ended
   * @param tokensAsked tokens read without sharing: the prompt's and those fed back
   * @param tokensComputed its share of the tokens that went through the model
   * @param tokensCut tokens of the prompt that were cut off to fit the model's window
   */
  record Generated(
      String text,
      List<Integer> tokens,
      double logProb,
      List<Double> tokenLogProbs,
      Finish finish,
      long tokensAsked,
      long tokensComputed,
      long tokensCut)
      implements GenerateOutcome {
    public Generated {
      tokens = List.copyOf(tokens);
      tokenLogProbs = List.copyOf(tokenLogProbs);
    }
  }

  /** Nothing could be generated; the reason says what was got and what was expected. */
  record Refused(String reason) implements GenerateOutcome {}
}
