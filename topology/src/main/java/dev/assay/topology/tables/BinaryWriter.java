package dev.assay.topology.tables;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;

/** Writes what {@link BinaryReader} reads: the form of this package's records in stores and internal topics. */
final class BinaryWriter {
  private ByteBuffer out = ByteBuffer.allocate(512);

  BinaryWriter putByte(int value) {
    room(Byte.BYTES).put((byte) value);
    return this;
  }

  BinaryWriter putInt(int value) {
    room(Integer.BYTES).putInt(value);
    return this;
  }

  BinaryWriter putLong(long value) {
    room(Long.BYTES).putLong(value);
    return this;
  }

  BinaryWriter putDouble(double value) {
    room(Double.BYTES).putDouble(value);
    return this;
  }

  BinaryWriter putString(String value) {
    return putBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  BinaryWriter putStrings(Collection<String> values) {
    putInt(values.size());
    values.forEach(this::putString);
    return this;
  }

  BinaryWriter putBytes(byte[] value) {
    putInt(value.length);
    room(value.length).put(value);
    return this;
  }

  byte[] toBytes() {
    return Arrays.copyOf(out.array(), out.position());
  }

  private ByteBuffer room(int bytes) {
    if (out.remaining() < bytes) {
      out = ByteBuffer.allocate(Math.max(2 * out.capacity(), out.position() + bytes)).put(out.flip());
    }
    return out;
  }
}
