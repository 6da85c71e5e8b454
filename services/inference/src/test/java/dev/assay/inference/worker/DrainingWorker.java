package dev.assay.inference.worker;

import dev.assay.schemas.Registries;
import java.time.Duration;

/** Main class of a worker process that is told to end in mid-batch: prints BATCH when it has begun one, which takes two seconds. */
final class DrainingWorker {

  private DrainingWorker() {}

  /** Arguments: bootstrap servers, registry URL, model, most requests a batch, lease in milliseconds. */
  public static void main(String[] args) {
    FirstOption slow =
        new FirstOption(
            args[2],
            batch -> {
              System.out.println("BATCH " + batch.size());
              FirstOption.sleep(Duration.ofSeconds(2));
            });
    Worker worker =
        new Worker(
            WorkerBench.kafka(args[0]),
            Registries.connect(args[1]),
            slow,
            new WorkerSettings("draining", Integer.parseInt(args[3]), Duration.ofMillis(Long.parseLong(args[4]))));
    Runtime.getRuntime().addShutdownHook(new Thread(worker::close));
    worker.run();
  }
}
