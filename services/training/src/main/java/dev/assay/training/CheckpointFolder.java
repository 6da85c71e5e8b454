package dev.assay.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.inference.llm.weights.AdapterFolder;
import dev.assay.inference.llm.weights.FloatFile;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.store.FileHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
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
 * The folder of a training: {@code checkpoint-N} for each checkpoint, an adapter as PEFT stores it with the trainer's state in
 * {@code trainer}. A checkpoint is written aside, brought to the disk and renamed, so that one that has its name is whole.
 */
final class CheckpointFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFolder.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "checkpoint-";
  private static final Pattern CHECKPOINT = Pattern.compile(NAME + "[0-9]+");
  private static final String ASIDE = ".writing-";
  private static final String DAMAGED = ".damaged-";
  private static final String STATE = "trainer/state.json";
  private static final String NUMBERS = "trainer/state.safetensors";
  private static final String LOCK = ".lock";

  private final Path root;
  private final FileChannel lock;

  private CheckpointFolder(Path root, FileChannel lock) {
    this.root = root;
    this.lock = lock;
  }

  /** The numbers of a training between two steps. */
  static final class Numbers {
    private final float[] adapter;
    private final float[] mean;
    private final float[] square;

    Numbers(float[] adapter, float[] mean, float[] square) {
      this.adapter = adapter;
      this.mean = mean;
      this.square = square;
    }

    float[] adapter() {
      return adapter;
    }

    float[] mean() {
      return mean;
    }

    float[] square() {
      return square;
    }
  }

  /** Writes an adapter into a folder. */
  interface AdapterWriter {
    void write(Path folder) throws IOException;
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
   * The numbers that a checkpoint was saved with.
   *
   * @param size how many the adapter has
   */
  static Numbers numbers(SavedCheckpoint saved, int size) throws IOException {
    Map<String, float[]> numbers = FloatFile.read(saved.folder().resolve(NUMBERS));
    for (String name : List.of("adapter", "mean", "square")) {
      if (!numbers.containsKey(name) || numbers.get(name).length != size) {
        throw new ModelFileException("%s holds no %d numbers of %s".formatted(saved.folder().resolve(NUMBERS), size, name));
      }
    }
    return new Numbers(numbers.get("adapter"), numbers.get("mean"), numbers.get("square"));
  }

  /**
   * Saves a checkpoint. When it fails, as on a full disk, all that was there before is as it was.
   *
   * @param state its files are filled in
   */
  SavedCheckpoint save(TrainerState state, AdapterWriter adapter, Numbers numbers) throws IOException {
    Path folder = root.resolve(NAME + state.step());
    Path aside = root.resolve(ASIDE + state.step());
    delete(aside);
    try {
      Files.createDirectories(aside.resolve("trainer"));
      adapter.write(aside);
      FloatFile.write(
          aside.resolve(NUMBERS),
          List.of(
              tensor("adapter", numbers.adapter), tensor("mean", numbers.mean), tensor("square", numbers.square)));
      Map<String, String> hashes = new TreeMap<>();
      for (String file : List.of(AdapterFolder.CONFIG, AdapterFolder.WEIGHTS, NUMBERS)) {
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
    } catch (IOException e) {
      try {
        delete(aside);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw new TrainingException(
          "cannot write the checkpoint %s: %s; those before it are as they were: make room and start again to go on from the last"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }

  private static FloatFile.Tensor tensor(String name, float[] numbers) {
    return new FloatFile.Tensor(name, List.of(numbers.length), FloatBuffer.wrap(numbers));
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
