package dev.assay.benchmarks.perturbation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.benchmarks.SharedData;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import net.sf.extjwnl.data.POS;
import org.junit.jupiter.api.Test;

/** Against what crfm-helm and nltk make of this project's own sentences (src/test/resources/helm, with the script that made it). */
class OwnVectorsTest {
  private static final Map<String, POS> PARTS_OF_SPEECH = Map.of("n", POS.NOUN, "v", POS.VERB, "s", POS.ADJECTIVE, "r", POS.ADVERB);

  @Test
  void everyPerturbationOfEverySentenceIsHelms() throws URISyntaxException {
    WordLists lists = new WordLists(Optional.of(Path.of(OwnVectorsTest.class.getResource("/helm/lists").toURI())));
    JsonNode cases = SharedData.resource("/helm/perturbations.json").get("cases");
    assertThat(cases).hasSize(19);
    Map<String, Perturbation> made = new HashMap<>();
    for (JsonNode each : cases) {
      HelmCase.of(each).verify(lists, made);
    }
  }

  @Test
  void synonymsAreThoseThatNltkFinds() {
    JsonNode words = SharedData.resource("/helm/synonyms.json");
    assertThat(words).hasSize(46);
    for (JsonNode each : words) {
      String word = each.get("word").textValue();
      List<String> found = Thesaurus.wordNet().synonyms(word, PARTS_OF_SPEECH.get(each.get("pos").textValue()));
      assertThat(found).as(each.get("pos") + " " + word).isEqualTo(HelmCase.texts(each.get("synonyms")));
    }
  }

  @Test
  void synonymsKeepWhatStandsBetweenWords_andAreTheSameAgain() {
    String text = "  The tired\tdogs don't bark —\n\nsilently, they SLEEP.";
    Perturbation synonym = Perturbations.of("synonym_1.0", new WordLists(Optional.empty()));
    Instance once = synonym.apply(new Instance("id3", text, List.of("dogs")));
    assertThat(once).isEqualTo(synonym.apply(new Instance("id3", text, List.of("dogs"))));
    assertThat(once.references()).containsExactly("dogs");
    assertThat(once.text()).startsWith("  The ").contains("\t", " —\n\n", "don't", ", they ").endsWith(".").isNotEqualTo(text);
    assertThat(once.text().toLowerCase(Locale.ROOT)).doesNotContain("tired", "silently");
    assertThat(Perturbations.of("synonym_0", new WordLists(Optional.empty())).apply(new Instance("id3", text, List.of())).text()).isEqualTo(text);
  }
}
