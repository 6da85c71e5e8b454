package dev.assay.topology.intake;

import dev.assay.topology.Arrival;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that waits for a model which is not announced yet, as it lies in the store.
 *
 * @param deadline when it is given up, in milliseconds since 1970
 * @param arrival the prompt's record
 */
record WaitingPrompt(long deadline, Arrival arrival) {
  private static final int NO_BYTES = -1;

  byte[] toBytes() {
    byte[] topic = arrival.topic().getBytes(StandardCharsets.UTF_8);
    byte[] key = arrival.record().key();
    byte[] value = arrival.record().value();
    ByteBuffer out =
        ByteBuffer.allocate(3 * Long.BYTES + 4 * Integer.BYTES + topic.length + lengthOf(key) + lengthOf(value))
            .putLong(deadline)
            .putLong(arrival.record().timestamp())
            .putLong(arrival.offset())
            .putInt(arrival.partition());
    put(out, topic);
    put(out, key);
    put(out, value);
    return out.array();
  }

  static WaitingPrompt fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long deadline = in.getLong();
    long timestamp = in.getLong();
    long offset = in.getLong();
    int partition = in.getInt();
    String topic = new String(get(in), StandardCharsets.UTF_8);
    return new WaitingPrompt(deadline, new Arrival(new Record<>(get(in), get(in), timestamp), topic, partition, offset));
  }

  /** The deadline alone, without reading the rest. */
  static long deadline(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }

  private static int lengthOf(byte @Nullable [] part) {
    return part == null ? 0 : part.length;
  }

  private static void put(ByteBuffer out, byte @Nullable [] part) {
    out.putInt(part == null ? NO_BYTES : part.length);
    if (part != null) {
      out.put(part);
    }
  }

  private static byte @Nullable [] get(ByteBuffer in) {
    int length = in.getInt();
    if (length == NO_BYTES) {
      return null;
    }
    byte[] part = new byte[length];
    in.get(part);
    return part;
  }
}
