package dev.assay.inference;

import dev.assay.inference.Inbox.Task;
import dev.assay.records.Request;
import java.util.List;

/**
 * A model that a worker serves. Implementations: a language model over DJL, the MiniLM baseline, recorded answers, a server.
 *
 * <p>One thread calls {@link #answer} at a time; a model may use more threads inside.
 */
public interface AnsweringModel extends AutoCloseable {

  /** What the model is; constant over its life. */
  ModelCard card();

  /** What it runs on, such as {@code cpu()} or {@code gpu(0)}; empty when that does not matter. */
  default String device() {
    return "";
  }

  /**
   * Answers a batch. The answer to a request does not depend on what shares its batch (decisions equal, log-probabilities within 1e-4
   * in float32).
   *
   * @param batch requests whose {@code model} is this model; at least one
   * @return one result a request, in the order of the batch; a request that cannot be answered has a
   *     {@link dev.assay.records.Failure} or {@link dev.assay.records.Declined} as its outcome and does not disturb the others
   */
  List<ModelAnswer> answer(List<Request> batch);

  /**
   * Answers what is in the inbox until nothing is left there, and hands over each answer when it has it. A model that can work on a
   * request that comes while it works on others looks into the inbox again meanwhile; the others answer batch after batch.
   *
   * @throws RuntimeException when the model fails; requests that were taken and not answered are then forgotten
   */
  default void serve(Inbox inbox) {
    for (List<Task> tasks = inbox.take(); !tasks.isEmpty(); tasks = inbox.take()) {
      List<ModelAnswer> answers = answer(tasks.stream().map(Task::request).toList());
      if (answers.size() != tasks.size()) {
        throw new IllegalStateException(
            "got %d results for %d requests from model %s; expected one each".formatted(answers.size(), tasks.size(), card().name()));
      }
      for (int i = 0; i < answers.size(); i++) {
        tasks.get(i).answer().accept(answers.get(i));
      }
    }
  }

  /**
   * Whether the model takes {@link dev.assay.records.Interactive} work as it is; one that does not is asked to
   * {@linkplain dev.assay.records.Generate generate}, and cannot do what that does not say.
   */
  default boolean converses() {
    return false;
  }

  @Override
  void close();
}
