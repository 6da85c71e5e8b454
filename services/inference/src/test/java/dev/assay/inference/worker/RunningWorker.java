package dev.assay.inference.worker;

import dev.assay.inference.AnsweringModel;
import java.util.concurrent.CompletableFuture;

/** A worker on a thread of its own. */
record RunningWorker(Worker worker, CompletableFuture<Void> end) implements AutoCloseable {

  static RunningWorker start(WorkerBench bench, AnsweringModel model, WorkerSettings settings) {
    Worker worker = new Worker(bench.kafka(), bench.registry(), model, settings);
    return new RunningWorker(
        worker, CompletableFuture.runAsync(worker, run -> Thread.ofPlatform().name("worker-" + settings.workerId()).start(run)));
  }

  WorkerMeters meters() {
    return worker.meters();
  }

  /** Closes the worker; a worker that ended in its own way fails the test. */
  @Override
  public void close() {
    worker.close();
    end.join();
  }
}
