package dev.assay.cli.plans;

import dev.assay.records.PlannedEvaluation;

/** What a planner wants done next. */
sealed interface Action {

  /** The decision as the log is to have it. */
  PlannedEvaluation evaluation();

  /**
   * Begin an evaluation.
   *
   * @param evaluation without the number of its questions, which nobody has read yet
   */
  record Begin(PlannedEvaluation evaluation) implements Action {}

  /**
   * Produce further questions.
   *
   * @param evaluation as it is once these are produced
   * @param from the first of them, in the plan's order
   */
  record Ask(PlannedEvaluation evaluation, int from) implements Action {}

  /**
   * Write where an evaluation stands; no question is produced.
   *
   * @param evaluation as it is from now on
   */
  record Note(PlannedEvaluation evaluation) implements Action {}
}
