package dev.assay.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.store.FileHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a training: {@code checkpoint-N} for each checkpoint, an adapter as PEFT stores it or a model as transformers does, with the
 * trainer's state in {@code trainer}. A checkpoint is written aside, brought to the disk and renamed, so that one that has its name is whole.
 */
final class CheckpointFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);

  /** Where what workers do not read lies. */
  static final String TRAINER = "trainer/";

  /** What a training needs to go on, beside what workers read. */
  static final String NUMBERS = TRAINER + "state.safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "checkpoint-";
  private static final Pattern CHECKPOINT = Pattern.compile(NAME + "[0-9]+");
  private static final String ASIDE = ".writing-";
  private static final String DAMAGED = ".damaged-";
  private static final String STATE = "trainer/state.json";
  private static final String LOCK = ".lock";

  private final Path root;
  private final FileChannel lock;

  private CheckpointFolder(Path root, FileChannel lock) {
    this.root = root;
    this.lock = lock;
  }

  /** Writes a checkpoint into a folder that has a folder {@code trainer}. */
  interface Writer {
    /** Writes all files, and gives their paths in the folder. */
    List<String> write(Path folder) throws IOException;
  }

  /**
   * Opens the folder for one training, and takes away what an end in the middle of a writing left.
   *
   * @throws TrainingException when another process trains there
   */
  static CheckpointFolder open(Path root) throws IOException {
    Files.createDirectories(root);
    FileChannel channel = FileChannel.open(root.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock held = channel.tryLock();
      if (held == null) {
        throw new OverlappingFileLockException();
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw new TrainingException(root + " is in use by another training; wait for its end, or give another --output", e);
    }
    try (Stream<Path> found = Files.list(root)) {
      for (Path left : found.filter(path -> name(path).startsWith(ASIDE)).toList()) {
        delete(left);
      }
    }
    return new CheckpointFolder(root, channel);
  }

  /** The last checkpoint that is whole; later ones that are not are put aside. */
  Optional<SavedCheckpoint> last() throws IOException {
    List<Path> found;
    try (Stream<Path> all = Files.list(root)) {
      found = all.filter(path -> CHECKPOINT.matcher(name(path)).matches()).sorted(Comparator.comparingLong(CheckpointFolder::step)).toList().reversed();
    }
    for (Path folder : found) {
      try {
        TrainerState state = JSON.readValue(folder.resolve(STATE).toFile(), TrainerState.class);
        for (Map.Entry<String, String> file : state.files().entrySet()) {
          if (!FileHash.sha256(folder.resolve(file.getKey())).equals(file.getValue())) {
            throw new IOException(file.getKey() + " has not the sha256 that it was written with");
          }
        }
        return Optional.of(new SavedCheckpoint(folder, state));
      } catch (IOException e) {
        Path aside = root.resolve(DAMAGED + name(folder));
        LOG.warn("{} is not whole and put aside as {}: {}", folder, aside.getFileName(), e.getMessage());
        delete(aside);
        Files.move(folder, aside);
      }
    }
    return Optional.empty();
  }

  /**
   * Saves a checkpoint. When it fails, as on a full disk or by what the writer says, all that was there before is as it was.
   *
   * @param state its files are filled in
   */
  SavedCheckpoint save(TrainerState state, Writer writer) throws IOException {
    Path folder = root.resolve(NAME + state.step());
    Path aside = root.resolve(ASIDE + state.step());
    delete(aside);
    try {
      Files.createDirectories(aside.resolve("trainer"));
      Map<String, String> hashes = new TreeMap<>();
      for (String file : writer.write(aside)) {
        hashes.put(file, FileHash.sha256(aside.resolve(file)));
      }
      TrainerState whole = state.withFiles(hashes);
      try (FileChannel out = FileChannel.open(aside.resolve(STATE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(whole));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      sync(aside.resolve("trainer"));
      sync(aside);
      Files.move(aside, folder, StandardCopyOption.ATOMIC_MOVE);
      sync(root);
      return new SavedCheckpoint(folder, whole);
    } catch (TrainingException e) {
      discard(aside, e);
      throw e;
    } catch (IOException e) {
      discard(aside, e);
      throw new TrainingException(
          "cannot write the checkpoint %s: %s; those before it are as they were: make room and start again to go on from the last"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  private static void discard(Path aside, Exception because) {
    try {
      delete(aside);
    } catch (IOException left) {
      because.addSuppressed(left);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private static long step(Path folder) {
    return Long.parseLong(name(folder).substring(NAME.length()));
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  /** Brings a folder's entries to the disk. */
  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(folder)) {
      walk.forEach(all::add);
    }
    for (Path path : all.reversed()) {
      Files.delete(path);
    }
  }
}
