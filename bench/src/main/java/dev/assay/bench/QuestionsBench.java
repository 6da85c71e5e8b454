package dev.assay.bench;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.benchmarks.perturbation.Instance;
import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.benchmarks.perturbation.Perturbations;
import dev.assay.benchmarks.perturbation.WordLists;
import dev.assay.records.Choice;
import dev.assay.records.Prompt;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Reads MMLU, BBQ and GSM8K into prompts, then perturbs every MMLU question in every way: seconds, and processor seconds, which load does not lengthen. */
@Command(name = "questions", mixinStandardHelpOptions = true)
public final class QuestionsBench implements Callable<Integer> {

  private static final double NANOS = 1e9;
  private static final String EVERY_KIND =
      "lowercase,contraction,expansion,space_max3,extra_space2,misspelling_0.1,misspelling_0.5,misspelling_1.0,typos_0.1,mild_mix,"
          + "filler_0.3_nospeaker,gender_pronouns_male_female_1.0,gender_terms_male_female_1.0,gender_pronouns_bidirectional_1.0,"
          + "dialect_SAE_AAVE_1.0,person_name_white_black_1.0,person_name_white_black_0.5_nogender,synonym_0.5";

  @Option(names = "--data", required = true, description = "folder with the benchmarks")
  private Path data = Path.of("");

  @Option(names = "--lists", required = true, description = "folder with the word lists")
  private Path lists = Path.of("");

  @Option(names = "--json", description = "where to write the figures")
  private @Nullable Path json;

  private QuestionsBench() {}

  /** Runs the benchmark. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new QuestionsBench()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Report report = new Report("questions");
    List<Prompt> prompts =
        timed(report, "reading MMLU, BBQ and GSM8K", "5 s", () -> prompts("mmlu,bbq,gsm8k"));
    report.figure("prompts read", prompts.size(), "prompts");
    List<Instance> questions = instances(prompts("mmlu"));
    List<Perturbation> perturbations = Perturbations.parse(EVERY_KIND, new WordLists(Optional.of(lists)));
    long changed = timed(report, "perturbing MMLU in every way", "60 s", () -> changed(questions, perturbations));
    report.figure("MMLU questions", questions.size(), "questions").figure("perturbations", perturbations.size(), "");
    report.figure("texts that changed", (double) changed, "texts").figure("machine's load, last minute", Load.machine(), "runnable threads");
    report.publish(json);
    return 0;
  }

  private List<Prompt> prompts(String tasks) {
    return Benchmarks.open(Optional.of(data)).prompts(TaskSelector.parse(tasks), EvaluationPlan.of("questions", List.of())).prompts();
  }

  private static List<Instance> instances(List<Prompt> prompts) {
    List<Instance> instances = new ArrayList<>();
    for (Prompt prompt : prompts) {
      Choice choice = (Choice) prompt.getAsk();
      instances.add(new Instance("id" + instances.size(), choice.getQuestion(), choice.getOptions()));
    }
    return instances;
  }

  private static long changed(List<Instance> questions, List<Perturbation> perturbations) {
    return questions.parallelStream()
        .mapToLong(question -> perturbations.stream().filter(each -> !each.apply(question).text().equals(question.text())).count())
        .sum();
  }

  private static <T> T timed(Report report, String what, String target, Callable<T> work) throws IOException {
    long begin = System.nanoTime();
    long used = processorNanos();
    T done;
    try {
      done = work.call();
    } catch (Exception e) {
      throw new IOException(what + " failed", e);
    }
    report.figure(what, (System.nanoTime() - begin) / NANOS, "s", target);
    report.figure(what + ", processors", (processorNanos() - used) / NANOS, "s of all cores");
    return done;
  }

  private static long processorNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }
}
