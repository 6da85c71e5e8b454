package dev.assay.topology.routing.policy;

import java.util.LinkedHashMap;
import java.util.Map;

/** Gives a text's place in a space of meanings, such as a sentence embedding of length 1; nothing for every text when there is no embedder. */
@FunctionalInterface
public interface Meaning {
  /** No embedder: words alone are looked at. */
  Meaning NONE = text -> new float[0];

  /** The text's numbers; as many for every text, and the same for the same text. */
  float[] of(String text);

  /** The same, which remembers its last so many answers. Safe for many threads. */
  static Meaning remembering(Meaning meaning, int most) {
    Map<String, float[]> known = new LinkedHashMap<>();
    return text -> {
      synchronized (known) {
        float[] before = known.get(text);
        if (before != null) {
          return before;
        }
      }
      float[] found = meaning.of(text);
      synchronized (known) {
        known.put(text, found);
        if (known.size() > most) {
          known.remove(known.keySet().iterator().next());
        }
      }
      return found;
    };
  }
}
