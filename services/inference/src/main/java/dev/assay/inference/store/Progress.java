package dev.assay.inference.store;

/** Hears how far a fetch has come. */
@FunctionalInterface
public interface Progress {
  /** For those who need not know. */
  Progress SILENT = (what, done, total) -> {};

  /**
   * Hears of some bytes more.
   *
   * @param what the file that is fetched
   * @param done bytes so far
   * @param total bytes in all; 0 while unknown
   */
  void at(String what, long done, long total);
}
