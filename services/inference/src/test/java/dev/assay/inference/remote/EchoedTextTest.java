package dev.assay.inference.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;

final class EchoedTextTest {

  private static final String CONTEXT = "Sky is";
  private static final String CONTINUATION = " deep blue";

  @Test
  void logProb_isTheSumOverTheContinuation_withoutTheGeneratedToken() throws Exception {
    assertThat(logProb("[\"Sky\", \" is\", \" deep\", \" blue\", \".\"]", "[null, -1, -2, -0.5, -9]", "[]")).isEqualTo(-2.5, within(1e-12));
  }

  @Test
  void logProb_serverPutsATokenBeforeTheText_isTheSame() throws Exception {
    String offsets = "[0, 3, 6, 9, 14, 19]";

    assertThat(logProb("[\"<s>\", \"Sky\", \" is\", \" deep\", \" blue\", \".\"]", "[null, -7, -1, -2, -0.5, -9]", offsets)).isEqualTo(-2.5, within(1e-12));
  }

  @Test
  void logProb_tokensWithPartsOfCharacters_arePlacedByTheirOffsets() throws Exception {
    // The sun is two UTF-16 units and one code point; its three tokens begin where it begins.
    JsonNode choice =
        choice("[\"x\", \" \", \"?\", \"?\", \"?\", \" y\", \"z\"]", "[null, -1, -2, -4, -8, -16, -32]", "[0, 1, 2, 2, 2, 3, 5]");

    EchoedText echoed = EchoedText.of(choice, "x \uD83C\uDF1E y");

    assertThat(echoed.logProb("x", " \uD83C\uDF1E y")).isEqualTo(-31, within(1e-12));
    assertThat(echoed.logProb("x \uD83C\uDF1E", " y")).isEqualTo(-16, within(1e-12));
  }

  @Test
  void logProb_spaceAtTheEndOfTheContext_belongsToTheContinuation() throws Exception {
    JsonNode choice = choice("[\"Sky\", \" is\", \" \", \"deep\"]", "[null, -1, -2, -4]", "[]");

    assertThat(EchoedText.of(choice, "Sky is deep").logProb("Sky is ", "deep")).isEqualTo(-6, within(1e-12));
  }

  @Test
  void logProb_nothingBeforeTheContinuation_isRefused() {
    assertThatThrownBy(() -> EchoedText.of(choice("[\"Sky\", \" is\"]", "[null, -1]", "[]"), "Sky is").logProb("", "Sky is"))
        .isInstanceOf(CallFailedException.class)
        .hasMessageContaining("the first of the text");
  }

  @Test
  void of_whatIsNoEcho_saysSo() {
    assertThatThrownBy(() -> logProb("[]", "[]", "[]")).hasMessageContaining("no logprobs.tokens");
    assertThatThrownBy(() -> logProb("[\"Sky\", \" is\"]", "[null]", "[]")).hasMessageContaining("2 tokens and 1 log-probabilities");
    assertThatThrownBy(() -> logProb("[\"a\", \"b\"]", "[null, -1]", "[]")).hasMessageContaining("do not spell the prompt");
    assertThatThrownBy(() -> logProb("[\"a\", \"b\"]", "[null, -1]", "[0, -5]")).hasMessageContaining("text offset of -5 after one of 0");
    assertThatThrownBy(() -> EchoedText.of(JsonMapper.builder().build().readTree("{\"text\": \".\"}"), "x")).hasMessageContaining("mode=chat");
  }

  private static double logProb(String tokens, String values, String offsets) throws Exception {
    return EchoedText.of(choice(tokens, values, offsets), CONTEXT + CONTINUATION).logProb(CONTEXT, CONTINUATION);
  }

  private static JsonNode choice(String tokens, String values, String offsets) throws JsonProcessingException {
    return JsonMapper.builder()
        .build()
        .readTree("{\"logprobs\": {\"tokens\": %s, \"token_logprobs\": %s, \"text_offset\": %s}}".formatted(tokens, values, offsets));
  }
}
