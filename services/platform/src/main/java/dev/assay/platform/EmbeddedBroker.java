package dev.assay.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;

/**
 * One Kafka node, broker and controller at once, in a JVM of its own on the loopback interface. All that it stores is under one
 * directory, and survives {@code kill -9} of the broker and of its parent.
 */
public final class EmbeddedBroker implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  private static final String NAME = "broker";

  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xmx256m",
          "-XX:+UseSerialGC",
          // The first compiler alone starts faster, and what limits the pipeline is elsewhere.
          "-XX:TieredStopAtLevel=1",
          "-XX:+ExitOnOutOfMemoryError",
          "-Dlogback.configurationFile=" + BrokerProcess.LOGGING,
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private final Path dataDirectory;
  private final int port;
  private final ChildJvm child;

  private EmbeddedBroker(Path dataDirectory, int port, ChildJvm child) {
    this.dataDirectory = dataDirectory;
    this.port = port;
    this.child = child;
  }

  /**
   * Starts a broker and waits until it answers.
   *
   * @param dataDirectory where it stores everything; made when absent
   * @param port where clients connect; 0 for the last run's port or any free one
   * @throws StackException if the port is taken or the broker does not answer within 120 seconds; the message holds its last log lines
   */
  public static EmbeddedBroker start(Path dataDirectory, int port) {
    Path directory = dataDirectory.toAbsolutePath();
    ChildJvm child = null;
    try {
      ChildJvm.awaitEarlier(directory, NAME);
      PortBook.Pair ports = PortBook.settle(directory, port, NAME);
      Path settings = write(directory, BrokerSettings.of(directory.resolve("log"), ports.main(), ports.internal()));
      child =
          ChildJvm.start(
              new ChildJvm.Launch(
                  NAME,
                  directory,
                  System.getProperty("java.class.path"),
                  JVM_OPTIONS,
                  List.of(BrokerProcess.class.getName(), settings.toString())));
      EmbeddedBroker broker = new EmbeddedBroker(directory, ports.main(), child);
      broker.awaitAnswer();
      child.markReady();
      return broker;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the broker's directory " + directory, e);
    } catch (RuntimeException e) {
      Optional.ofNullable(child).ifPresent(ChildJvm::close);
      throw e;
    }
  }

  private static Path write(Path directory, Properties settings) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve("broker.properties");
    try (Writer writer = Files.newBufferedWriter(file)) {
      settings.store(writer, "Written at every start");
    }
    return file;
  }

  private void awaitAnswer() {
    Deadline deadline = new Deadline(START_LIMIT);
    deadline.await(child, "does not listen on port " + port, () -> Ports.isListening(port));
    try (Admin admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers(),
                AdminClientConfig.CLIENT_ID_CONFIG, "assay-broker-start"))) {
      deadline.await(child, "does not answer on port " + port, () -> registered(admin));
    }
  }

  /** Listed by itself: it has joined its own controller, and topics can be created. */
  private static boolean registered(Admin admin) throws InterruptedException {
    try {
      return !admin.describeCluster().nodes().get().isEmpty();
    } catch (ExecutionException e) {
      return false;
    }
  }

  /** Address for clients, {@code host:port}. */
  public String bootstrapServers() {
    return Ports.HOST + ":" + port;
  }

  /** Port for clients. */
  public int port() {
    return port;
  }

  /** The broker's process. */
  public ProcessHandle process() {
    return child.handle();
  }

  /** Ends the broker as a crash would, without any shutdown of its own; for fault tests. */
  public void kill() {
    child.kill();
  }

  /** Starts the broker again after {@link #kill} or a crash, on the same directory and port. */
  public EmbeddedBroker restart() {
    close();
    return start(dataDirectory, port);
  }

  /** Ends the broker in order and waits for it. */
  @Override
  public void close() {
    child.close();
  }
}
