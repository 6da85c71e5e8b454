package dev.assay.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Whose prompts are written: wording, worked examples and the choice of questions follow that evaluator to the byte. */
public enum PromptFormat {
  /** Stanford HELM, v0.5.16. */
  HELM,
  /** EleutherAI lm-evaluation-harness, 0.4; it words MMLU, TruthfulQA (mc1) and GSM8K here, the other benchmarks keep HELM's form. */
  LM_EVAL;

  /** As written on the command line, {@code helm} or {@code lm-eval}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The format of that label; throws IllegalArgumentException that lists the labels. */
  public static PromptFormat of(String label) {
    for (PromptFormat format : values()) {
      if (format.label().equals(label.toLowerCase(Locale.ROOT))) {
        return format;
      }
    }
    String known = Arrays.stream(values()).map(PromptFormat::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException("Unknown prompt format \"" + label + "\"; use one of " + known);
  }
}
