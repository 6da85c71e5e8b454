package dev.assay.inference.llm;

import java.util.BitSet;

/** A text to learn from. */
public final class TrainingText {
  private final int[] tokens;
  private final BitSet learned;

  /**
   * Refuses places that cannot be predicted.
   *
   * @param tokens all of it
   * @param learned places of the tokens that are to be predicted; the first token, before which nothing stands, is never one
   */
  public TrainingText(int[] tokens, BitSet learned) {
    this.tokens = tokens.clone();
    this.learned = (BitSet) learned.clone();
    if (learned.get(0)) {
      throw new IllegalArgumentException("the first token of a text cannot be predicted");
    }
    if (learned.length() > tokens.length) {
      throw new IllegalArgumentException("token %d is to be predicted, but the text has %d".formatted(learned.length() - 1, tokens.length));
    }
  }

  /** All of its tokens. */
  public int[] tokens() {
    return tokens.clone();
  }

  /** The places of the tokens that are to be predicted. */
  public BitSet learned() {
    return (BitSet) learned.clone();
  }

  /** How many tokens it has. */
  public int length() {
    return tokens.length;
  }

  /** How many of them are to be predicted. */
  public int answers() {
    return learned.cardinality();
  }
}
