package dev.assay.topology.intake;

import dev.assay.records.Choice;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Generate;
import dev.assay.records.Generation;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.records.Score;
import dev.assay.records.TextGold;
import dev.assay.records.Variant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Turns a prompt into the text that a worker reads, and into the gold that its answer is compared with. Pure; the prompt must be sound. */
public final class PromptRenderer {
  static final String QUESTION = "{question}";
  static final String LABEL = "{label}";
  static final String OPTION = "{option}";

  static final int FIRST_ROUND = 0;

  private static final double NO_PENALTY = 1;
  private static final int ONE_SAMPLE = 1;

  private PromptRenderer() {}

  /** The first work on a prompt: a {@link Score} with a variant for each order that is asked first, or a {@link Generate}. */
  public static Object work(Prompt prompt) {
    return work(prompt, FIRST_ROUND);
  }

  /** The work of a round of orders, counted from 0. */
  static Object work(Prompt prompt, int round) {
    return switch (prompt.getAsk()) {
      case Choice choice -> new Score(choice.getQuestion(), choice.getOptions(), variants(choice, WantedOrders.of(prompt, choice, round).orders()));
      case Generation generation ->
          new Generate(
              generation.getInput(),
              generation.getMaxTokens(),
              generation.getStop(),
              generation.getTemperature(),
              generation.getTopK(),
              generation.getTopP(),
              prompt.getSeed(),
              NO_PENALTY,
              ONE_SAMPLE,
              false);
      default -> throw new IllegalStateException("unknown ask " + prompt.getAsk().getClass());
    };
  }

  /** The orders of a round of a multiple-choice prompt, as they are asked. */
  public static List<List<Integer>> orders(Prompt prompt, int round) {
    return WantedOrders.of(prompt, (Choice) prompt.getAsk(), round).orders();
  }

  /** What the answers to a round are compared with: a {@link ChoiceGold} or a {@link TextGold}. */
  public static Object gold(Prompt prompt, int round) {
    return switch (prompt.getAsk()) {
      case Choice choice -> {
        WantedOrders wanted = WantedOrders.of(prompt, choice, round);
        yield new ChoiceGold(
            choice.getOptions().size(), right(choice), labels(choice), wanted.orders().size(), wanted.held(), wanted.voting());
      }
      case Generation generation -> new TextGold(generation.getReferences(), generation.getMetrics());
      default -> throw new IllegalStateException("unknown ask " + prompt.getAsk().getClass());
    };
  }

  private static List<Variant> variants(Choice choice, List<List<Integer>> orders) {
    String question = fill(choice.getQuestionFormat(), QUESTION, choice.getQuestion(), "", "");
    List<String> labels = labels(choice);
    boolean separate = choice.getPresentation() == Presentation.SEPARATE;
    List<Variant> variants = new ArrayList<>();
    for (List<Integer> order : orders) {
      StringBuilder suffix = new StringBuilder(question);
      List<String> continuations = new ArrayList<>(order.size());
      for (int position = 0; position < order.size(); position++) {
        String option = choice.getOptions().get(order.get(position));
        String label = labels.get(position);
        if (!separate) {
          suffix.append(fill(choice.getOptionFormat(), LABEL, label, OPTION, option));
        }
        continuations.add(
            separate
                ? fill(choice.getContinuationFormat(), OPTION, option, "", "")
                : fill(choice.getContinuationFormat(), LABEL, label, "", ""));
      }
      variants.add(new Variant(order, suffix.append(choice.getCue()).toString(), continuations));
    }
    return variants;
  }

  private static List<Integer> right(Choice choice) {
    List<String> options = choice.getOptions();
    return IntStream.range(0, options.size())
        .filter(option -> choice.getGold().stream().anyMatch(gold -> options.get(gold).equals(options.get(option))))
        .boxed()
        .toList();
  }

  private static List<String> labels(Choice choice) {
    if (!choice.getLabels().isEmpty()) {
      return choice.getLabels();
    }
    return IntStream.range(0, choice.getOptions().size()).mapToObj(position -> String.valueOf((char) ('A' + position))).toList();
  }

  /** Replaces two placeholders in one pass, so that a placeholder inside a text that was filled in stays as it is; an empty one is off. */
  static String fill(String format, String first, String firstValue, String second, String secondValue) {
    StringBuilder out = new StringBuilder(format.length() + firstValue.length() + secondValue.length());
    int from = 0;
    for (int at = format.indexOf('{'); at >= 0; at = format.indexOf('{', Math.max(at + 1, from))) {
      if (format.startsWith(first, at)) {
        out.append(format, from, at).append(firstValue);
        from = at + first.length();
      } else if (!second.isEmpty() && format.startsWith(second, at)) {
        out.append(format, from, at).append(secondValue);
        from = at + second.length();
      }
    }
    return out.append(format, from, format.length()).toString();
  }
}
