package dev.assay.benchmarks;

import java.util.List;

/** The prompts of a user's own benchmark: as its file words them, questions and worked examples in its order. */
final class OwnFormat {
  private OwnFormat() {}

  static TaskPrompts prompts(TaskQuestions task, OwnWording wording, EvaluationPlan plan) {
    List<Question> examples = task.examples().subList(0, Math.min(plan.shots(), task.examples().size()));
    List<AskedQuestion> asked =
        task.rows().stream()
            .limit(plan.limit().orElse(Integer.MAX_VALUE))
            .map(question -> new AskedQuestion(question, question.id(), examples))
            .toList();
    return new TaskPrompts(asked, wording.style(), plan.format());
  }
}
