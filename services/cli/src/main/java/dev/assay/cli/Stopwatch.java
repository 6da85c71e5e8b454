package dev.assay.cli;

import java.time.Duration;
import java.util.Locale;

/** Time since its making, as people read it. */
final class Stopwatch {

  private static final double NANOS_PER_SECOND = 1e9;

  private final long begin = System.nanoTime();

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.1f s", elapsed().toNanos() / NANOS_PER_SECOND);
  }
}
