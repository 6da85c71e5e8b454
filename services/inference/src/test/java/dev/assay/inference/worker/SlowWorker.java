package dev.assay.inference.worker;

import dev.assay.schemas.Registries;
import java.time.Duration;

/** Main class of a worker process that is killed in mid-batch: prints BATCH when it has begun one, and never ends it. */
final class SlowWorker {

  private SlowWorker() {}

  /** Arguments: bootstrap servers, registry URL, model, most requests a batch, lease in milliseconds. */
  public static void main(String[] args) {
    FirstOption endless =
        new FirstOption(
            args[2],
            batch -> {
              System.out.println("BATCH " + batch.size());
              FirstOption.sleep(Duration.ofHours(1));
            });
    new Worker(
            WorkerBench.kafka(args[0]),
            Registries.connect(args[1]),
            endless,
            new WorkerSettings("slow", Integer.parseInt(args[3]), Duration.ofMillis(Long.parseLong(args[4]))))
        .run();
  }
}
