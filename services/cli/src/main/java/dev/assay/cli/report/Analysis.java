package dev.assay.cli.report;

/** What can be asked of a run's tables beside the scores. */
public enum Analysis {
  /** How often two models give the same answer, and the same wrong one. */
  AGREEMENT,

  /** Which position models choose against where the right option stands. */
  POSITIONS,

  /** Whether a model's confidence tells when it is right. */
  CALIBRATION,

  /** Knowledge against reasoning. */
  SKILLS,

  /** Tokens and computing time. */
  COST,

  /** The questions that most models get wrong, and those that they dispute. */
  QUESTIONS
}
