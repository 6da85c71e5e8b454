package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.records.Choice;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BenchmarksTest {
  private static EvaluationPlan plan(PromptFormat format, OptionalInt limit) {
    return new EvaluationPlan("r", List.of(), 5, OrderRule.ALL, limit, 0, format, OptionalInt.empty());
  }

  @Test
  void readsEverythingThatIsPublished() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    Map<Benchmark, Integer> questions = new HashMap<>();
    for (TaskListing listing : benchmarks.list()) {
      assertThat(listing.problem()).as(listing.task()).isEmpty();
      if (!listing.task().startsWith(Starter.PREFIX)) {
        questions.merge(listing.benchmark(), listing.questions(), Integer::sum);
      }
    }
    assertThat(questions)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                Benchmark.MMLU, 14_042, Benchmark.TRUTHFULQA, 817, Benchmark.TRUTHFULQA_MC2, 817, Benchmark.BBQ, 11_956, Benchmark.CNNDM, 100, Benchmark.GSM8K, 1_319,
                Benchmark.BIGBENCH_HARD, 6_511));
    assertThat(benchmarks.missing()).containsExactly("bigbench");
    assertThat(benchmarks.check()).hasSizeGreaterThan(57 * 2 + 27).allSatisfy(c -> assertThat(c.problem()).as(c.file()).isEmpty());
  }

  /** CPU time of the reading thread, which a busy machine does not lengthen; it takes about a fifth of the bound. */
  @Test
  void readsThousandsOfRowsFast() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    long start = System.nanoTime();
    long cpu = thread.getCurrentThreadCpuTime();
    PromptBatch batch = benchmarks.prompts(TaskSelector.parse("mmlu,bbq,gsm8k"), plan(PromptFormat.HELM, OptionalInt.empty()));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    Duration used = Duration.ofNanos(thread.getCurrentThreadCpuTime() - cpu);
    System.out.printf("MMLU, BBQ and GSM8K: %d prompts in %d ms, %d ms of CPU time%n", batch.prompts().size(), took.toMillis(), used.toMillis());
    // BBQ asks at most 1,000 of each category: five of them, and the 864 of the sixth.
    assertThat(batch.prompts()).hasSize(14_042 + 5 * 1_000 + 864 + 1_319).extracting(Prompt::getId).doesNotHaveDuplicates();
    assertThat(used).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void promptsAreWellFormedInBothFormats() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    for (PromptFormat format : PromptFormat.values()) {
      PromptBatch batch = benchmarks.prompts(TaskSelector.parse("all"), plan(format, OptionalInt.of(20)));
      assertThat(new HashSet<>(batch.prompts().stream().map(Prompt::getId).toList())).hasSameSizeAs(batch.prompts());
      assertThat(batch.counts()).allSatisfy(count -> assertThat(count.prompts()).isEqualTo(20));
      for (Prompt prompt : batch.prompts()) {
        assertThat(prompt.getId()).startsWith(prompt.getTask() + "/").hasSizeLessThanOrEqualTo(200);
        if (prompt.getAsk() instanceof Choice choice) {
          boolean separate = choice.getPresentation() == Presentation.SEPARATE;
          OrderRule expected = separate ? OrderRule.ONE : OrderRule.ALL;
          assertThat(choice.getOrders()).as(prompt.getId()).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void sourceNamesTheLineOfTheFile() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    Prompt prompt = benchmarks.prompts(TaskSelector.parse("mmlu/anatomy"), EvaluationPlan.of("r", List.of())).prompts().get(12);
    assertThat(prompt.getId()).isEqualTo("mmlu/anatomy/test/12");
    // Row 12 stands on line 14: the header is line 1.
    assertThat(prompt.getSource()).isEqualTo("anatomy_test.csv:14");
  }

  @Test
  void selectorsMeanTasksAndBeginningsUpToASlash() {
    Benchmarks benchmarks = Benchmarks.open(Optional.empty());
    EvaluationPlan plan = EvaluationPlan.of("r", List.of());
    assertThat(tasks(benchmarks, "starter/mmlu", plan)).hasSize(5);
    assertThat(tasks(benchmarks, "all", plan)).isEqualTo(tasks(benchmarks, "starter", plan)).hasSize(13);
    assertThat(tasks(benchmarks, "starter/gsm8k, starter/bbq/age, starter/bbq", plan))
        .containsExactly("starter/gsm8k", "starter/bbq/age", "starter/bbq/nationality");
    assertThatIllegalArgumentException().isThrownBy(() -> TaskSelector.parse(" , "));
  }

  private static List<String> tasks(Benchmarks benchmarks, String selector, EvaluationPlan plan) {
    return benchmarks.prompts(TaskSelector.parse(selector), plan).counts().stream().map(TaskCount::task).toList();
  }

  @Test
  void unknownTasksListTheNearest() {
    Benchmarks benchmarks = Benchmarks.open(Optional.empty());
    EvaluationPlan plan = EvaluationPlan.of("r", List.of());
    Stream.of("gsm8k", "starter/gsm8", "mmlu/astronmy", "nonsense")
        .forEach(
            name ->
                assertThatExceptionOfType(UnknownTaskException.class)
                    .isThrownBy(() -> benchmarks.prompts(TaskSelector.parse(name), plan))
                    .withMessageContaining("\"" + name + "\"")
                    .withMessageContaining("did you mean"));
    assertThatExceptionOfType(UnknownTaskException.class)
        .isThrownBy(() -> benchmarks.prompts(TaskSelector.parse("mmlu/astronmy"), plan))
        .withMessageContaining("starter/mmlu/astronomy");
  }

  @Test
  void aMissingDataFolderIsRefused() {
    assertThatExceptionOfType(BenchmarkFileException.class)
        .isThrownBy(() -> Benchmarks.open(Optional.of(Path.of("no-such-folder"))))
        .withMessageContaining("no such folder");
  }
}
