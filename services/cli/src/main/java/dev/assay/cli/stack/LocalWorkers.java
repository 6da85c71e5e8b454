package dev.assay.cli.stack;

import dev.assay.cli.terminal.CommandFailure;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.Registries;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.CommonClientConfigs;

/** Workers inside this process, for models that hold nothing but stored answers; a process of its own would cost each more than its work. */
public final class LocalWorkers implements AutoCloseable {

  /** Looking an answer up takes no time, so that what a batch costs is its round trip. */
  private static final int BATCH = 256;

  private final List<AnsweringModel> models;
  private final List<Worker> workers = new ArrayList<>();
  private final List<Future<?>> running = new ArrayList<>();
  private final ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("assay-worker-", 0).factory());

  /** Starts a worker for each model, which is this object's to close. */
  public LocalWorkers(KafkaSettings settings, Collection<? extends AnsweringModel> models) {
    this.models = List.copyOf(models);
    for (AnsweringModel model : models) {
      String id = model.card().name() + "@" + ProcessHandle.current().pid();
      Worker worker =
          new Worker(
              Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers()),
              Registries.connect(settings.registryUrl()),
              model,
              WorkerSettings.of(id, BATCH));
      workers.add(worker);
      running.add(threads.submit(worker));
    }
  }

  /**
   * Looks whether a worker has ended by itself.
   *
   * @throws CommandFailure with its reason, when one has
   */
  public void requireAlive() {
    for (Future<?> worker : running) {
      if (worker.isDone()) {
        try {
          worker.get();
          throw new CommandFailure("a worker ended before its work was done");
        } catch (ExecutionException e) {
          throw new CommandFailure("a worker ended: " + e.getCause().getMessage(), e.getCause());
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new CommandFailure("interrupted while workers were looked after", e);
        }
      }
    }
  }

  /** Lets the workers finish what they have in hand, and ends them. */
  @Override
  public void close() {
    try (ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor()) {
      workers.forEach(worker -> closing.execute(worker::close));
    }
    threads.close();
    models.forEach(AnsweringModel::close);
  }
}
