package dev.assay.inference.worker;

import dev.assay.schemas.RegistryUnavailableException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits between attempts: 100 ms, doubled each time up to 5 s; a stop ends the wait early.
 *
 * @param stopping whether the worker is to stop; asked every 50 ms
 */
record Backoff(BooleanSupplier stopping) {

  private static final Logger LOG = LoggerFactory.getLogger(Backoff.class);
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final int MOST_DOUBLINGS = 6;
  private static final long MOST_MILLIS = 5_000;
  private static final long CHECK_MILLIS = 50;

  /**
   * Waits.
   *
   * @param failures how many attempts have failed so far, 1 or more
   * @return false when there is to be no further attempt
   */
  boolean pause(int failures) {
    long millis = Math.min(MOST_MILLIS, FIRST.toMillis() << Math.min(failures - 1, MOST_DOUBLINGS));
    long until = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    try {
      while (!stopping.getAsBoolean() && System.nanoTime() - until < 0) {
        Thread.sleep(CHECK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return !stopping.getAsBoolean();
  }

  /** Tries until the registry answers and takes the schemas; null when the worker stops before. */
  <T> @Nullable T insist(String what, Supplier<T> attempt) {
    int failures = 0;
    while (true) {
      try {
        return attempt.get();
      } catch (RegistryUnavailableException | IllegalStateException e) {
        failures++;
        LOG.warn("Cannot {}; the worker goes on trying.", what, e);
        if (!pause(failures)) {
          return null;
        }
      }
    }
  }
}
