package dev.assay.inference.llm;

/** What becomes of a text that is longer than the model's window. */
public enum Truncation {
  /** It is refused, and the reason says how long it is. */
  REFUSE,
  /**
   * Its first tokens are cut off, as lm-evaluation-harness does ({@code HFLM._loglikelihood_tokens}, {@code HFLM.tok_batch_encode}): a
   * scored text keeps its last window + 1 tokens, the continuation's among them; a prompt its last window - maxTokens.
   */
  LEFT,
  /**
   * Its last tokens are cut off, those of the continuation aside, as HELM does ({@code LocalWindowService.truncate_from_right}): what
   * remains leaves room for the continuation, or for maxTokens.
   */
  RIGHT
}
