package dev.assay.platform;

import java.time.Duration;

/** A limit on the time that a child may take to become ready. */
final class Deadline {

  private static final long POLL_MILLIS = 25;

  private final Duration limit;
  private final long end;

  Deadline(Duration limit) {
    this.limit = limit;
    this.end = System.nanoTime() + limit.toNanos();
  }

  /** Something that becomes true. */
  @FunctionalInterface
  interface Condition {
    boolean holds() throws InterruptedException;
  }

  /**
   * Waits for a condition on a child.
   *
   * @throws StackException if the child ends, or the time does; says {@code otherwise}
   */
  void await(ChildJvm child, String otherwise, Condition condition) {
    try {
      while (!condition.holds()) {
        if (!child.isAlive()) {
          throw child.failure("ended before it was ready");
        }
        if (System.nanoTime() - end > 0) {
          throw child.failure(otherwise + " after " + limit.toSeconds() + " s");
        }
        Thread.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw child.failure("was not waited for: interrupted");
    }
  }
}
