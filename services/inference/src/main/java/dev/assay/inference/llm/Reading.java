package dev.assay.inference.llm;

import java.util.List;

/**
 * What reading a group of texts came to.
 *
 * @param outcomes one a text, in their order
 * @param tokensAsked tokens that a reader without any sharing would have read for the group
 * @param tokensComputed the group's share of the tokens that went through the model
 * @param tokensCut tokens that were cut off to fit the model's window, the most of any continuation
 */
record Reading(List<ScoreOutcome> outcomes, long tokensAsked, long tokensComputed, long tokensCut) {
  Reading {
    outcomes = List.copyOf(outcomes);
  }
}
