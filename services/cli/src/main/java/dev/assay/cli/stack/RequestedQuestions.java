package dev.assay.cli.stack;

import dev.assay.benchmarks.BenchmarkFileException;
import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.OrderPlan;
import dev.assay.benchmarks.PromptFormat;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.gateway.evaluation.RefusedQuestionsException;
import dev.assay.gateway.evaluation.RunQuestions;
import dev.assay.gateway.evaluation.RunRequest;
import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.topology.intake.PromptRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompts of runs that clients of a gateway start: of the tasks that this machine has, written as {@code assay eval} writes them, or the
 * clients' own, judged by the intake's rules before they are taken. A client names tasks, never files.
 *
 * @param benchmarks the tasks
 */
public record RequestedQuestions(Benchmarks benchmarks) implements RunQuestions {

  private static final Logger LOG = LoggerFactory.getLogger(RequestedQuestions.class);
  private static final String ALL = "all";
  private static final int SHOWN = 20;

  @Override
  public List<Prompt> of(RunRequest request) {
    OrderPlan orders = orders(request.orders());
    return request.tasks().isEmpty() ? given(request, orders) : ofTasks(request, orders);
  }

  private static OrderPlan orders(String text) {
    try {
      return OrderPlan.parse(text);
    } catch (IllegalArgumentException e) {
      throw new RefusedQuestionsException("orders", String.valueOf(e.getMessage()));
    }
  }

  private List<Prompt> ofTasks(RunRequest request, OrderPlan orders) {
    List<String> known = benchmarks.taskNames();
    for (String name : request.tasks()) {
      if (!name.equals(ALL) && known.stream().noneMatch(task -> task.equals(name) || task.startsWith(name + "/"))) {
        throw new RefusedQuestionsException(
            "tasks",
            "there is no task '%s'; expected all, or names or beginnings of names such as %s"
                .formatted(name.length() > 100 ? name.substring(0, 100) + "…" : name, known.stream().limit(SHOWN).toList()));
      }
    }
    try {
      return benchmarks.prompts(new TaskSelector(request.tasks()), plan(request, orders)).prompts();
    } catch (BenchmarkFileException e) {
      LOG.warn("The tasks {} cannot be read", request.tasks(), e);
      throw new RefusedQuestionsException("tasks", "the files of these tasks are refused; 'assay data check' on the gateway's machine says why");
    } catch (IllegalArgumentException e) {
      throw new RefusedQuestionsException("tasks", String.valueOf(e.getMessage()));
    }
  }

  private static EvaluationPlan plan(RunRequest request, OrderPlan orders) {
    PromptFormat format;
    try {
      format = PromptFormat.of(request.format());
    } catch (IllegalArgumentException e) {
      throw new RefusedQuestionsException("format", String.valueOf(e.getMessage()));
    }
    return new EvaluationPlan(request.run(), request.models(), request.shots(), orders, request.limit(), request.seed(), format, request.maxTokens());
  }

  private static List<Prompt> given(RunRequest request, OrderPlan orders) {
    if (orders.rule() == OrderRule.PRIDE) {
      throw new RefusedQuestionsException("orders", "orders is pride, which draws the questions for its estimate from a task; expected another rule with prompts");
    }
    List<Prompt> prompts = new ArrayList<>();
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < request.given().size(); i++) {
      RunRequest.Given given = request.given().get(i);
      Prompt prompt = given.saysOrders() ? given.prompt() : arranged(given.prompt(), orders);
      String at = "prompts[%d]".formatted(i);
      PromptRules.fault(prompt)
          .ifPresent(
              fault -> {
                throw new RefusedQuestionsException(at, at + ": " + fault);
              });
      int before = counts.merge(prompt.getTask(), 1, Integer::sum) - 1;
      if (request.limit().isEmpty() || before < request.limit().getAsInt()) {
        prompts.add(prompt);
      }
    }
    return prompts;
  }

  private static Prompt arranged(Prompt prompt, OrderPlan orders) {
    // Options that are not listed have no order.
    if (prompt.getAsk() instanceof Choice choice && choice.getPresentation() == Presentation.LABELLED) {
      Choice arranged =
          Choice.newBuilder(choice).setOrders(orders.rule()).setMostOrders(orders.mostOrders()).setErrorRate(orders.errorRate()).build();
      return Prompt.newBuilder(prompt).setAsk(arranged).build();
    }
    return prompt;
  }
}
