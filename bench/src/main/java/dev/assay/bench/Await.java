package dev.assay.bench;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for a condition. */
public final class Await {

  private static final Duration LOOK = Duration.ofMillis(10);

  private Await() {}

  /** Asks every 10 ms until the condition holds; false when the time is over first. */
  public static boolean until(Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() - deadline > 0) {
          return false;
        }
        Thread.sleep(LOOK);
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while it waited", e);
    }
  }
}
