package dev.assay.inference.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetryAfterTest {

  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "retry-after|7|PT7S",
        "Retry-After|0.25|PT0.25S",
        "retry-after-ms|1500|PT1.5S",
        "retry-after|Sun, 01 Mar 2026 12:00:30 GMT|PT30S",
        "retry-after|Sun, 01 Mar 2026 11:00:00 GMT|PT0S"
      })
  void of_readable_isTheTimeLeft(String name, String value, Duration expected) {
    assertThat(RetryAfter.of(headers(name, value), NOW)).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"retry-after|soon", "retry-after|-3", "retry-after|NaN", "retry-after|1e300", "age|5"})
  void of_unreadable_isEmpty(String name, String value) {
    assertThat(RetryAfter.of(headers(name, value), NOW)).isEmpty();
  }

  @Test
  void of_unreadableMillis_fallsBackToSeconds() {
    HttpHeaders both = HttpHeaders.of(Map.of("retry-after-ms", List.of("x"), "retry-after", List.of("2")), (_, _) -> true);

    assertThat(RetryAfter.of(both, NOW)).isEqualTo(Optional.of(Duration.ofSeconds(2)));
  }

  private static HttpHeaders headers(String name, String value) {
    return HttpHeaders.of(Map.of(name, List.of(value)), (_, _) -> true);
  }
}
