package dev.assay.topology;

import java.util.ArrayList;
import java.util.List;

/** Joins names into one key of a state store. */
public final class StoreKey {
  private StoreKey() {}

  /** Each part behind its length, so that no two lists of parts give the same key and the first parts are a prefix of it. */
  public static String of(String... parts) {
    int length = 0;
    for (String part : parts) {
      length += part.length() + 4;
    }
    StringBuilder key = new StringBuilder(length);
    for (String part : parts) {
      key.append(part.length()).append(':').append(part);
    }
    return key.toString();
  }

  /** The parts of a key that {@link #of} made. */
  public static List<String> parts(String key) {
    List<String> parts = new ArrayList<>();
    for (int at = 0; at < key.length(); ) {
      int colon = key.indexOf(':', at);
      int end = colon + 1 + Integer.parseInt(key, at, colon, 10);
      parts.add(key.substring(colon + 1, end));
      at = end;
    }
    return parts;
  }
}
