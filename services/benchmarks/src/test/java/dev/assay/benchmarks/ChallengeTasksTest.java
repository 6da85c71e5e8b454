package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.benchmarks.perturbation.Perturbations;
import dev.assay.benchmarks.perturbation.WordLists;
import dev.assay.records.Prompt;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ChallengeTasksTest {
  private static final int BUDGET = 600;

  @Test
  void portions_ofABudgetOf600_areTheChallenges() {
    List<ChallengeTasks.Portion> portions = ChallengeTasks.portions(OptionalInt.of(BUDGET));
    Map<String, Integer> items = portions.stream().collect(Collectors.toMap(ChallengeTasks.Portion::task, p -> p.items().orElseThrow()));

    assertThat(items).hasSize(29 + 55 + 4);
    assertThat(items.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(BUDGET);
    assertThat(items)
        .containsEntry("truthfulqa", 9)
        .containsEntry("cnndm", 9)
        .containsEntry("gsm8k", 19)
        .containsEntry("bbq", 18)
        .containsEntry("mmlu/anatomy", 4)
        .containsEntry("mmlu/high_school_biology", 5)
        .containsEntry("mmlu/jurisprudence", 6)
        .containsEntry("mmlu/virology", 3)
        .containsEntry("bigbench/conceptual_combinations/emergent_properties", 3)
        .containsEntry("bigbench/conceptual_combinations/invented_words", 4)
        .containsEntry("bigbench/winowhy", 19)
        .containsEntry("bigbench/auto_debugging", 18);
    assertThat(portions).filteredOn(ChallengeTasks.Portion::perturbed).hasSize(55).allMatch(p -> p.task().startsWith("mmlu/") && p.shots() == 5);
  }

  @Test
  void portions_ofAnyBudget_spendIt() {
    for (int budget : List.of(200, 333, 601, 5000)) {
      assertThat(ChallengeTasks.portions(OptionalInt.of(budget)).stream().mapToInt(p -> p.items().orElseThrow()).sum()).isEqualTo(budget);
    }
    assertThatIllegalArgumentException().isThrownBy(() -> ChallengeTasks.portions(OptionalInt.of(50))).withMessageContaining("50 questions");
  }

  @Test
  void prompts_ofTheFilesAtHand_perturbMmluAlone_andNameWhatIsAbsent() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    ChallengeTasks tasks =
        ChallengeTasks.of(
            benchmarks,
            EvaluationPlan.of("r", List.of()),
            OptionalInt.of(BUDGET),
            Perturbations.parse("canonical", new WordLists(Optional.of(SharedData.lists()))));
    List<Prompt> published = tasks.prompts().prompts().stream().filter(prompt -> prompt.getPerturbation() == null).toList();
    List<Prompt> copies = tasks.prompts().prompts().stream().filter(prompt -> prompt.getPerturbation() != null).toList();

    // The 29 tasks of BIG-bench are not here.
    assertThat(tasks.absent()).hasSize(29).allMatch(task -> task.startsWith("bigbench/"));
    assertThat(published).hasSize(BUDGET - tasks.unasked());
    assertThat(published.stream().filter(prompt -> prompt.getTask().startsWith("bbq/"))).hasSize(18);
    assertThat(copies).hasSizeGreaterThan(400).allMatch(prompt -> prompt.getTask().startsWith("mmlu/"));
    assertThat(published.stream().filter(prompt -> prompt.getTask().equals("mmlu/anatomy")).findFirst().orElseThrow().getPrefix().split("Question: ", -1))
        .hasSize(1 + 5);
  }
}
