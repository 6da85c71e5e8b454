package dev.assay.topology.tables;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads what {@link BinaryWriter} wrote. */
final class BinaryReader {
  private final ByteBuffer in;

  BinaryReader(byte[] bytes) {
    this.in = ByteBuffer.wrap(bytes);
  }

  boolean hasMore() {
    return in.hasRemaining();
  }

  int getByte() {
    return in.get();
  }

  int getInt() {
    return in.getInt();
  }

  long getLong() {
    return in.getLong();
  }

  double getDouble() {
    return in.getDouble();
  }

  String getString() {
    return new String(getBytes(), StandardCharsets.UTF_8);
  }

  List<String> getStrings() {
    int size = in.getInt();
    List<String> values = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      values.add(getString());
    }
    return values;
  }

  byte[] getBytes() {
    byte[] value = new byte[in.getInt()];
    in.get(value);
    return value;
  }
}
