package dev.assay.topology.routing.policy;

import java.util.List;

/**
 * What a policy decided for a question.
 *
 * @param model the model whose answer counts
 * @param asked the models that had to be asked for it, {@code model} among them: their costs add up
 * @param reason why, for people
 * @param evidence what the decision rests on, each as {@code key = mean [low, high] n}
 */
public record Choice(String model, List<String> asked, String reason, List<String> evidence) {
  /**
   * @throws IllegalArgumentException when the model is not among those asked
   */
  public Choice {
    asked = List.copyOf(asked);
    evidence = List.copyOf(evidence);
    if (!asked.contains(model)) {
      throw new IllegalArgumentException("got the model %s and %s as those asked; expected it among them".formatted(model, asked));
    }
  }

  /** A choice for which one model alone is asked. */
  public static Choice of(String model, String reason, List<String> evidence) {
    return new Choice(model, List.of(model), reason, evidence);
  }
}
