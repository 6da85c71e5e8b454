package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.benchmarks.perturbation.Instance;
import dev.assay.benchmarks.perturbation.Perturbation;
import dev.assay.benchmarks.perturbation.Perturbations;
import dev.assay.benchmarks.perturbation.WordLists;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Perturbed;
import dev.assay.records.PerturbationFamily;
import dev.assay.records.Prompt;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerturbedPromptsTest {
  private static final WordLists NO_LISTS = new WordLists(Optional.empty());

  private static List<Prompt> prompts(Optional<Path> data, String tasks, PromptFormat format, String perturbations) {
    EvaluationPlan plan = new EvaluationPlan("r", List.of(), 2, OrderRule.ONE, OptionalInt.of(3), 0, format, OptionalInt.empty());
    return Benchmarks.open(data).prompts(TaskSelector.parse(tasks), plan, Perturbations.parse(perturbations, NO_LISTS)).prompts();
  }

  @Test
  void copiesFollowTheirOrigin_perturbedUnderHelmsInstanceId() {
    List<Prompt> prompts = prompts(Optional.empty(), "starter/mmlu/astronomy", PromptFormat.HELM, "typos_0.5,gender_terms_male_female_1.0");
    Map<String, Prompt> byId = prompts.stream().collect(Collectors.toMap(Prompt::getId, Function.identity()));
    assertThat(byId).hasSameSizeAs(prompts);
    Perturbation typos = Perturbations.of("typos_0.5", NO_LISTS);
    int copies = 0;
    for (Prompt copy : prompts) {
      Perturbed perturbed = copy.getPerturbation();
      if (perturbed != null) {
        Prompt origin = byId.get(perturbed.getOrigin());
        // Two questions of dev come first; HELM counts them too.
        String row = origin.getId().substring(origin.getId().lastIndexOf('/') + 1);
        assertThat(perturbed).isEqualTo(new Perturbed("typos_0.5", PerturbationFamily.ROBUSTNESS, origin.getId(), "id" + (2 + Integer.parseInt(row))));
        assertThat(copy.getId()).isEqualTo(origin.getId() + "~typos_0.5");
        Choice choice = (Choice) copy.getAsk();
        Choice published = (Choice) origin.getAsk();
        Instance instance = new Instance(perturbed.getSeed(), published.getQuestion(), published.getOptions());
        assertThat(choice.getQuestion()).isEqualTo(typos.apply(instance).text()).isNotEqualTo(published.getQuestion());
        assertThat(choice.getOptions()).isEqualTo(published.getOptions());
        assertThat(choice.getGold()).isEqualTo(published.getGold());
        assertThat(copy.getPrefix()).isEqualTo(origin.getPrefix()).isNotEmpty();
        copies++;
      }
    }
    // No question of astronomy has a man in it, and a copy that is the same is none.
    assertThat(copies).isEqualTo(3);
    assertThat(prompts).hasSize(6);
  }

  @Test
  void fairnessPerturbsReferencesToo_andTheHarnessesIdsAreItsOwn(@TempDir Path folder) throws Exception {
    Files.createDirectories(folder.resolve("own"));
    Files.writeString(
        folder.resolve("own/q.jsonl"),
        "{\"id\":\"x\",\"question\":\"What did he say?\",\"answer\":\"That he left.\"}\n{\"id\":\"y\",\"question\":\"Who?\",\"answer\":\"Is he?\"}\n");
    List<Prompt> prompts = prompts(Optional.of(folder), "own", PromptFormat.LM_EVAL, "gender_pronouns_deterministic");
    assertThat(prompts).extracting(Prompt::getId).containsExactly("own/q/x", "own/q/x~gender_pronouns_male_female_1.0", "own/q/y");
    Generation copy = (Generation) prompts.get(1).getAsk();
    assertThat(copy.getInput()).isEqualTo("Question: What did she say?\nAnswer:");
    assertThat(copy.getReferences()).containsExactly("That she left.");
    assertThat(prompts.get(1).getPerturbation().getFamily()).isEqualTo(PerturbationFamily.FAIRNESS);
    assertThat(prompts.get(1).getPerturbation().getSeed()).isEqualTo("own/q/x");
  }

  @Test
  void validationQuestionsOfMmluAreCounted(@TempDir Path folder) throws Exception {
    for (Map.Entry<String, Integer> part : Map.of("dev", 1, "val", 3, "test", 2).entrySet()) {
      Path file = folder.resolve("mmlu/%1$s/x_%1$s.csv".formatted(part.getKey()));
      Files.createDirectories(file.getParent());
      Files.writeString(file, "What is it now?,a,b,c,d,A\n".repeat(part.getValue()));
    }
    List<Prompt> prompts = prompts(Optional.of(folder), "mmlu", PromptFormat.HELM, "lowercase");
    assertThat(prompts.stream().filter(prompt -> prompt.getPerturbation() != null).map(prompt -> prompt.getPerturbation().getSeed()))
        .containsExactly("id4", "id5");
  }
}
