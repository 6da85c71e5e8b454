package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PorterStemmerTest {
  @ParameterizedTest
  @EnumSource
  void everyWord_stemsAsInNltk(Vectors vectors) {
    JsonNode cases = vectors.cases("porter_stem.json");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(vectors == Vectors.SHARED ? 4425 : 150);
    SortedMap<String, String> different = new TreeMap<>();
    for (JsonNode given : cases) {
      String word = given.get(0).textValue();
      // As rouge_score does: shorter words are left alone.
      String stem = word.length() > 3 ? PorterStemmer.stem(word) : word;
      if (!stem.equals(given.get(1).textValue())) {
        different.put(word, stem);
      }
    }
    assertThat(different).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "caresses, caress", "ponies, poni", "ties, tie", "dies, die", "skies, sky", "agreed, agre", "plastered, plaster", "motoring, motor",
    "hopping, hop", "falling, fall", "filing, file", "happy, happi", "enjoy, enjoy", "relational, relat", "rationally, ration",
    "theology, theolog", "geology, geolog", "hopefully, hope", "sensibility, sensibl", "electricity, electr", "adoption, adopt",
    "replacement, replac", "controlling, control", "news, news", "exceed, exceed", "spied, spi", "died, die"
  })
  void word_stems(String word, String stem) {
    assertThat(PorterStemmer.stem(word)).isEqualTo(stem);
  }

  @Property
  void stem_isNeverLongerThanItsWord(@ForAll @CharRange(from = 'a', to = 'z') String word) {
    assertThat(PorterStemmer.stem(word).length()).isLessThanOrEqualTo(word.length());
  }
}
