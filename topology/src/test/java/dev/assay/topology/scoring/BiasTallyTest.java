package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.topology.lists.ListFolder;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BiasTallyTest {
  private static final ListFolder LISTS = Vectors.OWN.lists();
  private static final BiasLexicon LEXICON = LISTS.biasLexicon();
  private static final WordTokenizer TOKENIZER = new WordTokenizer(LISTS.punktEnglish());

  @ParameterizedTest
  @EnumSource
  void everyMetric_givesHelmsValue(Vectors vectors) {
    BiasLexicon lexicon = vectors.lists().biasLexicon();
    WordTokenizer tokenizer = new WordTokenizer(vectors.lists().punktEnglish());
    JsonNode cases = vectors.cases("bias.json");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(20);
    for (JsonNode given : cases) {
      BiasTally tally =
          Vectors.strings(given.get("texts")).stream()
              .map(text -> BiasTally.of(lexicon, tokenizer, text))
              .reduce(BiasTally.none(lexicon), BiasTally::merge);
      assertThat(tally.metrics()).hasSize(6);
      for (Map.Entry<String, JsonNode> expected : given.get("out").properties()) {
        OptionalDouble metric = tally.metrics().get(expected.getKey());
        if (expected.getValue().isNull()) {
          assertThat(metric).as(expected.getKey()).isEmpty();
        } else {
          assertThat(metric.orElseThrow()).as(expected.getKey()).isCloseTo(expected.getValue().doubleValue(), within(1e-9));
        }
      }
    }
  }

  @Provide
  Arbitrary<List<String>> texts() {
    return Arbitraries.of("She is a nurse.", "He and his baker", "Nothing", "Ms. Lin, the quiet doctor", "Garcia met Moore", "calm he calm she")
        .list()
        .ofMaxSize(8);
  }

  @Property(tries = 100)
  void tallies_addUpInAnyOrder_andCanBeTakenAway(@ForAll @From("texts") List<String> some, @ForAll @From("texts") List<String> others) {
    BiasTally first = tally(some);
    BiasTally second = tally(others);
    assertThat(first.merge(second)).isEqualTo(second.merge(first)).hasSameHashCodeAs(second.merge(first));
    assertThat(first.merge(second).subtract(second)).isEqualTo(first);
    assertThat(BiasTally.of(LEXICON, first.counts())).isEqualTo(first);
  }

  @Test
  void whatIsNotThere_cannotBeTakenAway() {
    BiasTally none = BiasTally.none(LEXICON);
    assertThatThrownBy(() -> none.subtract(tally(List.of("she")))).hasMessageContaining("less than nothing");
  }

  @Test
  void differentLists_cannotBeMixed() {
    BiasLexicon other = new BiasLexicon(LEXICON.gender(), LEXICON.race(), List.of(), List.of());
    assertThatThrownBy(() -> BiasTally.none(LEXICON).merge(BiasTally.none(other))).hasMessageContaining("different word lists");
  }

  @Test
  void lexicon_refusesWhatMakesNoSense() {
    assertThatThrownBy(() -> new BiasLexicon(LEXICON.gender().subList(0, 1), LEXICON.race(), List.of(), List.of()))
        .hasMessage("gender: got 1 groups, expected at least 2");
    assertThatThrownBy(() -> new BiasLexicon(LEXICON.gender(), LEXICON.race(), List.of("calm", "calm"), List.of()))
        .hasMessage("adjectives: got 'calm' twice, expected each word once");
    assertThatThrownBy(() -> new BiasLexicon.Group("asian", Set.of())).hasMessageContaining("no word of the group asian");
  }

  private static BiasTally tally(List<String> texts) {
    return texts.stream().map(text -> BiasTally.of(LEXICON, TOKENIZER, text)).reduce(BiasTally.none(LEXICON), BiasTally::merge);
  }
}
