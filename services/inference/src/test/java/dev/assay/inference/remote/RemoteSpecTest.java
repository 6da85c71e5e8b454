package dev.assay.inference.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.inference.remote.RemoteSpec.Mode;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RemoteSpecTest {

  @Test
  void parse_withOptions_readsThem() {
    RemoteSpec spec = RemoteSpec.parse("http://127.0.0.1:8000/v1/#org/m:8b?mode=chat&rpm=60&timeout=5&price-in=0.15&instruction=One%20letter.");

    assertThat(spec.base()).isEqualTo(URI.create("http://127.0.0.1:8000/v1"));
    assertThat(spec.model()).isEqualTo("org/m:8b");
    assertThat(spec.mode()).isEqualTo(Mode.CHAT);
    assertThat(spec.requestsPerMinute()).isEqualTo(60);
    assertThat(spec.timeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(spec.priceIn().orElseThrow()).isEqualByComparingTo("0.15");
    assertThat(spec.instruction()).isEqualTo("One letter.");
  }

  @Test
  void checkpoint_changesWithWhatDecidesAnswers_alone() {
    String plain = RemoteSpec.parse("http://h/v1#m").checkpoint();

    assertThat(plain).matches("[0-9a-f]{12}");
    assertThat(RemoteSpec.parse("http://h/v1#m?concurrency=3&retries=1").checkpoint()).isEqualTo(plain);
    assertThat(RemoteSpec.parse("http://h/v1#m?mode=chat").checkpoint()).isNotEqualTo(plain);
    assertThat(RemoteSpec.parse("http://h/v1#n").checkpoint()).isNotEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://h/v1|expected openai:BASE_URL#MODEL",
        "http://h/v1#|no model behind the #",
        "ftp://h/v1#m|expected http://HOST",
        "http://h/v1?x=1#m|expected http://HOST",
        "not a url#m|expected http://HOST",
        "http://h/v1#m?mode=best|got mode=best; expected one of auto, echo, completions, chat",
        "http://h/v1#m?concurrency=0|got concurrency=0; expected a whole number from 1",
        "http://h/v1#m?price-in=cheap|got price-in=cheap",
        "http://h/v1#m?rpm=1&rpm=2|'rpm' twice",
        "http://h/v1#m?speed=9|got the option 'speed'"
      })
  void parse_wrong_saysWhatWasExpected(String text, String message) {
    assertThatThrownBy(() -> RemoteSpec.parse(text)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
  }

  @Test
  void parse_keyInTheText_isRefusedWithoutRepeatingIt() {
    assertThatThrownBy(() -> RemoteSpec.parse("http://h/v1#m?key=sk-secret")).hasMessageContaining("environment").hasMessageNotContaining("sk-secret");
    assertThatThrownBy(() -> RemoteSpec.parse("http://me:sk-secret@h/v1#m")).hasMessageContaining("environment").hasMessageNotContaining("sk-secret");
  }
}
