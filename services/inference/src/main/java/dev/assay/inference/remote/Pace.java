package dev.assay.inference.remote;

import java.time.Duration;

/**
 * How fast calls may go: so many requests and so many tokens a minute, and not at all while the server wants to be left alone.
 *
 * <p>Each limit is a token bucket that fills continuously and holds at most what one second brings, or one request, so that no minute sees
 * more than its limit and a second's worth. A call takes what it needs at once, into debt if need be, and waits until the debt is paid:
 * calls are let through in the order in which they come.
 */
final class Pace {

  private final Timing timing;
  private final Bucket requests;
  private final Bucket tokens;
  private long heldUntil;

  /**
   * @param requestsPerMinute 0 for no limit
   * @param tokensPerMinute 0 for no limit
   */
  Pace(Timing timing, long requestsPerMinute, long tokensPerMinute) {
    this.timing = timing;
    this.requests = new Bucket(requestsPerMinute, timing.nanos());
    this.tokens = new Bucket(tokensPerMinute, timing.nanos());
    this.heldUntil = timing.nanos();
  }

  /** Waits until a call that will take about so many tokens may go. */
  void await(long expectedTokens) throws InterruptedException {
    long wait = reserve(expectedTokens);
    while (wait > 0) {
      timing.sleep(Duration.ofNanos(wait));
      wait = held();
    }
  }

  /** Corrects what {@link #await} took by what the call did take. */
  synchronized void settle(long expectedTokens, long actualTokens) {
    tokens.take(actualTokens - expectedTokens, timing.nanos());
  }

  /** Lets no call go for so long. */
  synchronized void hold(Duration time) {
    long until = timing.nanos() + time.toNanos();
    heldUntil = until - heldUntil > 0 ? until : heldUntil;
  }

  private synchronized long reserve(long expectedTokens) {
    long now = timing.nanos();
    return Math.max(held(), Math.max(requests.take(1, now), tokens.take(expectedTokens, now)));
  }

  private synchronized long held() {
    return heldUntil - timing.nanos();
  }

  private static final class Bucket {
    private static final double NANOS_PER_MINUTE = 60e9;
    private static final int SECONDS_PER_MINUTE = 60;

    private final double perNano;
    private final double most;
    private double level;
    private long at;

    Bucket(long perMinute, long now) {
      this.perNano = perMinute / NANOS_PER_MINUTE;
      this.most = Math.max(1, (double) perMinute / SECONDS_PER_MINUTE);
      this.level = most;
      this.at = now;
    }

    /** Nanoseconds until what was taken is there. */
    long take(long amount, long now) {
      if (perNano == 0) {
        return 0;
      }
      level = Math.min(most, level + (now - at) * perNano) - amount;
      at = now;
      return level >= 0 ? 0 : (long) Math.ceil(-level / perNano);
    }
  }
}
