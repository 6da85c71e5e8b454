package dev.assay.topology.scoring;

import java.util.List;
import java.util.OptionalInt;

/** Reads the option out of a textual answer to a labelled question. */
public final class TextChoice {
  private TextChoice() {}

  /**
   * The position whose label the text is, after white space is stripped from both its ends; empty when it is exactly no label, such as
   * {@code A.}, {@code (A)}, {@code a} or {@code The answer is A}. HELM's rule for multiple_choice_joint
   * ({@code compute_reference_metrics} with an {@code output_mapping}).
   */
  public static OptionalInt position(String text, List<String> labels) {
    String answer = PythonText.strip(text);
    int position = answer.isEmpty() ? -1 : labels.indexOf(answer);
    return position < 0 ? OptionalInt.empty() : OptionalInt.of(position);
  }
}
