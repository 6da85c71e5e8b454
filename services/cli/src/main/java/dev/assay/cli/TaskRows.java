package dev.assay.cli;

import dev.assay.benchmarks.TrainingBatch;
import dev.assay.benchmarks.TrainingPrompt;
import dev.assay.records.Choice;
import dev.assay.records.Generate;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.Score;
import dev.assay.records.Variant;
import dev.assay.topology.intake.PromptRenderer;
import dev.assay.topology.routing.QuestionText;
import dev.assay.training.TrainingRow;
import java.util.List;

/** Rows of training data that read as a worker reads the questions of an evaluation, so that what is trained is what is asked. */
final class TaskRows {
  private TaskRows() {}

  /** The rows of training questions. */
  static List<TrainingRow> of(TrainingBatch batch) {
    return batch.prompts().stream().<TrainingRow>map(TaskRows::row).toList();
  }

  /** A multiple-choice question in its published order, followed by the right answer. */
  static TrainingRow.Answered row(Prompt prompt) {
    Variant variant = variant(prompt);
    int position = variant.getOrder().indexOf(((Choice) prompt.getAsk()).getGold().getFirst());
    return row(prompt, prompt.getPrefix() + variant.getSuffix(), variant.getContinuations().get(position));
  }

  /** What a prompt asks, with and without its options: by that it is known again. */
  static List<String> texts(Prompt prompt) {
    return prompt.getAsk() instanceof Choice choice ? List.of(choice.getQuestion(), QuestionText.of(prompt)) : List.of(QuestionText.of(prompt));
  }

  private static TrainingRow.Answered row(TrainingPrompt question) {
    Prompt prompt = question.prompt();
    return prompt.getAsk() instanceof Choice
        ? row(prompt)
        : row(prompt, prompt.getPrefix() + ((Generate) PromptRenderer.work(prompt)).getSuffix(), question.answer());
  }

  private static TrainingRow.Answered row(Prompt prompt, String text, String answer) {
    return new TrainingRow.Answered(prompt.getId() + " (" + prompt.getSource() + ")", text, answer, texts(prompt));
  }

  private static Variant variant(Prompt prompt) {
    Prompt once = Prompt.newBuilder(prompt).setAsk(Choice.newBuilder((Choice) prompt.getAsk()).setOrders(OrderRule.ONE).build()).build();
    return ((Score) PromptRenderer.work(once)).getVariants().getFirst();
  }
}
