package dev.assay.topology.routing.policy;

import dev.assay.records.TaskType;
import java.util.List;

/**
 * What a policy may know of a question before anybody answers it.
 *
 * @param id tells questions apart; of the same question it is the same
 * @param taskType what kind of question it is
 * @param task the benchmark or part of it; empty when nobody said
 * @param text the question as a model reads it; empty when no policy in use looks at it
 * @param models the models that can be asked, one at least
 */
public record Query(String id, TaskType taskType, String task, String text, List<String> models) {
  /**
   * @throws IllegalArgumentException when there is no model to ask
   */
  public Query {
    models = List.copyOf(models);
    if (models.isEmpty()) {
      throw new IllegalArgumentException("got no model for %s; expected one at least that can be asked".formatted(id));
    }
  }
}
