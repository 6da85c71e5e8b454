package dev.assay.topology;

import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one stage. A thread that fails is replaced after a pause that doubles from 100 ms to 10 s, and the work it had begun is done again
 * from the last commit: nothing is lost while a registry or broker is away. Only an {@link Error}, such as memory that has run out, stops
 * the stage for good; {@link #state} is then {@code ERROR} and {@link #failure} says why.
 */
public final class StreamsService implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsService.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** A failure after so long without one is a new trouble, not the same. */
  private static final Duration WELL_AGAIN = Duration.ofMinutes(1);

  private static final Duration CLOSING = Duration.ofSeconds(30);

  private final String applicationId;
  private final Topology topology;
  private final Properties config;
  private final KafkaStreams streams;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private long pauseMillis = FIRST_PAUSE.toMillis();
  private long failedAtNanos = System.nanoTime();

  /**
   * Prepares a stage; nothing runs yet.
   *
   * @param applicationId the stage's id, such as {@code assay-intake}; instances with the same id share its work
   * @param topology the stage's picture
   * @param config bootstrap servers, state directory, guarantee and intervals as {@link StreamsConfig} names them; the application id is
   *     set here
   */
  public StreamsService(String applicationId, Topology topology, Properties config) {
    this.applicationId = applicationId;
    this.topology = topology;
    this.config = new Properties();
    this.config.putAll(config);
    this.config.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
    this.config.putIfAbsent(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, StateMemory.class);
    this.streams = new KafkaStreams(topology, this.config);
    streams.setUncaughtExceptionHandler(this::afterFailure);
  }

  /**
   * Starts the stage's threads.
   *
   * @throws IllegalStateException when a topic that the stage reads or writes does not exist, or when it was started before
   */
  public void start() {
    requireTopics();
    streams.start();
  }

  /** How the stage is, from {@code CREATED} to {@code RUNNING} to {@code NOT_RUNNING}; {@code ERROR} when it stopped by itself. */
  public KafkaStreams.State state() {
    return streams.state();
  }

  /** The client that does the work, for meters. */
  public KafkaStreams streams() {
    return streams;
  }

  /** What went wrong last, whether it was overcome or not; null when nothing has. */
  public @Nullable Throwable failure() {
    return failure.get();
  }

  /** Commits what is done, leaves the group and stops, within 30 s. */
  @Override
  public void close() {
    closing.countDown();
    if (!streams.close(CloseOptions.timeout(CLOSING).withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP))) {
      LOG.warn("{} has not stopped within {} s; what it had not committed will be done again", applicationId, CLOSING.toSeconds());
    }
  }

  private StreamThreadExceptionResponse afterFailure(Throwable trouble) {
    failure.set(trouble);
    if (hasError(trouble)) {
      LOG.error("{} stops: {}", applicationId, trouble.toString(), trouble);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    long pause = nextPause();
    LOG.warn("{}: a thread failed and is replaced in {} ms; its uncommitted work is done again", applicationId, pause, trouble);
    try {
      if (closing.await(pause, TimeUnit.MILLISECONDS)) {
        return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  private synchronized long nextPause() {
    long now = System.nanoTime();
    boolean anew = now - failedAtNanos > WELL_AGAIN.toNanos();
    failedAtNanos = now;
    long pause = anew ? FIRST_PAUSE.toMillis() : pauseMillis;
    pauseMillis = Math.min(2 * pause, LONGEST_PAUSE.toMillis());
    return pause;
  }

  private static boolean hasError(@Nullable Throwable trouble) {
    return trouble != null && (trouble instanceof Error || hasError(trouble.getCause()));
  }

  private void requireTopics() {
    Set<String> missing = new TreeSet<>(namedTopics());
    try (Admin admin = Admin.create(new StreamsConfig(config).getAdminConfigs(applicationId))) {
      missing.removeAll(admin.listTopics().names().get());
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "%s cannot list the topics of %s: %s".formatted(applicationId, config.get(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG), e.getCause()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(applicationId + " was interrupted while it listed the topics", e);
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException("%s needs the topics %s, which do not exist; create them from the topic catalogue first".formatted(applicationId, missing));
    }
  }

  /** Topics that the topology names itself; those it makes for itself and those it names by record are not among them. */
  private Set<String> namedTopics() {
    TopologyDescription description = topology.describe();
    Stream<TopologyDescription.Node> nodes =
        Stream.concat(
            description.subtopologies().stream().flatMap(subtopology -> subtopology.nodes().stream()),
            description.globalStores().stream().map(TopologyDescription.GlobalStore::source));
    return nodes
        .flatMap(
            node ->
                switch (node) {
                  case TopologyDescription.Source source -> source.topicSet().stream();
                  case TopologyDescription.Sink sink when sink.topic() != null -> Stream.of(sink.topic());
                  default -> Stream.empty();
                })
        .filter(topic -> !topic.endsWith("-repartition"))
        .collect(Collectors.toSet());
  }
}
