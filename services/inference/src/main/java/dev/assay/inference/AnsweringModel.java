package dev.assay.inference;

import dev.assay.records.Request;
import java.util.List;

/**
 * A model that a worker serves. Implementations: a language model over DJL, the MiniLM baseline, recorded answers.
 *
 * <p>One thread calls {@link #answer} at a time; a model may use more threads inside.
 */
public interface AnsweringModel extends AutoCloseable {

  /** What the model is; constant over its life. */
  ModelCard card();

  /**
   * Answers a batch. The answer to a request does not depend on what shares its batch (decisions equal, log-probabilities within 1e-4
   * in float32).
   *
   * @param batch requests whose {@code model} is this model; at least one
   * @return one result a request, in the order of the batch; a request that cannot be answered has a
   *     {@link dev.assay.records.Failure} as its outcome and does not disturb the others
   */
  List<ModelAnswer> answer(List<Request> batch);

  @Override
  void close();
}
