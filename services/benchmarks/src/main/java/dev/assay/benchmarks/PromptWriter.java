package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Instance;
import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.records.Perturbed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns questions and their wording into prompt records. */
final class PromptWriter {
  private PromptWriter() {}

  /** The prompt of each question, and after it its perturbed copies; a perturbation that leaves the text as it is makes no copy. */
  static List<Prompt> write(TaskQuestions read, TaskPrompts task, EvaluationPlan plan, List<Perturbation> perturbations) {
    Map<List<Question>, String> prefixes = new HashMap<>();
    List<Prompt> prompts = new ArrayList<>();
    for (AskedQuestion asked : task.asked()) {
      String prefix = prefixes.computeIfAbsent(asked.examples(), task.style()::prefix);
      prompts.add(prompt(read, asked.question(), task.style(), prefix, plan).build());
      Instance instance = new Instance(asked.instance(), asked.question().text(), asked.question().answers());
      for (Perturbation perturbation : perturbations) {
        Instance perturbed = perturbation.apply(instance);
        if (!perturbed.text().equals(instance.text())) {
          prompts.add(
              prompt(read, asked.question().perturbed(perturbation.name(), perturbed), task.style(), prefix, plan)
                  .setPerturbation(
                      new Perturbed(perturbation.name(), perturbation.family(), asked.question().id(), perturbation.seed(instance)))
                  .build());
        }
      }
    }
    return prompts;
  }

  private static Prompt.Builder prompt(TaskQuestions read, Question question, PromptStyle style, String prefix, EvaluationPlan plan) {
    Object ask =
        switch (question) {
          case ChoiceQuestion choice -> choice(choice, style, plan);
          case TextQuestion text -> generation(text, style, plan);
        };
    return Prompt.newBuilder()
        .setId(question.id())
        .setRun(plan.run())
        .setTask(read.files().task())
        .setTaskType(read.taskType())
        .setModels(plan.models())
        .setPrefix(prefix)
        .setAsk(ask)
        .setSeed(plan.seed())
        .setSource(question.source().toString());
  }

  private static Choice choice(ChoiceQuestion question, PromptStyle style, EvaluationPlan plan) {
    boolean labelled = style.presentation() == Presentation.LABELLED;
    return Choice.newBuilder()
        .setQuestion(question.text())
        .setOptions(question.options())
        .setGold(question.gold())
        .setPresentation(style.presentation())
        .setOrders(labelled ? plan.orders().rule() : OrderRule.ONE)
        .setMostOrders(labelled ? plan.orders().mostOrders() : 0)
        .setErrorRate(plan.orders().errorRate())
        .setQuestionFormat(style.lead() + "{question}" + style.end())
        .setOptionFormat(PromptStyle.OPTION_FORMAT)
        .setCue(style.cue())
        .setContinuationFormat(style.answerLead() + (labelled ? "{label}" : "{option}"))
        .build();
  }

  private static Generation generation(TextQuestion question, PromptStyle style, EvaluationPlan plan) {
    PromptStyle.Generating generating = style.generating();
    return Generation.newBuilder()
        .setInput(style.input(question))
        .setReferences(question.references())
        .setMetrics(generating.metrics())
        .setMaxTokens(Math.min(generating.maxTokens(), plan.maxTokensCap().orElse(Integer.MAX_VALUE)))
        .setStop(generating.stop())
        .setTemperature(generating.temperature())
        .build();
  }
}
