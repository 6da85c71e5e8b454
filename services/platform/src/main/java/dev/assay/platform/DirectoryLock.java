package dev.assay.platform;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The right to run a stack on a data directory. The operating system takes the lock back when its holder dies, so none can be left
 * behind.
 */
final class DirectoryLock implements AutoCloseable {

  private static final String NAME = "stack.lock";

  /**
   * The directories locked by this JVM. POSIX gives up all of a process's locks on a file when any descriptor of it is closed, so a
   * second try in the same process must not even open the file.
   */
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final FileChannel channel;

  private DirectoryLock(Path directory, FileChannel channel) {
    this.directory = directory;
    this.channel = channel;
  }

  /**
   * Takes the lock.
   *
   * @throws StackException if another stack holds it; names that stack's process and addresses
   */
  static DirectoryLock acquire(Path dataDirectory) throws IOException {
    Files.createDirectories(dataDirectory);
    Path directory = dataDirectory.toRealPath();
    if (!HELD_HERE.add(directory)) {
      throw inUse(directory, Long.toString(ProcessHandle.current().pid()));
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel =
          FileChannel.open(
              directory.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw inUse(directory, read(channel));
      }
      locked = true;
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)), 0);
      return new DirectoryLock(directory, channel);
    } finally {
      if (!locked) {
        HELD_HERE.remove(directory);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer content = ByteBuffer.allocate(32);
    channel.read(content, 0);
    return StandardCharsets.UTF_8.decode(content.flip()).toString();
  }

  private static StackException inUse(Path directory, String pid) throws IOException {
    Optional<StackFile> running = StackFile.ofRunning(directory);
    String holder =
        running
            .map(found -> "process %d (broker %s, schema registry %s)"
                .formatted(found.owner().pid(), found.bootstrapServers(), found.registryUrl()))
            .orElse("process " + pid + ", which is still starting");
    return new StackException(
        "The data directory %s is in use by the stack of %s: use that stack, end it, or choose another directory."
            .formatted(directory, holder));
  }

  @Override
  public void close() throws IOException {
    channel.close();
    HELD_HERE.remove(directory);
  }
}
