package dev.assay.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that cannot be mistaken for a later one with the same number.
 *
 * @param pid the process number
 * @param startMillis when it started, milliseconds since 1970; 0 where the system does not tell
 */
record ProcessIdentity(long pid, long startMillis) {

  static ProcessIdentity of(ProcessHandle handle) {
    return new ProcessIdentity(handle.pid(), startMillis(handle));
  }

  private static long startMillis(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** The process, while it runs. */
  Optional<ProcessHandle> running() {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(handle -> startMillis(handle) == startMillis);
  }

  void write(Path file) throws IOException {
    Files.writeString(file, pid + " " + startMillis + "\n");
  }

  static Optional<ProcessIdentity> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String[] parts = Files.readString(file).strip().split(" ", -1);
    try {
      return Optional.of(new ProcessIdentity(Long.parseLong(parts[0]), Long.parseLong(parts[1])));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      // Half a line, from a machine that lost its power: that process is gone as well.
      return Optional.empty();
    }
  }

  /** Waits until the process that a file names has ended; it is the child of a parent that was killed, or somebody's who still lives. */
  static void awaitEnd(Path file, String name, Duration limit) throws IOException {
    Optional<ProcessHandle> left = read(file).flatMap(ProcessIdentity::running);
    if (left.isEmpty()) {
      return;
    }
    try {
      left.get().onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new StackException(
          "The %s of another stack, process %d, still runs on %s: end it first.".formatted(name, left.get().pid(), file.getParent()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackException("Interrupted while waiting for the earlier " + name + ", process " + left.get().pid() + ".", e);
    } catch (ExecutionException e) {
      throw new StackException("Cannot watch the earlier " + name + ", process " + left.get().pid() + ".", e);
    }
  }
}
