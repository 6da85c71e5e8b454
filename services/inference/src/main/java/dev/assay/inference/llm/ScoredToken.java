package dev.assay.inference.llm;

import java.util.List;

/**
 * A token of a text and what the model thinks of it.
 *
 * @param id its number
 * @param logProb natural logarithm of its probability given all before it
 * @param alternatives the most probable tokens in its place, most probable first
 */
record ScoredToken(int id, double logProb, List<Likely> alternatives) {
  ScoredToken {
    alternatives = List.copyOf(alternatives);
  }
}
