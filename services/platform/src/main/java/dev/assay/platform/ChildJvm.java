package dev.assay.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A JVM that runs another main class beside this one, never outlives it, and writes what it prints to a file. */
public final class ChildJvm implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChildJvm.class);

  private static final int LAST_LINES = 30;

  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(20);

  /**
   * A terminal sends Ctrl-C and its own end to all processes it started. The children must not follow at once: what runs in the
   * parent still needs them to end in order. An ignored signal stays ignored across exec, and the JVM respects that.
   */
  private static final List<String> DEAF_TO_TERMINAL = List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh");

  private final String name;
  private final Process process;
  private final Path logFile;
  private volatile boolean serving;

  private ChildJvm(String name, Process process, Path logFile) {
    this.name = name;
    this.process = process;
    this.logFile = logFile;
  }

  /**
   * How to start a child.
   *
   * @param name what it is, for messages: {@code broker}
   * @param directory where {@code <name>.log} and {@code <name>.pid} go
   * @param classPath its class path, {@link ChildProcess} included
   * @param jvmOptions options of its JVM
   * @param command main class and arguments
   */
  public record Launch(String name, Path directory, String classPath, List<String> jvmOptions, List<String> command) {

    Path logFile() {
      return directory.resolve(name + ".log");
    }
  }

  /**
   * Waits until the child of an earlier parent, which was killed a moment ago, has ended and freed its files and ports.
   *
   * @throws StackException if it does not end, as a child whose parent lives
   */
  static void awaitEarlier(Path directory, String name) throws IOException {
    ProcessIdentity.awaitEnd(pidFile(directory, name), name, CLOSE_LIMIT.plusSeconds(5));
  }

  private static Path pidFile(Path directory, String name) {
    return directory.resolve(name + ".pid");
  }

  /** Starts a child. */
  public static ChildJvm start(Launch launch) {
    try {
      Files.createDirectories(launch.directory());
      keepLastLog(launch.logFile());
      Process process =
          new ProcessBuilder(command(launch))
              .redirectErrorStream(true)
              .redirectOutput(launch.logFile().toFile())
              .start();
      ProcessIdentity.of(process.toHandle()).write(pidFile(launch.directory(), launch.name()));
      ChildJvm child = new ChildJvm(launch.name(), process, launch.logFile());
      var _ = process.onExit().thenRun(child::reportUnexpectedEnd);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start the " + launch.name() + " in " + launch.directory(), e);
    }
  }

  private static List<String> command(Launch launch) {
    List<String> command = new ArrayList<>(DEAF_TO_TERMINAL);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(launch.jvmOptions());
    command.add("-cp");
    command.add(launch.classPath());
    command.add(ChildProcess.class.getName());
    command.addAll(launch.command());
    return command;
  }

  private static void keepLastLog(Path logFile) throws IOException {
    if (Files.exists(logFile)) {
      Files.move(logFile, logFile.resolveSibling(logFile.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void reportUnexpectedEnd() {
    if (serving) {
      LOG.error("The {} (process {}) ended with status {}; its last lines, from {}:\n{}",
          name, process.pid(), process.exitValue(), logFile, lastLines());
    }
  }

  /** From now on, an end that nobody has asked for is reported. */
  void markReady() {
    serving = true;
  }

  /** The process. */
  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Where it writes what it prints. */
  public Path logFile() {
    return logFile;
  }

  /** The end of what the child has printed. */
  public String lastLines() {
    try {
      // Not readAllLines: a child that is cut short may leave half a character.
      List<String> lines = new String(Files.readAllBytes(logFile), StandardCharsets.UTF_8).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    } catch (IOException e) {
      return "(" + logFile + " cannot be read: " + e + ")";
    }
  }

  /** Why a child that should be ready is not. */
  StackException failure(String why) {
    String state = process.isAlive() ? "process " + process.pid() : "ended with status " + process.exitValue();
    return new StackException(
        "The %s (%s) %s. The last lines of %s:%n%s".formatted(name, state, why, logFile, lastLines()));
  }

  /** Ends the child at once, as a crash would. */
  public void kill() {
    serving = false;
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Asks the child to end in order, waits for it, and cuts it short after 20 seconds. */
  @Override
  public void close() {
    serving = false;
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      LOG.debug("The {} has closed its standard input already.", name, e);
    }
    try {
      if (!process.waitFor(CLOSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("The {} (process {}) did not end within {} s and is killed.", name, process.pid(), CLOSE_LIMIT.toSeconds());
        kill();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }
}
