package dev.assay.inference.remote;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** When a server wants to be asked again (RFC 9110, 10.2.3), or OpenAI's finer {@code retry-after-ms}. */
final class RetryAfter {

  private static final double MILLIS_PER_SECOND = 1000;

  /** More would overflow, and nobody waits so long. */
  private static final double MOST_SECONDS = 1e9;

  private RetryAfter() {}

  /** How long to wait; empty when the headers do not say, or say nothing that can be read. */
  static Optional<Duration> of(HttpHeaders headers, Instant now) {
    Optional<Duration> fine = headers.firstValue("retry-after-ms").flatMap(text -> seconds(text).map(millis -> millis.dividedBy((long) MILLIS_PER_SECOND)));
    return fine.or(() -> headers.firstValue("retry-after").flatMap(text -> seconds(text).or(() -> until(text, now))));
  }

  private static Optional<Duration> seconds(String text) {
    try {
      double seconds = Double.parseDouble(text.strip());
      return seconds >= 0 && seconds <= MOST_SECONDS ? Optional.of(Duration.ofMillis((long) Math.ceil(seconds * MILLIS_PER_SECOND))) : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> until(String text, Instant now) {
    try {
      Duration left = Duration.between(now, ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return Optional.of(left.isNegative() ? Duration.ZERO : left);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
