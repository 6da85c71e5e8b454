package dev.assay.cli.stack;

import dev.assay.cli.operations.StreamsBinder;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.platform.Health;
import dev.assay.platform.KafkaSettings;
import dev.assay.topology.StreamsService;
import dev.assay.topology.routing.RouterSettings;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.streams.KafkaStreams;

/** Stream stages that run in this process. */
public final class StageGroup implements AutoCloseable {

  private static final Duration LOOK = Duration.ofMillis(50);

  private final KafkaSettings settings;
  private final String instance;
  private final int threads;
  private final RouterSettings routing;
  private final Map<Stage, StreamsService> services = new EnumMap<>(Stage.class);

  private StageGroup(KafkaSettings settings, String instance, int threads, RouterSettings routing) {
    this.settings = settings;
    this.instance = instance;
    this.threads = threads;
    this.routing = routing;
  }

  /**
   * Starts stages; they are not all at work yet.
   *
   * @param instance tells instances on one machine apart
   * @param threads stream threads of each, 1 or more
   * @param routing how the routing stage decides, if it is among them
   */
  public static StageGroup start(KafkaSettings settings, Collection<Stage> stages, String instance, int threads, RouterSettings routing) {
    StageGroup group = new StageGroup(settings, instance, threads, routing);
    try {
      group.add(stages);
      return group;
    } catch (RuntimeException e) {
      group.close();
      throw e;
    }
  }

  /** Starts those of the stages that do not run here yet. */
  public void add(Collection<Stage> stages) {
    for (Stage stage : stages) {
      if (!services.containsKey(stage)) {
        StreamsService service = stage.service(settings, instance, threads, routing);
        services.put(stage, service);
        service.start();
      }
    }
  }

  /**
   * Waits until all stages are at work.
   *
   * @throws CommandFailure when one stops, or the time is over
   */
  public void awaitRunning(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!services.values().stream().allMatch(service -> service.state() == KafkaStreams.State.RUNNING)) {
      requireAlive();
      if (System.nanoTime() > deadline) {
        throw new CommandFailure("the stages did not get to work within " + limit.toSeconds() + " s; they are " + states());
      }
      Thread.sleep(LOOK);
    }
  }

  /**
   * Looks whether a stage has stopped by itself.
   *
   * @throws CommandFailure with its reason, when one has
   */
  public void requireAlive() {
    services.forEach(
        (stage, service) -> {
          if (service.state() == KafkaStreams.State.ERROR) {
            throw new CommandFailure(stage.applicationId() + " has stopped: " + service.failure(), service.failure());
          }
        });
  }

  /** The meters of all stages. */
  public MeterBinder meters() {
    return registry -> services.forEach((stage, service) -> new StreamsBinder(stage.name().toLowerCase(Locale.ROOT), service).bindTo(registry));
  }

  /** How the stages are. */
  public List<Health> health() {
    return services.entrySet().stream()
        .map(
            entry -> {
              KafkaStreams.State state = entry.getValue().state();
              Throwable failure = entry.getValue().failure();
              String detail = failure == null ? state.name() : "%s; last failure: %s".formatted(state, failure);
              return new Health(entry.getKey().applicationId(), state == KafkaStreams.State.RUNNING, detail, Duration.ZERO);
            })
        .toList();
  }

  private List<String> states() {
    return services.entrySet().stream().map(entry -> entry.getKey() + " " + entry.getValue().state()).toList();
  }

  /** Commits what is done and stops, all stages at once. */
  @Override
  public void close() {
    try (ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor()) {
      services.values().forEach(service -> closing.execute(service::close));
    }
  }
}
