package dev.assay.benchmarks.published;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much of a benchmark a data folder holds.
 *
 * @param benchmark its folder
 * @param files how many files it has as published
 * @param pinned how many of them are here byte for byte
 * @param other files that are here with other bytes, such as another edition of the benchmark
 * @param missing files that are not here
 */
public record Completeness(String benchmark, int files, int pinned, List<String> other, List<String> missing) {
  /** Copies the lists. */
  public Completeness {
    other = List.copyOf(other);
    missing = List.copyOf(missing);
  }

  /** Each benchmark whose files Assay knows, in their order. */
  public static List<Completeness> of(Path folder) {
    Map<String, List<PublishedFile>> byBenchmark = new LinkedHashMap<>();
    PublishedFile.all().forEach(file -> byBenchmark.computeIfAbsent(file.benchmark(), any -> new ArrayList<>()).add(file));
    return byBenchmark.entrySet().stream().map(entry -> of(folder, entry.getKey(), entry.getValue())).toList();
  }

  private static Completeness of(Path folder, String benchmark, List<PublishedFile> files) {
    List<String> other = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (PublishedFile file : files) {
      Path path = folder.resolve(file.file());
      try {
        if (!Files.exists(path)) {
          missing.add(file.file());
        } else if (!file.isAt(path)) {
          other.add(file.file());
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot read " + path, e);
      }
    }
    return new Completeness(benchmark, files.size(), files.size() - other.size() - missing.size(), other, missing);
  }

  /** Whether every file is here, in whichever edition. */
  public boolean isComplete() {
    return missing.isEmpty();
  }
}
