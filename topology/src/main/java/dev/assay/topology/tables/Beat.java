package dev.assay.topology.tables;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Says once in each interval of the wall clock that it is time to send. The intervals are the same for all processors of a machine, so that
 * those of one thread send together and one commit makes all of it seen: a commit asked for by each in its own time would cost as many
 * transactions as there are processors.
 *
 * <p>When the commit after a beat took longer than an interval, the next beat leaves the thread as much time as it took over: else a thread
 * that commits slowly would commit again before it has read what came meanwhile. For one thread.
 */
final class Beat {
  /** Processors look so often, which is oftener than a thread comes round to them. */
  static final Duration LOOK = Duration.ofMillis(1);

  private static final long NANOS_PER_MILLI = 1_000_000;

  /** So much work between two commits, milliseconds, keeps a thread busy with work for the most part however long they take. */
  private static final long LONGEST_OVER = 100;

  private final long millis;
  private final LongSupplier nanos;
  private long interval = Long.MIN_VALUE;
  private long last;
  private long lastNanos;
  private boolean justBeaten;
  private long left = Long.MIN_VALUE;

  /** A beat of so many whole milliseconds, at least one. */
  Beat(Duration interval) {
    this(interval, System::nanoTime);
  }

  /** The same with a clock that says how long the thread was away; the wall clock of a stream may stand still or leap. */
  Beat(Duration interval, LongSupplier nanos) {
    this.millis = interval.toMillis();
    if (millis < 1) {
      throw new IllegalArgumentException("a beat must be at least 1 ms long; got " + interval);
    }
    this.nanos = nanos;
  }

  /**
   * Whether an interval has begun since this was last true; to be asked at every look.
   *
   * @param now the wall clock, milliseconds
   */
  boolean isDue(long now) {
    if (justBeaten) {
      long over = Math.min(LONGEST_OVER, (nanos.getAsLong() - lastNanos) / NANOS_PER_MILLI - millis);
      left = over > 0 ? Math.floorDiv(last + millis + 2 * over, millis) : Long.MIN_VALUE;
      justBeaten = false;
    }
    long current = Math.floorDiv(now, millis);
    if (current == interval || current <= left) {
      return false;
    }
    interval = current;
    last = now;
    lastNanos = nanos.getAsLong();
    justBeaten = true;
    return true;
  }
}
