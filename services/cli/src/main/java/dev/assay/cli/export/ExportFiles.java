package dev.assay.cli.export;

import dev.assay.cli.terminal.CommandFailure;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** Files that come to lie in a folder together, texts in UTF-8: all are written aside, then each is renamed, so that none is ever half there. */
public final class ExportFiles {

  private static final String ASIDE = ".partial";

  private final Path folder;
  private final Map<Path, Writing> contents = new LinkedHashMap<>();

  /** No files yet. */
  public ExportFiles(Path folder) {
    this.folder = folder;
  }

  /** Writes a file's text. */
  @FunctionalInterface
  public interface Content {

    /** Appends all of it. */
    void writeTo(Appendable out) throws IOException;
  }

  /** Writes a whole file. */
  @FunctionalInterface
  public interface Writing {

    /** Writes to a file that is not there yet. */
    void writeTo(Path file) throws IOException;
  }

  /**
   * Adds a text file.
   *
   * @param path below the folder
   * @throws CommandFailure when another file has the path already
   */
  public void add(Path path, Content content) {
    addWritten(
        path,
        file -> {
          try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            content.writeTo(out);
          }
        });
  }

  /**
   * Adds a file that is no text.
   *
   * @param path below the folder
   * @throws CommandFailure when another file has the path already
   */
  public void addWritten(Path path, Writing writing) {
    if (contents.put(folder.resolve(path), writing) != null) {
      throw new CommandFailure("two files would be %s, since names that differ only in signs become the same".formatted(folder.resolve(path)));
    }
  }

  /**
   * Writes all files; gives where they lie.
   *
   * @param overwrite whether files of the same names may be replaced
   * @throws CommandFailure when they may not and there are some, or a file cannot be written
   */
  public List<Path> write(boolean overwrite) {
    List<Path> there = contents.keySet().stream().filter(Files::exists).toList();
    if (!overwrite && !there.isEmpty()) {
      throw new CommandFailure("there is already %s; choose another --output, or replace with --force".formatted(there.getFirst()));
    }
    List<Path> aside = new ArrayList<>();
    try {
      for (Map.Entry<Path, Writing> file : contents.entrySet()) {
        Path partial = aside(file.getKey());
        Files.createDirectories(partial.getParent());
        aside.add(partial);
        // What an earlier export left when it was killed.
        Files.deleteIfExists(partial);
        file.getValue().writeTo(partial);
      }
      for (Path file : contents.keySet()) {
        Files.move(aside(file), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new CommandFailure("cannot write to %s: %s; choose another folder with --output".formatted(folder, e), e);
    } finally {
      aside.forEach(ExportFiles::deleteQuietly);
    }
    return List.copyOf(contents.keySet());
  }

  private static Path aside(Path file) {
    return file.resolveSibling(file.getFileName() + ASIDE);
  }

  /** What was renamed is gone already; what cannot be deleted must not hide why it was left. */
  private static void deleteQuietly(Path partial) {
    try {
      Files.deleteIfExists(partial);
    } catch (IOException e) {
      LoggerFactory.getLogger(ExportFiles.class).warn("{} is left over: {}", partial, e.toString());
    }
  }
}
