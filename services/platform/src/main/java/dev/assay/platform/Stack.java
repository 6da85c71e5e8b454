package dev.assay.platform;

import dev.assay.schemas.TopicSpec;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Broker and schema registry: embedded ones that this object owns, or existing ones. Embedded ones end with {@link #close}, or with
 * this JVM, whatever way it ends; close it after everything that uses them.
 */
public final class Stack implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Stack.class);

  private final KafkaSettings settings;
  private final @Nullable Embedded embedded;

  private Stack(KafkaSettings settings, @Nullable Embedded embedded) {
    this.settings = settings;
    this.embedded = embedded;
  }

  /** What an embedded stack owns; broker and registry change when they are restarted. */
  private static final class Embedded {
    private final Path dataDirectory;
    private final DirectoryLock lock;
    private EmbeddedBroker broker;
    private EmbeddedRegistry registry;

    Embedded(Path dataDirectory, DirectoryLock lock, EmbeddedBroker broker, EmbeddedRegistry registry) {
      this.dataDirectory = dataDirectory;
      this.lock = lock;
      this.broker = broker;
      this.registry = registry;
    }
  }

  /**
   * Starts broker and registry side by side and waits until both answer.
   *
   * @param dataDirectory where they store everything; made when absent
   * @throws StackException if another stack uses the directory, a port is taken, or one of them does not start
   */
  public static Stack embedded(Path dataDirectory, StackOptions options) {
    Path directory = dataDirectory.toAbsolutePath().normalize();
    try {
      DirectoryLock lock = DirectoryLock.acquire(directory);
      try {
        Embedded embedded = start(directory, options, lock);
        writeFile(embedded);
        return new Stack(settings(embedded), embedded);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the data directory " + directory, e);
    }
  }

  private static Embedded start(Path directory, StackOptions options, DirectoryLock lock) {
    try (ExecutorService starting = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<EmbeddedRegistry> registry =
          started(starting, () -> EmbeddedRegistry.start(directory.resolve("registry"), options.registryPort()));
      CompletableFuture<EmbeddedBroker> broker =
          started(starting, () -> EmbeddedBroker.start(directory.resolve("broker"), options.brokerPort()));
      try {
        CompletableFuture.allOf(broker, registry).join();
        return new Embedded(directory, lock, broker.join(), registry.join());
      } catch (CompletionException e) {
        // allOf waits for both, so what did start is here to be closed.
        closeStarted(broker);
        closeStarted(registry);
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }
  }

  private static <T> CompletableFuture<T> started(ExecutorService executor, Supplier<T> start) {
    return CompletableFuture.supplyAsync(start, executor);
  }

  private static void closeStarted(CompletableFuture<? extends AutoCloseable> started) {
    if (started.isCompletedExceptionally()) {
      return;
    }
    try {
      started.join().close();
    } catch (Exception e) {
      LOG.warn("A part of the stack that could not start did not close.", e);
    }
  }

  private static KafkaSettings settings(Embedded embedded) {
    return new KafkaSettings(
        embedded.broker.bootstrapServers(), embedded.registry.url(), embedded.dataDirectory.resolve("streams"));
  }

  private static void writeFile(Embedded embedded) throws IOException {
    new StackFile(
            ProcessIdentity.of(ProcessHandle.current()),
            embedded.broker.bootstrapServers(),
            embedded.registry.url(),
            ProcessIdentity.of(embedded.broker.process()),
            ProcessIdentity.of(embedded.registry.process()))
        .write(embedded.dataDirectory);
  }

  /**
   * An existing broker and registry, which {@link #close} leaves alone. Nothing is asked of them yet: see {@link #health}.
   *
   * @param stateDirectory where Streams services of this process keep their local state
   */
  public static Stack external(String bootstrapServers, String registryUrl, Path stateDirectory) {
    return new Stack(new KafkaSettings(bootstrapServers, registryUrl, stateDirectory), null);
  }

  /** The stack that another process runs on a data directory, if one does; {@link #close} leaves it alone. */
  public static Optional<Stack> find(Path dataDirectory) {
    Path directory = dataDirectory.toAbsolutePath().normalize();
    try {
      return StackFile.ofRunning(directory)
          .map(found -> external(found.bootstrapServers(), found.registryUrl(), directory.resolve("streams")));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read which stack runs on " + directory, e);
    }
  }

  /** Addresses and client settings. */
  public KafkaSettings settings() {
    return settings;
  }

  /** The broker that this stack owns; empty when it is an existing one. */
  public Optional<EmbeddedBroker> broker() {
    return Optional.ofNullable(embedded).map(owned -> owned.broker);
  }

  /** The registry that this stack owns; empty when it is an existing one. */
  public Optional<EmbeddedRegistry> registry() {
    return Optional.ofNullable(embedded).map(owned -> owned.registry);
  }

  /**
   * Starts those of the embedded services again that have ended, on the same ports; clients reconnect by themselves.
   *
   * @throws IllegalStateException if this stack owns none
   */
  public synchronized void restartEnded() {
    if (embedded == null) {
      throw new IllegalStateException("this stack's broker and registry are run by others; restart them there");
    }
    if (!embedded.broker.process().isAlive()) {
      embedded.broker = embedded.broker.restart();
    }
    if (!embedded.registry.process().isAlive()) {
      embedded.registry = embedded.registry.restart();
    }
    try {
      writeFile(embedded);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write down the restarted stack in " + embedded.dataDirectory, e);
    }
  }

  /**
   * Creates the topics that are missing. Existing ones are left alone.
   *
   * @return where existing topics differ from what is asked for, also logged
   */
  public List<TopicDrift> ensureTopics(Collection<TopicSpec> topics) {
    try (Cluster cluster = new Cluster(settings)) {
      List<TopicDrift> drift = cluster.ensureTopics(topics);
      drift.forEach(
          d -> LOG.warn("Topic {} has {}={} where {} is expected; it is left as it is.", d.topic(), d.setting(), d.found(), d.expected()));
      return drift;
    }
  }

  /**
   * Creates the topics of the catalogue that are missing. Those that carry the questions get as many partitions as {@code assay.prompts} has
   * already; where it has to be created, one on the embedded broker, whose services are a thread a stage, and else the usual number.
   *
   * @return where existing topics differ from the catalogue, also logged
   */
  public List<TopicDrift> ensureCatalogue() {
    int partitions;
    try (Cluster cluster = new Cluster(settings)) {
      partitions = cluster.partitions(Topics.PROMPTS).orElse(embedded == null ? Topics.FLOW_PARTITIONS : 1);
    }
    return ensureTopics(Topics.all(partitions));
  }

  /**
   * Sets up a share group before its first consumer joins: it reads committed records from the earliest on.
   *
   * @param name the group
   * @param lock how long a delivered record is its consumer's before another may have it; 1 s to 10 min on the embedded broker, 15 to
   *     60 s on one with Kafka's defaults
   */
  public void shareGroup(String name, Duration lock) {
    try (Cluster cluster = new Cluster(settings)) {
      cluster.shareGroup(name, lock);
    }
  }

  /** Asks every part whether it answers, in the order in which to mend them. Takes up to 20 s for each that does not. */
  public List<Health> health() {
    List<Health> parts = new ArrayList<>();
    try (Cluster cluster = new Cluster(settings)) {
      Health broker = check("broker", () -> settings.bootstrapServers() + ": " + cluster.describe());
      parts.add(broker);
      if (broker.ok()) {
        parts.add(check("topics", () -> requireCatalogue(cluster)));
      }
    }
    parts.add(check("schema registry", this::requireBackward));
    return List.copyOf(parts);
  }

  private static String requireCatalogue(Cluster cluster) {
    List<String> missing = new ArrayList<>(Topics.all().stream().map(TopicSpec::name).toList());
    missing.removeAll(cluster.topicNames());
    if (!missing.isEmpty()) {
      throw new StackException("missing: " + String.join(", ", missing) + "; any command that starts the services creates them");
    }
    return Topics.all().size() + " of the catalogue";
  }

  private String requireBackward() {
    try (RegistryApi api = new RegistryApi(settings.registryUrl())) {
      String level =
          api.compatibility()
              .orElseThrow(() -> new StackException(settings.registryUrl() + " does not answer as a Confluent-compatible registry"));
      if (!level.startsWith(RegistryApi.BACKWARD) && !level.startsWith("FULL")) {
        throw new StackException(
            "%s accepts schemas by %s; set its global compatibility to %s".formatted(settings.registryUrl(), level, RegistryApi.BACKWARD));
      }
      return settings.registryUrl() + ": compatibility " + level;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("interrupted", e);
    }
  }

  private static Health check(String part, Supplier<String> question) {
    long start = System.nanoTime();
    try {
      String answer = question.get();
      return new Health(part, true, answer, Duration.ofNanos(System.nanoTime() - start));
    } catch (StackException e) {
      return new Health(part, false, String.valueOf(e.getMessage()), Duration.ofNanos(System.nanoTime() - start));
    }
  }

  /** Ends the embedded broker and registry in order and frees the data directory; existing ones are left alone. */
  @Override
  public synchronized void close() {
    if (embedded == null) {
      return;
    }
    try {
      StackFile.delete(embedded.dataDirectory);
      try (ExecutorService closing = Executors.newVirtualThreadPerTaskExecutor()) {
        closing.execute(embedded.registry::close);
        closing.execute(embedded.broker::close);
      }
      embedded.lock.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot free the data directory " + embedded.dataDirectory, e);
    }
  }
}
