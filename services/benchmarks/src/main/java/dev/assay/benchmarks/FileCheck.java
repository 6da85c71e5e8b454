package dev.assay.benchmarks;

import java.util.Optional;

/**
 * What became of reading a file.
 *
 * @param rows questions in it; 0 when it is refused
 * @param problem why it is refused; empty when it is sound
 */
public record FileCheck(String task, String file, int rows, Optional<BenchmarkFileException> problem) {}
