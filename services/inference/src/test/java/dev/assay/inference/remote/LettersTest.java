package dev.assay.inference.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LettersTest {

  private static final List<String> LABELS = List.of("A", "B", "C", "D");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "B", " B\n", "B.", "(B)", "**B**", "B) Jupiter", "B: Jupiter", "**B.** Jupiter", "The answer is B", "The correct answer is (B).",
        "Answer: B", "answer is: **B**", "I first thought the answer is A, but the right option is B.", "Jupiter is the largest. Answer: B"
      })
  void in_textThatNamesALabel_isIt(String text) {
    assertThat(Letters.in(text, LABELS)).contains("B");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "b", "A dog is one.", "Because of this.", "E", "The answer is E.", "The answer is A dog", "None of them", "ABC"})
  void in_textThatNamesNone_isEmpty(String text) {
    assertThat(Letters.in(text, LABELS)).isEmpty();
  }

  @Test
  void are_singleLetters_whiteSpaceAside() {
    assertThat(Letters.are(List.of(" A", "B "))).isTrue();
    assertThat(Letters.are(List.of(" A", " Bc"))).isFalse();
    assertThat(Letters.are(List.of(" a"))).isFalse();
  }
}
