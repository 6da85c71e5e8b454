package dev.assay.topology.intake;

import dev.assay.records.Routed;
import dev.assay.topology.Arrival;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that waits for a model which is not announced yet, or for further rounds, as it lies in the store.
 *
 * @param deadline when it is given up, in milliseconds since 1970
 * @param arrival the prompt's record
 * @param routed which model is asked for {@code @router}, where that is decided
 */
record WaitingPrompt(long deadline, Arrival arrival, Optional<Routed> routed) {
  private static final int NO_BYTES = -1;

  byte[] toBytes() {
    byte[] topic = arrival.topic().getBytes(StandardCharsets.UTF_8);
    byte[] key = arrival.record().key();
    byte[] value = arrival.record().value();
    byte[] choice = routed.map(WaitingPrompt::toBytes).orElse(null);
    ByteBuffer out =
        ByteBuffer.allocate(3 * Long.BYTES + 5 * Integer.BYTES + topic.length + lengthOf(key) + lengthOf(value) + lengthOf(choice))
            .putLong(deadline)
            .putLong(arrival.record().timestamp())
            .putLong(arrival.offset())
            .putInt(arrival.partition());
    put(out, topic);
    put(out, key);
    put(out, value);
    put(out, choice);
    return out.array();
  }

  static WaitingPrompt fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long deadline = in.getLong();
    long timestamp = in.getLong();
    long offset = in.getLong();
    int partition = in.getInt();
    String topic = new String(get(in), StandardCharsets.UTF_8);
    Arrival arrival = new Arrival(new Record<>(get(in), get(in), timestamp), topic, partition, offset);
    // A prompt that was kept before there was a choice ends here.
    byte[] choice = in.hasRemaining() ? get(in) : null;
    return new WaitingPrompt(deadline, arrival, Optional.ofNullable(choice).map(WaitingPrompt::routedFromBytes));
  }

  private static byte[] toBytes(Routed routed) {
    try {
      ByteBuffer encoded = routed.toByteBuffer();
      byte[] copy = new byte[encoded.remaining()];
      encoded.get(copy);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Routed routedFromBytes(byte[] bytes) {
    try {
      return Routed.fromByteBuffer(ByteBuffer.wrap(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
