package dev.assay.schemas;

import java.util.Map;

/**
 * A topic as Assay creates it.
 *
 * @param name at most 249 characters of {@code [a-zA-Z0-9._-]}
 * @param partitions 1 or more
 * @param config topic settings that differ from the broker's defaults
 */
public record TopicSpec(String name, int partitions, Map<String, String> config) {

  /** Copies the settings. */
  public TopicSpec {
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be > 0; got " + partitions + " for topic " + name);
    }
    config = Map.copyOf(config);
  }
}
