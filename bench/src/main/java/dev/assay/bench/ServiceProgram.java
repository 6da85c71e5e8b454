package dev.assay.bench;

import dev.assay.cli.stack.Stage;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.recorded.RecordedModel;
import dev.assay.inference.worker.Worker;
import dev.assay.inference.worker.WorkerSettings;
import dev.assay.platform.KafkaSettings;
import dev.assay.schemas.Registries;
import dev.assay.topology.StreamsService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Main class of a service that is to be broken: stream stages or workers in a process of their own. Arguments: a file that appears when the
 * service is at work, broker, registry, state directory; then {@code stage} INSTANCE THREADS NAME…, or {@code worker} INSTANCE MAX_BATCH
 * LEASE_MS STALL_AFTER MODEL=FILE… (a negative STALL_AFTER never stalls).
 */
public final class ServiceProgram {

  private static final Duration LOOK = Duration.ofMillis(20);

  private ServiceProgram() {}

  /** Runs until the process ends. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path ready = Path.of(args[0]);
    KafkaSettings settings = new KafkaSettings(args[1], args[2], Path.of(args[3]));
    List<String> rest = List.of(args).subList(5, args.length);
    switch (args[4]) {
      case "stage" -> stages(ready, settings, rest);
      case "worker" -> workers(ready, settings, rest);
      default -> throw new IllegalArgumentException("got the service '%s'; expected stage or worker".formatted(args[4]));
    }
    new CountDownLatch(1).await();
  }

  private static void stages(Path ready, KafkaSettings settings, List<String> args) throws IOException, InterruptedException {
    List<StreamsService> services = new ArrayList<>();
    for (String name : args.subList(2, args.size())) {
      services.add(Stage.valueOf(name).service(settings, args.get(0), Integer.parseInt(args.get(1))));
    }
    services.forEach(StreamsService::start);
    atExit(() -> services.forEach(StreamsService::close));
    while (!services.stream().allMatch(service -> service.state() == KafkaStreams.State.RUNNING)) {
      Thread.sleep(LOOK);
    }
    Files.createFile(ready);
  }

  private static void workers(Path ready, KafkaSettings settings, List<String> args) throws IOException {
    WorkerSettings how =
        new WorkerSettings(args.get(0), Integer.parseInt(args.get(1)), Duration.ofMillis(Long.parseLong(args.get(2))));
    int stallAfter = Integer.parseInt(args.get(3));
    List<Worker> workers = new ArrayList<>();
    for (String spec : args.subList(4, args.size())) {
      int equals = spec.indexOf('=');
      AnsweringModel recorded = RecordedModel.load(Path.of(spec.substring(equals + 1)), spec.substring(0, equals));
      AnsweringModel model = stallAfter < 0 ? recorded : new StallingModel(recorded, stallAfter, Path.of(ready + ".stalled"));
      Worker worker = new Worker(clients(settings), Registries.connect(settings.registryUrl()), model, how);
      workers.add(worker);
      Thread.ofPlatform().name("serve-" + model.card().name()).start(worker);
    }
    atExit(() -> workers.forEach(Worker::close));
    Files.createFile(ready);
  }

  private static Map<String, Object> clients(KafkaSettings settings) {
    return Map.of(
        CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers(), CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, false);
  }

  private static void atExit(Runnable close) {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("close").unstarted(close));
  }
}
