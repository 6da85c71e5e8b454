package dev.assay.cli.plans;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.OrderPlan;
import dev.assay.benchmarks.PromptFormat;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.records.Plan;
import dev.assay.records.Prompt;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The questions of a plan, in the order in which they are asked.
 *
 * @param prompts of no run yet, for no model yet
 * @param rest what the plan leaves out of its tasks, which may be trained on
 * @param sha256 64 hex digits over all that decides how they are asked and judged
 */
public record PlanQuestions(List<Prompt> prompts, List<Prompt> rest, String sha256) {

  private static final String NO_RUN = "plan";

  /** Copies the lists. */
  public PlanQuestions {
    prompts = List.copyOf(prompts);
    rest = List.copyOf(rest);
  }

  /**
   * Reads them from the benchmarks' files.
   *
   * @throws dev.assay.benchmarks.BenchmarkFileException when a file is refused
   * @throws dev.assay.benchmarks.UnknownTaskException when the plan names a task that is not there
   * @throws IllegalArgumentException when a number makes no sense
   */
  public static PlanQuestions read(Plan plan) {
    EvaluationPlan asked =
        new EvaluationPlan(
            NO_RUN,
            List.of(),
            plan.getShots(),
            OrderPlan.parse(plan.getOrders()),
            optional(plan.getLimit()),
            plan.getSeed(),
            PromptFormat.of(plan.getFormat()),
            optional(plan.getMaxTokens()));
    List<Prompt> all = Benchmarks.open(Optional.ofNullable(plan.getData()).map(Path::of)).prompts(new TaskSelector(plan.getTasks()), asked).prompts();
    List<Prompt> drawn = AskingOrder.of(all, plan.getSeed());
    Map<String, Integer> left = new HashMap<>();
    all.forEach(prompt -> left.merge(prompt.getTask(), 1, Integer::sum));
    left.replaceAll((_, n) -> (int) Math.ceil(plan.getPart() * n));
    Map<Boolean, List<Prompt>> parts = drawn.stream().collect(Collectors.partitioningBy(prompt -> left.merge(prompt.getTask(), -1, Integer::sum) >= 0));
    MessageDigest digest = Announced.digest();
    List<Prompt> ordered = Objects.requireNonNull(parts.get(true));
    ordered.forEach(prompt -> digest.update((prompt + "\n").getBytes(StandardCharsets.UTF_8)));
    return new PlanQuestions(ordered, Objects.requireNonNull(parts.get(false)), HexFormat.of().formatHex(digest.digest()));
  }

  /** Some of them as a run asks them of a model. */
  List<Prompt> of(String run, String model, int from, int until) {
    return prompts.subList(from, until).stream().map(prompt -> Prompt.newBuilder(prompt).setRun(run).setModels(List.of(model)).build()).toList();
  }

  private static OptionalInt optional(@Nullable Integer number) {
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
