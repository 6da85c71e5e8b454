package dev.assay.benchmarks;

import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.Prompt;

/** The text a model reads, written down here independently of the intake: the published order of the options. */
final class Rendered {
  private Rendered() {}

  static String text(Prompt prompt) {
    return prompt.getPrefix()
        + switch (prompt.getAsk()) {
          case Choice choice -> text(choice);
          case Generation generation -> generation.getInput();
          default -> throw new AssertionError("unknown question " + prompt.getAsk());
        };
  }

  private static String text(Choice choice) {
    StringBuilder text = new StringBuilder(choice.getQuestionFormat().replace("{question}", choice.getQuestion()));
    for (int i = 0; i < choice.getOptions().size(); i++) {
      String label = Character.toString('A' + i);
      text.append(choice.getOptionFormat().replace("{label}", label).replace("{option}", choice.getOptions().get(i)));
    }
    return text + choice.getCue();
  }
}
