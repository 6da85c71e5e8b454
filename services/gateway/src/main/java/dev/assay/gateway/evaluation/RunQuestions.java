package dev.assay.gateway.evaluation;

import dev.assay.records.Prompt;
import java.util.List;

/**
 * The prompts of a run that a client wants. Whoever starts a gateway gives it, since the gateway itself knows neither benchmarks nor the rules
 * by which the intake judges a prompt.
 */
@FunctionalInterface
public interface RunQuestions {

  /** Knows no task, and takes questions as they are: what is wrong with them, the intake finds. */
  RunQuestions GIVEN_ONLY =
      request -> {
        if (!request.tasks().isEmpty()) {
          throw new RefusedQuestionsException("tasks", "this gateway knows no tasks; send the questions themselves as prompts");
        }
        return request.given().stream().map(RunRequest.Given::prompt).toList();
      };

  /**
   * All prompts of a run, in the order in which they are asked.
   *
   * @throws RefusedQuestionsException when they cannot be asked as wanted
   */
  List<Prompt> of(RunRequest request);
}
