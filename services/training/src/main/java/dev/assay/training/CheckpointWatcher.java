package dev.assay.training;

import dev.assay.records.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Finds the checkpoints that any trainer writes below a folder. A checkpoint is taken once nothing in its folder has changed from one look
 * to the next and all its files are whole, so that none is taken half-written. For one thread.
 */
public final class CheckpointWatcher {
  private final Path root;
  private final CheckpointEvents.Said said;
  private final Map<Path, Map<String, List<Long>>> seen = new HashMap<>();

  /** What the folders were like when they were taken or refused. */
  private final Map<Path, Map<String, List<Long>>> settled = new HashMap<>();

  /**
   * What a look found.
   *
   * @param whole checkpoints that were not there, or were others, at the looks before
   * @param refused why a folder that does not change is not taken; each is said once
   */
  public record Look(List<Checkpoint> whole, List<String> refused) {
    public Look {
      whole = List.copyOf(whole);
      refused = List.copyOf(refused);
    }
  }

  /**
   * Watches a folder, in which each checkpoint has a folder of its own.
   *
   * @param said of all of them
   */
  public CheckpointWatcher(Path root, CheckpointEvents.Said said) {
    this.root = root.toAbsolutePath().normalize();
    this.said = said;
  }

  /** Looks at all folders; the same again later finds what was finished meanwhile. */
  public Look look() throws IOException {
    List<Checkpoint> whole = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    List<Path> folders;
    try (Stream<Path> found = Files.list(root)) {
      folders = found.filter(path -> Files.isDirectory(path) && !path.getFileName().toString().startsWith(".")).sorted().toList();
    }
    seen.keySet().retainAll(folders);
    settled.keySet().retainAll(folders);
    for (Path folder : folders) {
      Map<String, List<Long>> now = state(folder);
      Map<String, List<Long>> before = seen.put(folder, now);
      if (!now.equals(before) || now.equals(settled.get(folder)) || CheckpointEvents.layout(folder).isEmpty()) {
        continue;
      }
      settled.put(folder, now);
      try {
        Checkpoint event = CheckpointEvents.read(folder, root, said);
        if (state(folder).equals(now)) {
          whole.add(event);
        } else {
          settled.remove(folder);
        }
      } catch (IOException | RuntimeException e) {
        refused.add(Objects.requireNonNullElse(e.getMessage(), e.toString()));
      }
    }
    return new Look(whole, refused);
  }

  /** Size and time of all files below a folder; one that disappears meanwhile is as if it had never been. */
  private static Map<String, List<Long>> state(Path folder) throws IOException {
    Map<String, List<Long>> state = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.toList();
    } catch (UncheckedIOException e) {
      return state;
    }
    for (Path file : files) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        state.put(folder.relativize(file).toString(), List.of(attributes.size(), attributes.lastModifiedTime().toMillis()));
      } catch (IOException e) {
        state.remove(folder.relativize(file).toString());
      }
    }
    return state;
  }
}
