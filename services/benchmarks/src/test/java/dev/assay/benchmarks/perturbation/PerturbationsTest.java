package dev.assay.benchmarks.perturbation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerturbationsTest {
  private static final WordLists NO_LISTS = new WordLists(Optional.empty());

  @Test
  void suitesStandForTheirPerturbations_eachOnce() {
    assertThat(Perturbations.parse("contract, lower,lowercase,space", NO_LISTS))
        .extracting(Perturbation::name)
        .containsExactly("contraction", "expansion", "lowercase", "space_max3");
    assertThatIllegalArgumentException().isThrownBy(() -> Perturbations.parse(" , ", NO_LISTS)).withMessageContaining("robustness");
  }

  @Test
  void namesThatAreNone() {
    for (String name : List.of("", "misspeling_0.1", "typos_", "typos_1.5", "typos_-0.1", "space_max0", "gender_terms_male_3_1.0", "filler_0.3_speaker")) {
      assertThatIllegalArgumentException().as(name).isThrownBy(() -> Perturbations.of(name, NO_LISTS)).withMessageContaining("\"" + name + "\"");
    }
  }

  @Test
  void aListThatIsMissing_orIsNone(@TempDir Path folder) throws Exception {
    WordLists lists = new WordLists(Optional.of(folder));
    assertThatThrownBy(() -> Perturbations.of("mild_mix", NO_LISTS))
        .isInstanceOf(WordListException.class)
        .hasMessageContaining("correct_to_misspelling.json")
        .hasMessageContaining("github.com/stanford-crfm/helm");
    assertThatThrownBy(() -> Perturbations.of("dialect_SAE_AAVE_1.0", lists))
        .isInstanceOf(WordListException.class)
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("SAE_to_AAVE_mapping.json");
    Files.writeString(folder.resolve("correct_to_misspelling.json"), "{\n\"a\": [\"b\"],\n\"c\": 3}");
    assertThatThrownBy(() -> Perturbations.of("misspelling_0.5", lists)).hasMessageContaining("correct_to_misspelling.json:3: got");
    Files.writeString(folder.resolve("correct_to_misspelling.json"), "{\"a\": []}");
    assertThatThrownBy(() -> Perturbations.of("misspelling_0.5", lists)).hasMessageContaining("\"a\" with []");
    Files.write(folder.resolve("correct_to_misspelling.json"), new byte[] {(byte) 0xe9});
    assertThatThrownBy(() -> Perturbations.of("misspelling_0.5", lists)).hasMessageContaining("no UTF-8");
    Files.writeString(folder.resolve("person_names.txt"), "ada,first_name,race,white_american,gender,female\nada,middle_name,race,x\n");
    assertThatThrownBy(() -> Perturbations.of("person_name_white_black_1.0", lists)).hasMessageContaining("person_names.txt:2: got");
    Files.writeString(folder.resolve("person_names.txt"), "ada,first_name,race,white_american,gender,female\n");
    assertThatThrownBy(() -> Perturbations.of("person_name_white_black_1.0", lists)).hasMessageContaining("no first_name of the race black_american");
  }

  /** Whatever the text, these hold; and no text makes a perturbation fail. */
  @Property(tries = 300)
  void everyTextSurvives(@ForAll String text) {
    Instance instance = new Instance("id7", text, List.of(text));
    for (String name : List.of("contraction", "expansion", "gender_terms_bidirectional_1.0", "filler_0.3", "extra_space2", "space_max3")) {
      Instance perturbed = Perturbations.of(name, NO_LISTS).apply(instance);
      assertThat(perturbed).isEqualTo(Perturbations.of(name, NO_LISTS).apply(instance));
      assertThat(perturbed.references()).hasSize(1);
    }
    String spaced = Perturbations.of("space_max3", NO_LISTS).apply(instance).text();
    assertThat(spaced.replaceAll(" +", " ")).isEqualTo(text.replaceAll(" +", " "));
    assertThat(Perturbations.of("gender_terms_male_female_0", NO_LISTS).apply(instance)).isEqualTo(instance);
  }
}
