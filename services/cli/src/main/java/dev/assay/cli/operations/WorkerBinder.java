package dev.assay.cli.operations;

import dev.assay.inference.worker.WorkerMeters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * A worker's counts as meters. What a worker has in hand and how full its batches are follow from them:
 * {@code rate(assay_worker_requests_in_turns_total) / rate(assay_worker_turns_total)}.
 *
 * @param model the model that it serves
 * @param meters reads the worker's counts
 */
public record WorkerBinder(String model, Supplier<WorkerMeters> meters) implements MeterBinder {

  @Override
  public void bindTo(MeterRegistry registry) {
    count(registry, "requests", "requests delivered to the model; one delivered twice counts twice", WorkerMeters::requests);
    count(registry, "batches", "batches computed", WorkerMeters::batches);
    count(registry, "answers", "answers that the broker has confirmed, failures included", WorkerMeters::answers);
    count(registry, "failures", "answers that say why there is none", WorkerMeters::failures);
    count(registry, "dead.letters", "records that were no request to this model", WorkerMeters::deadLetters);
    count(registry, "tokens.asked", "tokens that a reader without any sharing would have read", WorkerMeters::tokensAsked);
    count(registry, "tokens.computed", "tokens that went through the model", WorkerMeters::tokensComputed);
    count(registry, "tokens.generated", "tokens that the model generated", WorkerMeters::tokensGenerated);
    count(registry, "computing.seconds", "time inside the model", WorkerMeters::secondsComputing);
    count(registry, "queued.seconds", "time from delivery to when the model began, summed over requests", WorkerMeters::secondsQueued);
    count(registry, "lease.renewals", "times that a record's lease was renewed", WorkerMeters::leaseRenewals);
    count(registry, "leases.lost", "records whose lease ended before they were acknowledged", WorkerMeters::leasesLost);
    count(registry, "turns", "times that the model looked for more work while it had some", WorkerMeters::turns);
    count(registry, "requests.in.turns", "requests in the model's hands, summed over those times", WorkerMeters::requestsInTurns);
    count(registry, "resends", "times that the broker did not confirm and sending began again", WorkerMeters::resends);
    Gauge.builder("assay.worker.prefix.hits.ratio", meters, source -> source.get().prefixHits())
        .description("part of the tokens asked for that had not to be computed, since the worker began")
        .tag("model", model)
        .register(registry);
  }

  private void count(MeterRegistry registry, String name, String what, ToDoubleFunction<WorkerMeters> value) {
    FunctionCounter.builder("assay.worker." + name, meters, source -> value.applyAsDouble(source.get()))
        .description(what)
        .tag("model", model)
        .register(registry);
  }
}
