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

/** Text files in UTF-8 that come to lie in a folder together: all are written aside, then each is renamed, so that none is ever half there. */
public final class ExportFiles {

  private static final String ASIDE = ".partial";

  private final Path folder;
  private final Map<Path, Content> contents = new LinkedHashMap<>();

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

  /**
   * Adds a file.
   *
   * @param path below the folder
   * @throws CommandFailure when another file has the path already
   */
  public void add(Path path, Content content) {
    if (contents.put(folder.resolve(path), content) != null) {
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
      for (Map.Entry<Path, Content> file : contents.entrySet()) {
        Path partial = aside(file.getKey());
        Files.createDirectories(partial.getParent());
        aside.add(partial);
        try (BufferedWriter out = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
          file.getValue().writeTo(out);
        }
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
