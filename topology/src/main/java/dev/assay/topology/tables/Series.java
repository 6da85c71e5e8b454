package dev.assay.topology.tables;

import dev.assay.topology.StoreKey;
import java.util.List;

/**
 * Whose tables: a model in a run, or a pair of models.
 *
 * @param run the run
 * @param model the model
 * @param checkpoint its version; empty for flow counters
 * @param other the second model of a pair as {@code model@checkpoint}; empty when there is none
 */
record Series(String run, String model, String checkpoint, String other) {
  String key() {
    return StoreKey.of(run, model, checkpoint, other);
  }

  /** The key of the series that a slice's or a sheet's key begins with. */
  static String keyIn(String longer) {
    List<String> parts = StoreKey.parts(longer);
    return StoreKey.of(parts.get(0), parts.get(1), parts.get(2), parts.get(3));
  }

  void write(BinaryWriter out) {
    out.putString(run).putString(model).putString(checkpoint).putString(other);
  }

  static Series read(BinaryReader in) {
    return new Series(in.getString(), in.getString(), in.getString(), in.getString());
  }
}
