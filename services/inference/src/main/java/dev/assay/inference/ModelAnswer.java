package dev.assay.inference;

import dev.assay.records.Declined;
import dev.assay.records.DeclinedCause;
import dev.assay.records.Failure;
import org.jspecify.annotations.Nullable;

/**
 * What a model made of one request.
 *
 * @param outcome {@link dev.assay.records.Votes}, {@link dev.assay.records.Text}, {@link dev.assay.records.Failure}, or
 *     {@link dev.assay.records.Declined} when who asked is to blame, which is a failure to an evaluation; to interactive work what a
 *     {@link dev.assay.records.Reply} holds, or a failure
 * @param tokensAsked tokens that a reader without any sharing would have read
 * @param tokensComputed tokens that went through the model for it; what an earlier batch left in memory costs nothing, and a prefix
 *     shared by k requests counts 1/k for each, rounded so that the sum over the batch is exact
 * @param tokensGenerated tokens generated
 * @param tokensCut tokens that were cut off to fit the model's window
 * @param costMicros what it cost, in millionths of a currency unit; null when no price is known
 */
public record ModelAnswer(
    Object outcome, long tokensAsked, long tokensComputed, long tokensGenerated, long tokensCut, @Nullable Long costMicros) {

  /** An answer without a price. */
  public ModelAnswer(Object outcome, long tokensAsked, long tokensComputed, long tokensGenerated, long tokensCut) {
    this(outcome, tokensAsked, tokensComputed, tokensGenerated, tokensCut, null);
  }

  /** An answer for which nothing was cut off. */
  public ModelAnswer(Object outcome, long tokensAsked, long tokensComputed, long tokensGenerated) {
    this(outcome, tokensAsked, tokensComputed, tokensGenerated, 0);
  }

  /** A failure that computed nothing. */
  public static ModelAnswer failure(String reason) {
    return new ModelAnswer(new Failure(reason), 0, 0, 0);
  }

  /** What was asked cannot be answered, by this model or at all: the fault of who asked, not of the model. */
  public static ModelAnswer refused(String reason) {
    return new ModelAnswer(new Declined(reason, DeclinedCause.REQUEST), 0, 0, 0);
  }
}
