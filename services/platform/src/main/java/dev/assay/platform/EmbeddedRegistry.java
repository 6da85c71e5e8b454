package dev.assay.platform;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An Apicurio registry in a JVM of its own on the loopback interface, with the Confluent API and a database file under one
 * directory. New versions of a schema must be backward compatible.
 */
public final class EmbeddedRegistry implements AutoCloseable {

  /** Where the Confluent-compatible API lies under the registry's root. */
  static final String API = "/apis/ccompat/v7";

  private static final Duration START_LIMIT = Duration.ofMinutes(2);

  private static final String NAME = "schema registry";

  private static final String MAIN_CLASS = "io.quarkus.bootstrap.runner.QuarkusEntryPoint";

  private final Path dataDirectory;
  private final int port;
  private final ChildJvm child;

  private EmbeddedRegistry(Path dataDirectory, int port, ChildJvm child) {
    this.dataDirectory = dataDirectory;
    this.port = port;
    this.child = child;
  }

  /**
   * Starts a registry and waits until it answers and holds new schemas to {@code BACKWARD}.
   *
   * @param dataDirectory where it stores everything; made when absent
   * @param port where clients connect; 0 for the last run's port or any free one
   * @throws StackException if the port is taken, the registry's program is not found, or it does not answer within 120 seconds; the
   *     message holds its last log lines
   */
  public static EmbeddedRegistry start(Path dataDirectory, int port) {
    Path directory = dataDirectory.toAbsolutePath();
    if (directory.toString().contains(";")) {
      throw new StackException("The registry's database cannot lie in a folder with ';' in its name: " + directory);
    }
    ChildJvm child = null;
    try {
      ChildJvm.awaitEarlier(directory, NAME);
      PortBook.Pair ports = PortBook.settle(directory, port, NAME);
      child =
          ChildJvm.start(
              new ChildJvm.Launch(
                  NAME,
                  directory,
                  RegistryProgram.find().resolve("quarkus-run.jar") + File.pathSeparator + classPathOf(ChildProcess.class),
                  options(directory, ports),
                  List.of(MAIN_CLASS)));
      EmbeddedRegistry registry = new EmbeddedRegistry(directory, ports.main(), child);
      registry.awaitAnswer();
      child.markReady();
      return registry;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare the registry's directory " + directory, e);
    } catch (RuntimeException e) {
      Optional.ofNullable(child).ifPresent(ChildJvm::close);
      throw e;
    }
  }

  private static List<String> options(Path directory, PortBook.Pair ports) {
    return List.of(
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "--add-opens=java.base/java.lang=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dquarkus.http.host=" + Ports.HOST,
        "-Dquarkus.http.port=" + ports.main(),
        // Its own port, and open to the world unless it is told.
        "-Dquarkus.management.host=" + Ports.HOST,
        "-Dquarkus.management.port=" + ports.internal(),
        "-Dquarkus.http.access-log.enabled=false",
        "-Dquarkus.log.category.\"io.apicurio\".level=WARN",
        "-Dapicurio.datasource.url=jdbc:h2:file:" + directory.resolve("schemas"),
        // Twenty connections are opened at the start otherwise.
        "-Dapicurio.datasource.jdbc.initial-size=1",
        "-Dapicurio.datasource.jdbc.min-size=1",
        "-Dapicurio.datasource.jdbc.max-size=10",
        "-Dapicurio.rules.global.compatibility=" + RegistryApi.BACKWARD,
        "-Djava.io.tmpdir=" + directory);
  }

  private static Path classPathOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("class path entry of " + type + " is not a file", e);
    }
  }

  private void awaitAnswer() {
    Deadline deadline = new Deadline(START_LIMIT);
    deadline.await(child, "does not listen on port " + port, () -> Ports.isListening(port));
    try (RegistryApi api = new RegistryApi(url())) {
      deadline.await(child, "does not answer on port " + port, () -> api.compatibility().isPresent());
      // The database remembers what somebody has set by hand in an earlier run, and that wins over the option.
      deadline.await(child, "does not hold schemas to " + RegistryApi.BACKWARD, api::enforceBackward);
    }
  }

  /** Base of the Confluent-compatible API. */
  public String url() {
    return "http://" + Ports.HOST + ":" + port + API;
  }

  /** Port for clients. */
  public int port() {
    return port;
  }

  /** The registry's process. */
  public ProcessHandle process() {
    return child.handle();
  }

  /** Ends the registry as a crash would; for fault tests. */
  public void kill() {
    child.kill();
  }

  /** Starts the registry again after {@link #kill} or a crash, on the same directory and port. */
  public EmbeddedRegistry restart() {
    close();
    return start(dataDirectory, port);
  }

  /** Ends the registry in order and waits for it. */
  @Override
  public void close() {
    child.close();
  }
}
