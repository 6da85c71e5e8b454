package dev.assay.topology.tables;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The most recently used values, read from a store when they are missing: a bound for the heap, whatever the number of runs. */
final class Recent<V> {
  private static final int INITIAL_CAPACITY = 64;
  private static final float LOAD_FACTOR = 0.75f;

  private final Map<String, V> values;

  /** Keeps at most so many values. */
  Recent(int most) {
    this.values =
        new LinkedHashMap<>(INITIAL_CAPACITY, LOAD_FACTOR, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > most;
          }
        };
  }

  /** The value of a key, made by {@code load} when it is not here. */
  V get(String key, Function<String, V> load) {
    V value = values.get(key);
    if (value == null) {
      value = load.apply(key);
      values.put(key, value);
    }
    return value;
  }

  /** The value of a key; null when it is not here. */
  @Nullable V peek(String key) {
    return values.get(key);
  }
}
