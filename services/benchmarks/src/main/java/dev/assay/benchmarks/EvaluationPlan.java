package dev.assay.benchmarks;

import dev.assay.records.OrderRule;
import java.util.List;
import java.util.OptionalInt;

/**
 * How the questions of a run are asked.
 *
 * @param run name of the run
 * @param models names of the models asked; empty leaves it to the intake
 * @param shots most worked examples in a prompt, 0 or more; a task whose files hold fewer gets those it has
 * @param orders arrangements of each question's options that are asked
 * @param limit most questions a task, 1 or more; empty asks all
 * @param seed seed of the worked examples (HELM's train trial) and of the prompts
 * @param maxTokensCap upper bound of what a generated answer may take, 1 or more; empty leaves the benchmark's own
 */
public record EvaluationPlan(
    String run,
    List<String> models,
    int shots,
    OrderPlan orders,
    OptionalInt limit,
    long seed,
    PromptFormat format,
    OptionalInt maxTokensCap) {
  /** Copies the list and refuses what makes no sense. */
  public EvaluationPlan {
    models = List.copyOf(models);
    if (!run.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new IllegalArgumentException("run \"" + run + "\"; expected 1 to 100 letters, digits and . _ -");
    }
    if (shots < 0) {
      throw new IllegalArgumentException("shots must be 0 or more; got " + shots);
    }
    if (limit.isPresent() && limit.getAsInt() < 1) {
      throw new IllegalArgumentException("limit must be 1 or more; got " + limit.getAsInt());
    }
    if (maxTokensCap.isPresent() && maxTokensCap.getAsInt() < 1) {
      throw new IllegalArgumentException("maxTokensCap must be 1 or more; got " + maxTokensCap.getAsInt());
    }
  }

  /** A plan with a rule and the rule's usual number. */
  public EvaluationPlan(
      String run, List<String> models, int shots, OrderRule orders, OptionalInt limit, long seed, PromptFormat format, OptionalInt maxTokensCap) {
    this(run, models, shots, OrderPlan.of(orders), limit, seed, format, maxTokensCap);
  }

  /** All questions, published order, HELM's format, no worked examples. */
  public static EvaluationPlan of(String run, List<String> models) {
    return new EvaluationPlan(run, models, 0, OrderRule.ONE, OptionalInt.empty(), 0, PromptFormat.HELM, OptionalInt.empty());
  }
}
