package dev.assay.inference.llm.weights;

/** The tensors of a decoder-only transformer; which a model has, its {@link Architecture} says. */
public enum Part {
  EMBEDDING,
  OUTPUT_NORM,
  OUTPUT_NORM_BIAS,
  HEAD,
  ATTENTION_NORM,
  ATTENTION_NORM_BIAS,
  QUERY,
  KEY,
  VALUE,
  QUERY_BIAS,
  KEY_BIAS,
  VALUE_BIAS,
  /** Scale of the norm over each head of the queries, before positions turn them. */
  QUERY_NORM,
  /** Scale of the norm over each head of the keys, before positions turn them. */
  KEY_NORM,
  ATTENTION_OUTPUT,
  ATTENTION_OUTPUT_BIAS,
  /** Scale of the norm over what attention adds to the residual stream. */
  POST_ATTENTION_NORM,
  FEED_NORM,
  FEED_NORM_BIAS,
  GATE,
  GATE_BIAS,
  UP,
  UP_BIAS,
  DOWN,
  DOWN_BIAS,
  /** Scale of the norm over what the feed-forward network adds to the residual stream. */
  POST_FEED_NORM;

  /** Whether every block has its own. */
  public boolean inBlock() {
    return switch (this) {
      case EMBEDDING, OUTPUT_NORM, OUTPUT_NORM_BIAS, HEAD -> false;
      default -> true;
    };
  }

  /** Whether it is the scale or the bias of a norm. */
  public boolean ofNorm() {
    return name().contains("NORM");
  }

  /** Whether it is added to what a matrix or a norm gives. */
  public boolean ofBias() {
    return name().endsWith("BIAS");
  }
}
