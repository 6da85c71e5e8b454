package dev.assay.topology.routing;

import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.Prompt;

/** A prompt's own text, without worked examples, for policies that look at what is asked. */
public final class QuestionText {
  private QuestionText() {}

  /** The question and its options a line each, or the input. */
  public static String of(Prompt prompt) {
    return switch (prompt.getAsk()) {
      case Choice choice -> choice.getQuestion() + '\n' + String.join("\n", choice.getOptions());
      case Generation generation -> generation.getInput();
      default -> throw new IllegalStateException("unknown ask " + prompt.getAsk().getClass());
    };
  }
}
