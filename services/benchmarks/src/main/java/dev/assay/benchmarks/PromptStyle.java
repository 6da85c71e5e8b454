package dev.assay.benchmarks;

import dev.assay.records.Presentation;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How one benchmark words its prompts: {@code instructions}, then for each worked example {@code lead text end options cue answerLead
 * answer blockEnd}, then the question asked, up to its cue.
 *
 * @param instructions text before everything, with its own line ends
 * @param lead before the question
 * @param end after the question
 * @param cue asks for the answer
 * @param answerLead between cue and answer; part of what a choice's continuation begins with
 * @param blockEnd after a worked example
 * @param presentation whether options are listed under letters
 * @param generating how answers are generated and scored, for questions answered by text
 */
record PromptStyle(
    String instructions,
    String lead,
    String end,
    String cue,
    String answerLead,
    String blockEnd,
    Presentation presentation,
    Generating generating) {
  /** How an option is listed: HELM's {@code reference_prefix} and lm-evaluation-harness's MMLU template agree. */
  static final String OPTION_FORMAT = "{label}. {option}\n";

  /**
   * @param maxTokens most tokens to generate
   * @param stop texts that end the generation
   * @param temperature 0 is greedy
   * @param metrics names of the text metrics
   */
  record Generating(int maxTokens, List<String> stop, double temperature, List<String> metrics) {
    Generating {
      stop = List.copyOf(stop);
      metrics = List.copyOf(metrics);
    }
  }

  /** Instructions and worked examples: what all prompts of the task share. */
  String prefix(List<Question> examples) {
    return instructions + examples.stream().map(this::block).collect(Collectors.joining());
  }

  /** The question as asked, up to its cue; for questions answered by text. */
  String input(TextQuestion question) {
    return lead + question.text() + end + cue;
  }

  /** What follows a question's cue where it is answered rightly. */
  String answer(Question question) {
    return answerLead
        + switch (question) {
          case TextQuestion text -> text.references().getFirst();
          case ChoiceQuestion choice -> {
            int gold = choice.gold().getFirst();
            yield presentation == Presentation.LABELLED ? letter(gold) : choice.options().get(gold);
          }
        };
  }

  private String block(Question example) {
    return switch (example) {
      case TextQuestion text -> input(text) + answer(text) + blockEnd;
      case ChoiceQuestion choice -> block(choice);
    };
  }

  private String block(ChoiceQuestion choice) {
    StringBuilder block = new StringBuilder(lead).append(choice.text()).append(end);
    if (presentation == Presentation.LABELLED) {
      for (int i = 0; i < choice.options().size(); i++) {
        block.append(letter(i)).append(". ").append(choice.options().get(i)).append('\n');
      }
    }
    return block.append(cue).append(answer(choice)).append(blockEnd).toString();
  }

  private static String letter(int index) {
    return Character.toString('A' + index);
  }
}
