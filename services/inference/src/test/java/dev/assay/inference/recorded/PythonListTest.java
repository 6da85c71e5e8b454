package dev.assay.inference.recorded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PythonListTest {

  @Test
  void repr_ofStrings_isReadAsPythonWroteIt() {
    // repr(["it's", 'say "no"', 'both \' and "', "a\\b", "a\nb\tc", "é\xa0\u200b😀", ""])
    assertThat(PythonList.parse("[\"it's\", 'say \"no\"', 'both \\' and \"', 'a\\\\b', 'a\\nb\\tc', 'é\\xa0\\u200b😀', '']"))
        .containsExactly("it's", "say \"no\"", "both ' and \"", "a\\b", "a\nb\tc", "é\u00a0\u200b😀", "");
    assertThat(PythonList.parse("[]")).isEmpty();
    assertThat(PythonList.parse("['\\U0001f600']")).containsExactly("😀");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "[", "['a'", "['a]", "['a',]", "['a','b']", "['a' 'b']", "[1, 2]", "('a',)", "['a'] ", "['\\q']", "['\\x4']", "['\\U00110000']"})
  void anythingElse_isRefused_withItsPosition(String source) {
    assertThatThrownBy(() -> PythonList.parse(source)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("at character");
  }
}
