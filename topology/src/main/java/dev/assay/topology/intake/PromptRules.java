package dev.assay.topology.intake;

import dev.assay.records.Calibration;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.topology.scoring.Orders;
import dev.assay.topology.scoring.TextMetrics;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a prompt must be like to be asked. Two options may have the same text: they are asked as they stand, and when one of them is a
 * right one, both are.
 */
public final class PromptRules {
  private static final int LONGEST_ID = 200;
  private static final int LONGEST_RUN = 100;
  private static final int LONGEST_MODEL = 200;
  private static final int SHOWN = 60;

  /** At a half, a coin would do. */
  private static final double LARGEST_ERROR_RATE = 0.5;

  private PromptRules() {}

  /** What is wrong with a prompt: what was got, what was expected, what to do; empty when it can be asked. */
  public static Optional<String> fault(Prompt prompt) {
    if (prompt.getId().isBlank() || prompt.getId().length() > LONGEST_ID) {
      return fault(
          "got the id '%s' of %d characters; expected 1 to %d, not blank"
              .formatted(shown(prompt.getId()), prompt.getId().length(), LONGEST_ID));
    }
    if (prompt.getRun().isEmpty() || prompt.getRun().length() > LONGEST_RUN || !isName(prompt.getRun())) {
      return fault("got the run '%s'; expected 1 to %d letters, digits or . _ -".formatted(shown(prompt.getRun()), LONGEST_RUN));
    }
    if (prompt.getTask().isBlank()) {
      return fault("got a blank task; name the benchmark or its part, such as mmlu/anatomy, or leave the field at its default 'other'");
    }
    for (String model : prompt.getModels()) {
      if (model.isBlank() || model.length() > LONGEST_MODEL) {
        return fault(
            "got the model name '%s' of %d characters; expected 1 to %d, not blank"
                .formatted(shown(model), model.length(), LONGEST_MODEL));
      }
    }
    return switch (prompt.getAsk()) {
      case Choice choice -> choiceFault(choice);
      case Generation generation -> generationFault(generation);
      default -> throw new IllegalStateException("a prompt asks for " + prompt.getAsk().getClass() + ", which its schema does not know");
    };
  }

  private static Optional<String> choiceFault(Choice choice) {
    List<String> options = choice.getOptions();
    int n = options.size();
    if (choice.getQuestion().isBlank()) {
      return fault("got a blank question; expected its text, without the options");
    }
    if (n < Orders.LEAST_OPTIONS || n > Orders.MOST_OPTIONS) {
      return fault("got %d options; expected %d to %d".formatted(n, Orders.LEAST_OPTIONS, Orders.MOST_OPTIONS));
    }
    for (int option = 0; option < n; option++) {
      if (options.get(option).isBlank()) {
        return fault("option %d (counted from 0) is blank; expected its text".formatted(option));
      }
    }
    if (choice.getGold().isEmpty()) {
      return fault("got no gold; expected the index of at least one right option, 0 to %d".formatted(n - 1));
    }
    for (int gold : choice.getGold()) {
      if (gold < 0 || gold >= n) {
        return fault("got gold %d for %d options; expected indices of 0 to %d".formatted(gold, n, n - 1));
      }
    }
    return choice.getPresentation() == Presentation.SEPARATE ? separateFault(choice) : labelledFault(choice);
  }

  private static Optional<String> labelledFault(Choice choice) {
    int n = choice.getOptions().size();
    List<String> labels = choice.getLabels();
    if (!labels.isEmpty() && labels.size() != n) {
      return fault("got %d labels for %d options; expected one a position, or none for A, B, C, …".formatted(labels.size(), n));
    }
    Set<String> seen = new HashSet<>();
    for (String label : labels) {
      if (label.isBlank() || !seen.add(label)) {
        return fault(
            "got the label '%s' %s; expected labels that differ and are not blank"
                .formatted(shown(label), label.isBlank() ? "" : "twice"));
      }
    }
    if (!choice.getContinuationFormat().contains(PromptRenderer.LABEL)) {
      return fault(
          "got the continuationFormat '%s' with presentation LABELLED; expected it to hold %s, since the label is what is scored"
              .formatted(shown(choice.getContinuationFormat()), PromptRenderer.LABEL));
    }
    return orderFault(choice);
  }

