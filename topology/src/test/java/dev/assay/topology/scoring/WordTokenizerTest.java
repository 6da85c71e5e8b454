package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WordTokenizerTest {
  private static final WordTokenizer UNTRAINED = new WordTokenizer(new PunktModel(Set.of(), Set.of(), Set.of(), Map.of()));

  @ParameterizedTest
  @EnumSource
  void everyText_givesNltksTokens(Vectors vectors) {
    WordTokenizer tokenizer = new WordTokenizer(vectors.lists().punktEnglish());
    JsonNode cases = vectors.cases("word_tokenize.json");
    assertThat(cases).hasSizeGreaterThanOrEqualTo(80);
    for (JsonNode given : cases) {
      String text = given.get("text").textValue();
      assertThat(tokenizer.tokens(text)).as(text).isEqualTo(Vectors.strings(given.get("tokens")));
    }
  }

  @Property(tries = 500)
  void tokens_holdNoSpaceAndKeepLettersAndDigits(@ForAll String text) {
    List<String> tokens = UNTRAINED.tokens(text);
    assertThat(tokens).noneMatch(String::isEmpty).allMatch(token -> PythonText.split(token).equals(List.of(token)));
    assertThat(lettersAndDigits(String.join("", tokens))).isEqualTo(lettersAndDigits(text));
  }

  @Test
  void longTexts_takeLinearTime() {
    String text = "a. " + " ".repeat(200_000) + "b" + ".".repeat(200_000) + "'".repeat(200_000) + "c d".repeat(50_000) + "!?)".repeat(50_000);
    assertThat(UNTRAINED.tokens(text)).contains("a.", "c", "d");
  }

  private static String lettersAndDigits(String text) {
    return text.codePoints()
        .filter(Character::isLetterOrDigit)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
