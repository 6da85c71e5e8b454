package dev.assay.benchmarks;

import java.util.HashMap;
import java.util.Map;

/** The ids that a file gives its own rows, each of which must be there once. */
final class PublishedIds {
  private final Map<String, Integer> lines = new HashMap<>();

  /** Takes note of an id; refuses the row when an earlier one has it. */
  void add(String id, Json row) {
    Integer earlier = lines.putIfAbsent(id, row.line());
    if (earlier != null) {
      throw row.refused("id " + id + ", which line " + earlier + " has too", "an id of its own");
    }
  }
}
