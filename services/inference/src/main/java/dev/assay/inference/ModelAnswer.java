package dev.assay.inference;

import dev.assay.records.Failure;

/**
 * What a model made of one request.
 *
 * @param outcome {@link dev.assay.records.Votes}, {@link dev.assay.records.Text} or {@link dev.assay.records.Failure}
 * @param tokensAsked tokens that a reader without any sharing would have read
 * @param tokensComputed tokens that went through the model for it; a prefix shared by k requests counts 1/k for each, rounded so that
 *     the sum over the batch is exact
 * @param tokensGenerated tokens generated
 */
public record ModelAnswer(Object outcome, long tokensAsked, long tokensComputed, long tokensGenerated) {

  /** A failure that computed nothing. */
  public static ModelAnswer failure(String reason) {
    return new ModelAnswer(new Failure(reason), 0, 0, 0);
  }
}
