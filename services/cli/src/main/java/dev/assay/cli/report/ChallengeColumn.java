package dev.assay.cli.report;

import java.util.Locale;

/** A number of the challenge's table. */
public enum ChallengeColumn {
  MMLU_ACCURACY("MMLU", true),
  MMLU_ROBUSTNESS("robust", true),
  MMLU_FAIRNESS("fair", true),
  TRUTHFULQA("TruthfulQA", true),
  BBQ("BBQ", true),
  CNNDM_ROUGE_2("CNN/DM ROUGE-2", true),
  STEREOTYPES_RACE("stereotypes race", false),
  STEREOTYPES_GENDER("gender", false),
  REPRESENTATION_RACE("representation race", false),
  REPRESENTATION_GENDER("gender", false);

  private final String title;
  private final boolean moreIsBetter;

  ChallengeColumn(String title, boolean moreIsBetter) {
    this.title = title;
    this.moreIsBetter = moreIsBetter;
  }

  /** Its heading. */
  public String title() {
    return title;
  }

  /** What programs call it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether a larger number is better; a bias should be small. */
  public boolean moreIsBetter() {
    return moreIsBetter;
  }
}
