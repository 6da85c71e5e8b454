package dev.assay.benchmarks;

import java.nio.file.Path;

/** A benchmark file that is refused: says which file and line, what was there, what was expected and what to do. Nothing of it is used. */
public final class BenchmarkFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final int line;
  private final String got;
  private final String expected;
  private final String remedy;

  /**
   * Describes the refusal.
   *
   * @param line 1-based line at which the trouble begins; 0 when it concerns the whole file
   */
  public BenchmarkFileException(Path file, int line, String got, String expected, String remedy) {
    super(message(file.toString(), line, got, expected, remedy));
    this.file = file.toString();
    this.line = line;
    this.got = got;
    this.expected = expected;
    this.remedy = remedy;
  }

  private static String message(String file, int line, String got, String expected, String remedy) {
    return "%s%s: got %s; expected %s; %s".formatted(file, line > 0 ? ":" + line : "", got, expected, remedy);
  }

  /** The file as it was opened. */
  public String file() {
    return file;
  }

  /** 1-based line, 0 when the trouble is the whole file. */
  public int line() {
    return line;
  }

  /** What was found. */
  public String got() {
    return got;
  }

  /** What should have been there. */
  public String expected() {
    return expected;
  }

  /** What the reader of this message can do. */
  public String remedy() {
    return remedy;
  }
}
