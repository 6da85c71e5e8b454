package dev.assay.inference.remote;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A clock that stands still but when somebody sleeps. */
final class FakeTiming implements Timing {

  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  final List<Duration> sleeps = new CopyOnWriteArrayList<>();
  private long passed;

  @Override
  public synchronized long nanos() {
    return passed;
  }

  @Override
  public synchronized Instant now() {
    return START.plusNanos(passed);
  }

  @Override
  public synchronized void sleep(Duration time) {
    sleeps.add(time);
    passed += time.toNanos();
  }
}
