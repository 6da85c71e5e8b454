package dev.assay.inference.store;

import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The files that checkpoint events name. An event may come from anybody who can write to the log, so nothing is read but safetensors and
 * JSON that lie below an allowed root, without a link out of it, and have the size and the hash that the event says.
 *
 * @param roots folders below which checkpoints may lie
 */
public record CheckpointFiles(List<Path> roots) {

  private static final Set<String> KINDS = Set.of(".safetensors", ".json");

  public CheckpointFiles {
    roots = List.copyOf(roots);
  }

  /**
   * Checks a checkpoint's files.
   *
   * @param needed files that must be among them
   * @return their folder
   * @throws ModelStoreException with what was got and what was expected
   * @throws IOException when a file cannot be read
   */
  public Path verify(Checkpoint checkpoint, Set<String> needed) throws IOException {
    Path folder = folder(checkpoint);
    Set<String> missing = new TreeSet<>(needed);
    for (CheckpointFile file : checkpoint.getFiles()) {
      verify(checkpoint, folder, file);
      missing.remove(file.getPath());
    }
    if (!missing.isEmpty()) {
      throw new ModelStoreException(
          "checkpoint %s lists the files %s, expected %s among them"
              .formatted(checkpoint.getName(), checkpoint.getFiles().stream().map(CheckpointFile::getPath).toList(), missing));
    }
    return folder;
  }

  private Path folder(Checkpoint checkpoint) throws IOException {
    Path given = path(checkpoint);
    if (!given.isAbsolute() || !Files.isDirectory(given)) {
      throw new ModelStoreException(
          "checkpoint %s lies at %s, expected a folder on this machine below one of %s"
              .formatted(checkpoint.getName(), checkpoint.getUri(), roots));
    }
    Path real = given.toRealPath();
    for (Path root : roots) {
      if (Files.isDirectory(root) && real.startsWith(root.toRealPath())) {
        return real;
      }
    }
    throw new ModelStoreException(
        "checkpoint %s lies at %s, which is not below an allowed root, expected one of %s".formatted(checkpoint.getName(), real, roots));
  }

  private static Path path(Checkpoint checkpoint) {
    String uri = checkpoint.getUri();
    try {
      return uri.startsWith("file:") ? Path.of(URI.create(uri)) : Path.of(uri);
    } catch (IllegalArgumentException e) {
      throw new ModelStoreException("checkpoint %s lies at %s, which is no path: %s".formatted(checkpoint.getName(), uri, e.getMessage()), e);
    }
  }

  private static void verify(Checkpoint checkpoint, Path folder, CheckpointFile listed) throws IOException {
    String name = listed.getPath();
    String said = "checkpoint %s: the file %s ".formatted(checkpoint.getName(), name);
    if (KINDS.stream().noneMatch(name.toLowerCase(Locale.ROOT)::endsWith)) {
      throw new ModelStoreException(said + "is neither safetensors nor JSON; files that may hold code, such as .bin and .pt, are never read");
    }
    Path file;
    try {
      file = folder.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new ModelStoreException(said + "has no name that a file can have", e);
    }
    if (!file.startsWith(folder) || file.equals(folder)) {
      throw new ModelStoreException(said + "leads out of the checkpoint's folder " + folder);
    }
    if (!Files.isRegularFile(file)) {
      throw new ModelStoreException(said + "is missing in " + folder);
    }
    if (!file.toRealPath().startsWith(folder)) {
      throw new ModelStoreException(said + "is a link that leads out of the checkpoint's folder " + folder);
    }
    if (Files.size(file) != listed.getBytes()) {
      throw new ModelStoreException(said + "has %d bytes, but the event says %d".formatted(Files.size(file), listed.getBytes()));
    }
    String hash = FileHash.sha256(file);
    if (!hash.equals(listed.getSha256().toLowerCase(Locale.ROOT))) {
      throw new ModelStoreException(said + "has the sha256 %s, but the event says %s".formatted(hash, listed.getSha256()));
    }
  }
}
