package dev.assay.inference.worker;

import dev.assay.inference.ModelAnswer;
import dev.assay.records.Failure;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a worker does; written by its threads, read by any. */
final class Tally {

  final LongAdder answers = new LongAdder();
  final LongAdder deadLetters = new LongAdder();
  final LongAdder leaseRenewals = new LongAdder();
  final LongAdder leasesLost = new LongAdder();
  final LongAdder resends = new LongAdder();
  private final LongAdder requests = new LongAdder();
  private final LongAdder batches = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder tokensAsked = new LongAdder();
  private final LongAdder tokensComputed = new LongAdder();
  private final LongAdder tokensGenerated = new LongAdder();
  private final LongAdder nanosComputing = new LongAdder();
  private final LongAdder nanosQueued = new LongAdder();
  private final LongAdder turns = new LongAdder();
  private final LongAdder requestsInTurns = new LongAdder();
  private final AtomicInteger held = new AtomicInteger();
  private volatile int computing;

  void computed(List<ModelAnswer> batch, long nanos) {
    batches.increment();
    requests.add(batch.size());
    nanosComputing.add(nanos);
    for (ModelAnswer answer : batch) {
      tokensAsked.add(answer.tokensAsked());
      tokensComputed.add(answer.tokensComputed());
      tokensGenerated.add(answer.tokensGenerated());
      if (answer.outcome() instanceof Failure) {
        failures.increment();
      }
    }
  }

  /** Requests were delivered, or, when negative, were settled. */
  void hold(int count) {
    held.addAndGet(count);
  }

  /** Requests that were delivered and are not settled. */
  int held() {
    return held.get();
  }

  /** The model has so many requests in its hands, which waited so long for it since the last turn. */
  void turn(int count, long nanosWaited) {
    computing = count;
    nanosQueued.add(nanosWaited);
    if (count > 0) {
      turns.increment();
      requestsInTurns.add(count);
    }
  }

  /** Requests in the model's hands. */
  int computing() {
    return computing;
  }

  WorkerMeters read() {
    return new WorkerMeters(
        requests.sum(),
        batches.sum(),
        answers.sum(),
        failures.sum(),
        deadLetters.sum(),
        tokensAsked.sum(),
        tokensComputed.sum(),
        tokensGenerated.sum(),
        nanosComputing.sum() / (double) TimeUnit.SECONDS.toNanos(1),
        leaseRenewals.sum(),
        leasesLost.sum(),
        turns.sum(),
        requestsInTurns.sum(),
        nanosQueued.sum() / (double) TimeUnit.SECONDS.toNanos(1),
        resends.sum());
  }
}
