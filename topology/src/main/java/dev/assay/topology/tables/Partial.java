package dev.assay.topology.tables;

/**
 * All that one partition of the verdicts has counted of a slice so far. A newer one replaces an older one of the same slice and partition,
 * so that a partial that comes twice changes nothing.
 *
 * @param partition the partition
 * @param slice what was counted
 * @param tally the counts since the beginning
 */
record Partial(int partition, Slice slice, Tally tally) {
  byte[] toBytes() {
    BinaryWriter out = new BinaryWriter().putInt(partition);
    slice.write(out);
    tally.write(out);
    return out.toBytes();
  }

  static Partial fromBytes(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    return new Partial(in.getInt(), Slice.read(in), Tally.read(in));
  }
}
