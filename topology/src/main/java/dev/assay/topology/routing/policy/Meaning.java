package dev.assay.topology.routing.policy;

/** Gives a text's place in a space of meanings, such as a sentence embedding of length 1; nothing for every text when there is no embedder. */
@FunctionalInterface
public interface Meaning {
  /** No embedder: words alone are looked at. */
  Meaning NONE = text -> new float[0];

  /** The text's numbers; as many for every text, and the same for the same text. */
  float[] of(String text);
}
