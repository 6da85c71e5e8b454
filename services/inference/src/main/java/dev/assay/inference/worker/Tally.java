package dev.assay.inference.worker;

import dev.assay.inference.ModelAnswer;
import dev.assay.records.Failure;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
        resends.sum());
  }
}
