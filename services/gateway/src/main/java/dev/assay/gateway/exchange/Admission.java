package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is open, and sends clients away before it grows. */
final class Admission {

  private static final int RETRY_SECONDS = 1;

  private final Limits limits;
  private final Semaphore all;
  private final Map<String, AtomicInteger> byModel = new ConcurrentHashMap<>();

  Admission(Limits limits) {
    this.limits = limits;
    this.all = new Semaphore(limits.inFlight());
  }

  /** A place that is taken until it is closed. */
  interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Takes places for requests to a model.
   *
   * @throws Problem 429 when there is no room for them all
   */
  Place enter(String model, int requests) {
    if (requests > limits.inFlightPerModel() || requests > limits.inFlight()) {
      throw Problem.of(
          Problem.BAD_REQUEST,
          "too_many_prompts",
          "%d prompts at once; this gateway takes at most %d; send them in several requests"
              .formatted(requests, Math.min(limits.inFlight(), limits.inFlightPerModel())));
    }
    if (!all.tryAcquire(requests)) {
      throw busy("the gateway works on %d requests, as many as it takes".formatted(limits.inFlight()));
    }
    AtomicInteger open = byModel.computeIfAbsent(model, _ -> new AtomicInteger());
    if (open.addAndGet(requests) > limits.inFlightPerModel()) {
      open.addAndGet(-requests);
      all.release(requests);
      throw busy("%d requests to %s are open, as many as the gateway takes".formatted(limits.inFlightPerModel(), model));
    }
    return () -> {
      open.addAndGet(-requests);
      all.release(requests);
    };
  }

  private static Problem busy(String message) {
    return Problem.later(Problem.TOO_MANY, "too_many_requests", message + "; try again in a moment", RETRY_SECONDS);
  }
}
