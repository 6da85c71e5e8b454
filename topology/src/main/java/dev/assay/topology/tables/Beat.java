package dev.assay.topology.tables;

import java.time.Duration;

/**
 * Says once in each interval of the wall clock that it is time to send. The intervals are the same for all processors of a machine, so that
 * those of one thread send together and one commit makes all of it seen: a commit asked for by each in its own time would cost as many
 * transactions as there are processors.
 */
final class Beat {
  /** Processors look so often, which is oftener than a thread comes round to them. */
  static final Duration LOOK = Duration.ofMillis(1);

  private final long millis;
  private long last = Long.MIN_VALUE;

  /** A beat of so many whole milliseconds, at least one. */
  Beat(Duration interval) {
    this.millis = interval.toMillis();
    if (millis < 1) {
      throw new IllegalArgumentException("a beat must be at least 1 ms long; got " + interval);
    }
  }

  /** Whether an interval has begun since this was last true. */
  boolean isDue(long now) {
    long interval = Math.floorDiv(now, millis);
    if (interval == last) {
      return false;
    }
    last = interval;
    return true;
  }
}