  private static Optional<String> orderFault(Choice choice) {
    if (choice.getMostOrders() < 0 || choice.getMostOrders() > WantedOrders.MOST) {
      return fault(
          "got mostOrders %d; expected 1 to %d, or 0 for the rule's usual number".formatted(choice.getMostOrders(), WantedOrders.MOST));
    }
    if (!(choice.getErrorRate() > 0 && choice.getErrorRate() <= LARGEST_ERROR_RATE)) {
      return fault("got errorRate %s; expected it above 0 and at most %s".formatted(choice.getErrorRate(), LARGEST_ERROR_RATE));
    }
    Calibration calibration = choice.getCalibration();
    if ((choice.getOrders() == OrderRule.PRIDE) != (calibration != null)) {
      return fault(
          "got orders %s %s calibration; with PRIDE it is needed, since it says which questions the prior is estimated on, and with no other rule"
              .formatted(choice.getOrders(), calibration == null ? "without" : "with"));
    }
    if (calibration != null && (calibration.getGroup().isBlank() || calibration.getGroup().length() > LONGEST_ID || calibration.getQuestions() < 1)) {
      return fault(
          "got the calibration group '%s' of %d questions; expected a name of 1 to %d characters and 1 question or more"
              .formatted(shown(calibration.getGroup()), calibration.getQuestions(), LONGEST_ID));
    }
    return Optional.empty();
  }

  private static Optional<String> separateFault(Choice choice) {
    if (!choice.getContinuationFormat().contains(PromptRenderer.OPTION)) {
      return fault(
          "got the continuationFormat '%s' with presentation SEPARATE; expected it to hold %s, such as ' %s'"
              .formatted(shown(choice.getContinuationFormat()), PromptRenderer.OPTION, PromptRenderer.OPTION));
    }
    int n = choice.getOptions().size();
    if (!choice.getLabels().isEmpty() && choice.getLabels().size() != n) {
      return fault("got %d labels for %d options; expected one an option, or none".formatted(choice.getLabels().size(), n));
    }
    return Optional.empty();
  }

  private static Optional<String> generationFault(Generation generation) {
    if (generation.getInput().isBlank()) {
      return fault("got a blank input; expected the text that follows the prefix");
    }
    if (generation.getReferences().isEmpty()) {
      return fault("got no references; expected at least one right answer");
    }
    if (generation.getMetrics().isEmpty()) {
      return fault("got no metrics; expected at least one of %s".formatted(new TreeSet<>(TextMetrics.names())));
    }
    for (String metric : generation.getMetrics()) {
      if (!TextMetrics.names().contains(metric)) {
        return fault("got the metric '%s'; expected one of %s".formatted(shown(metric), new TreeSet<>(TextMetrics.names())));
      }
    }
    if (generation.getMaxTokens() < 1) {
      return fault("got maxTokens %d; expected 1 or more".formatted(generation.getMaxTokens()));
    }
    if (generation.getStop().stream().anyMatch(String::isEmpty)) {
      return fault("got an empty stop text, which would end every answer before it begins; leave it out");
    }
    double temperature = generation.getTemperature();
    if (!(temperature >= 0 && Double.isFinite(temperature))) {
      return fault("got temperature %s; expected 0 or more".formatted(temperature));
    }
    if (generation.getTopK() < 0) {
      return fault("got topK %d; expected 0 (off) or more".formatted(generation.getTopK()));
    }
    double topP = generation.getTopP();
    if (!(topP > 0 && topP <= 1)) {
      return fault("got topP %s; expected it in (0, 1]".formatted(topP));
    }
    return Optional.empty();
  }

  private static boolean isName(String text) {
    return text.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-'));
  }

  private static String shown(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }

  private static Optional<String> fault(String message) {
    return Optional.of(message);
  }
}
