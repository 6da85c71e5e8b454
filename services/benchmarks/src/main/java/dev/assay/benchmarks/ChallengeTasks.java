package dev.assay.benchmarks;

import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.records.Prompt;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;

/**
 * The tasks of the NeurIPS 2023 LLM efficiency challenge, whole or within a budget of questions that is split evenly over its 33 groups of
 * tasks and within each group over its tasks. Source: {@code run_specs_full_coarse_600_budget.conf} of the challenge's repository, whose
 * numbers a budget of 600 gives exactly. HELM asks BIG-bench with 0, 1, 2 and 3 worked examples; here it is asked with 3.
 *
 * @param prompts the prompts of the tasks that are there, MMLU's each followed by its perturbed copies
 * @param absent tasks that the data folder does not have
 * @param unasked questions of the budget that these would have had; 0 without a budget
 */
public record ChallengeTasks(PromptBatch prompts, List<String> absent, int unasked) {
  /** What stands for these tasks on the command line. */
  public static final String NAME = "challenge";

  private static final String RESOURCE = "challenge.csv";
  private static final String BBQ = Benchmark.BBQ.label();

  /** Copies the list. */
  public ChallengeTasks {
    absent = List.copyOf(absent);
  }

  /**
   * A task's part.
   *
   * @param items most questions; empty asks all
   */
  record Portion(String task, OptionalInt items, int shots, boolean perturbed) {}

  private record Entry(String task, int shots, boolean perturbed) {}

  /**
   * @param more whether it is among the first to get one of the questions that an even split leaves over
   */
  private record Group(List<Entry> entries, boolean more) {}

  /**
   * The prompts of the challenge.
   *
   * @param plan how they are asked; its shots and its limit do not count, the challenge has its own
   * @param budget about how many questions, copies not counted; empty asks all
   * @param perturbations applied to MMLU
   * @throws IllegalArgumentException when the budget is too small for the tasks
   * @throws BenchmarkFileException when a file is refused
   */
  public static ChallengeTasks of(Benchmarks benchmarks, EvaluationPlan plan, OptionalInt budget, List<Perturbation> perturbations) {
    List<Prompt> prompts = new ArrayList<>();
    List<TaskCount> counts = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    int unasked = 0;
    for (Portion portion : portions(budget)) {
      List<Portion> there = there(benchmarks, portion);
      if (there.isEmpty()) {
        absent.add(portion.task());
        unasked += portion.items().orElse(0);
      }
      for (Portion part : there) {
        PromptBatch batch = benchmarks.prompts(TaskSelector.parse(part.task()), of(plan, part), part.perturbed() ? perturbations : List.of());
        prompts.addAll(batch.prompts());
        counts.addAll(batch.counts());
      }
    }
    return new ChallengeTasks(new PromptBatch(prompts, counts), absent, unasked);
  }

  /** The tasks and how much of each. */
  static List<Portion> portions(OptionalInt budget) {
    List<Group> groups = groups();
    if (budget.isEmpty()) {
      return groups.stream().flatMap(group -> group.entries().stream()).map(entry -> portion(entry, OptionalInt.empty())).toList();
    }
    int[] shares = shares(groups, budget.getAsInt());
    List<Portion> portions = new ArrayList<>();
    for (int g = 0; g < shares.length; g++) {
      List<Entry> entries = groups.get(g).entries();
      int[] items = split(shares[g], entries.size());
      for (int i = 0; i < items.length; i++) {
        if (items[i] < 1) {
          throw new IllegalArgumentException(
              "a budget of %d questions leaves none for %s; expected about 200 or more".formatted(budget.getAsInt(), entries.get(i).task()));
        }
        portions.add(portion(entries.get(i), OptionalInt.of(items[i])));
      }
    }
    return portions;
  }

  private static Portion portion(Entry entry, OptionalInt items) {
    return new Portion(entry.task(), items, entry.shots(), entry.perturbed());
  }

  private static int[] shares(List<Group> groups, int budget) {
    int[] shares = new int[groups.size()];
    int left = budget % shares.length;
    for (boolean more : List.of(true, false)) {
      for (int g = 0; g < shares.length; g++) {
        if (groups.get(g).more() == more) {
          shares[g] = budget / shares.length + (left > 0 ? 1 : 0);
          left--;
        }
      }
    }
    return shares;
  }

  /** Even parts, of which the last are larger by one where it does not come out even. */
  private static int[] split(int whole, int parts) {
    int[] split = new int[parts];
    for (int i = 0; i < parts; i++) {
      split[i] = whole / parts + (i >= parts - whole % parts ? 1 : 0);
    }
    return split;
  }

  /** The task as the data folder has it: BBQ category by category, each with its part of the questions; none when it is not there. */
  private static List<Portion> there(Benchmarks benchmarks, Portion portion) {
    List<String> tasks =
        benchmarks.taskNames().stream().filter(task -> portion.task().equals(BBQ) ? task.startsWith(BBQ + "/") : task.equals(portion.task())).toList();
    if (portion.items().isEmpty()) {
      return tasks.stream().map(task -> new Portion(task, OptionalInt.empty(), portion.shots(), portion.perturbed())).toList();
    }
    List<Portion> parts = new ArrayList<>();
    int[] items = tasks.isEmpty() ? new int[0] : split(portion.items().getAsInt(), tasks.size());
    for (int i = 0; i < items.length; i++) {
      if (items[i] > 0) {
        parts.add(new Portion(tasks.get(i), OptionalInt.of(items[i]), portion.shots(), portion.perturbed()));
      }
    }
    return parts;
  }

  private static EvaluationPlan of(EvaluationPlan plan, Portion portion) {
    return new EvaluationPlan(
        plan.run(), plan.models(), portion.shots(), plan.orders(), portion.items(), plan.seed(), plan.format(), plan.maxTokensCap());
  }

  private static List<Group> groups() {
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();
    Map<String, List<Entry>> entries = new LinkedHashMap<>();
    Map<String, Boolean> more = new LinkedHashMap<>();
    try (Reader in = new InputStreamReader(Objects.requireNonNull(ChallengeTasks.class.getResourceAsStream(RESOURCE)), StandardCharsets.UTF_8);
        CSVParser rows = CSVParser.builder().setFormat(format).setReader(in).get()) {
      rows.forEach(
          row -> {
            entries
                .computeIfAbsent(row.get("group"), _ -> new ArrayList<>())
                .add(new Entry(row.get("task"), Integer.parseInt(row.get("shots")), row.get("perturbed").equals("yes")));
            more.put(row.get("group"), row.get("more").equals("yes"));
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
    }
    return entries.entrySet().stream().map(entry -> new Group(entry.getValue(), more.getOrDefault(entry.getKey(), false))).toList();
  }
}
