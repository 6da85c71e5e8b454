package dev.assay.benchmarks;

import java.util.Optional;

/**
 * A task that is there.
 *
 * @param questions how many its file holds; 0 when it is refused
 * @param examples how many its layout sets apart for worked examples
 * @param file the file of its questions
 * @param problem why it cannot be used; empty when it can
 */
public record TaskListing(String task, Benchmark benchmark, int questions, int examples, String file, Optional<String> problem) {}
