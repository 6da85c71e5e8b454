package dev.assay.bench;

import dev.assay.cli.stack.Stage;
import dev.assay.platform.ChildJvm;
import dev.assay.platform.KafkaSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A {@link ServiceProgram} in a child JVM that dies with this one, can be killed, and started again with the same arguments. */
public final class Service implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /** For services that are killed and started again: the first compiler alone starts faster. */
  public static final List<String> SHORT_LIVED = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  private static final List<String> JVM_OPTIONS =
      List.of(
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.assay.records");

  private final String name;
  private final Path directory;
  private final Path ready;
  private final List<String> options;
  private final List<String> command;
  private ChildJvm child;

  private Service(String name, Path directory, Path ready, List<String> options, List<String> command) {
    this.options = options;
    this.name = name;
    this.directory = directory;
    this.ready = ready;
    this.command = command;
    this.child = launch();
  }

  /**
   * Starts stream stages in one process.
   *
   * @param options of its JVM
   */
  public static Service stages(
      KafkaSettings settings, Path directory, String instance, List<String> options, int threads, Stage... stages) {
    List<String> rest = new ArrayList<>(List.of("stage", instance, Integer.toString(threads)));
    Stream.of(stages).map(Stage::name).forEach(rest::add);
    return start("stages-" + instance, settings, directory, options, rest);
  }

  /**
   * Starts a worker for each model in one process.
   *
   * @param options of its JVM
   * @param files stored answers by model name
   * @param stallAfter how many requests of each model are answered before it takes a batch and never ends it; negative: all
   */
  public static Service workers(
      KafkaSettings settings,
      Path directory,
      String instance,
      List<String> options,
      int maxBatch,
      Duration lease,
      int stallAfter,
      Map<String, Path> files) {
    List<String> rest =
        new ArrayList<>(
            List.of("worker", instance, Integer.toString(maxBatch), Long.toString(lease.toMillis()), Integer.toString(stallAfter)));
    files.forEach((model, file) -> rest.add(model + "=" + file));
    return start("worker-" + instance, settings, directory, options, rest);
  }

  private static Service start(String name, KafkaSettings settings, Path directory, List<String> options, List<String> rest) {
    Path ready = directory.resolve(name + ".ready");
    List<String> command = new ArrayList<>();
    command.add(ServiceProgram.class.getName());
    command.add(ready.toString());
    command.add(settings.bootstrapServers());
    command.add(settings.registryUrl());
    command.add(settings.stateDirectory().toString());
    command.addAll(rest);
    return new Service(name, directory, ready, allOptions(options), command);
  }

  private static List<String> allOptions(List<String> options) {
    return Stream.concat(options.stream(), JVM_OPTIONS.stream()).toList();
  }

  private ChildJvm launch() {
    try {
      Files.deleteIfExists(ready);
      Files.deleteIfExists(stallMark());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the marks of " + name, e);
    }
    return ChildJvm.start(
        new ChildJvm.Launch(name, directory, System.getProperty("java.class.path"), options, command));
  }

  /**
   * Waits until the service is at work.
   *
   * @throws IllegalStateException with the end of its log, when it ends before or takes more than a minute
   */
  public Service awaitReady() {
    return await(ready, "is not at work");
  }

  /** Waits until a model of these workers has taken the batch that it will never end. */
  public Service awaitStall() {
    return await(stallMark(), "has not stalled");
  }

  private Path stallMark() {
    return Path.of(ready + ".stalled");
  }

  private Service await(Path mark, String otherwise) {
    boolean there = Await.until(START_LIMIT, () -> Files.exists(mark) || !child.isAlive());
    if (!there || !Files.exists(mark)) {
      throw new IllegalStateException("%s %s; its last lines:%n%s".formatted(name, otherwise, child.lastLines()));
    }
    return this;
  }

  /** Ends the process as {@code kill -9} does. */
  public void kill() {
    child.kill();
  }

  /** Starts the process again; it is not at work yet. */
  public Service restart() {
    child.close();
    child = launch();
    return this;
  }

  /** The process. */
  public ProcessHandle process() {
    return child.handle();
  }

  /** What the process has printed. */
  public String log() {
    try {
      return Files.readString(child.logFile());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the log of " + name, e);
    }
  }

  /** Ends the process in order. */
  @Override
  public void close() {
    child.close();
  }
}
