package dev.assay.benchmarks;

/**
 * Where a question stands.
 *
 * @param file file name without its folder
 * @param line 1-based line at which its record begins
 */
public record Source(String file, int line) {
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
