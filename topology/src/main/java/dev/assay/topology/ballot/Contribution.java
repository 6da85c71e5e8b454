package dev.assay.topology.ballot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * What one prompt has to say to its group's prior.
 *
 * @param prompt id of the prompt; empty: a verdict waits for the prior, and nothing else is said
 * @param options number of options of the group's questions
 * @param expected how many of its questions are asked in all rotations
 * @param positions mean log-probability of each position; null when the question was given up
 */
record Contribution(String prompt, int options, int expected, @Nullable List<Double> positions) {
  private static final int GIVEN_UP = -1;

  static Contribution waiting(int options, int expected) {
    return new Contribution("", options, expected, null);
  }

  boolean isWaiting() {
    return prompt.isEmpty();
  }

  byte[] toBytes() {
    byte[] id = prompt.getBytes(StandardCharsets.UTF_8);
    int count = positions == null ? 0 : positions.size();
    ByteBuffer out = ByteBuffer.allocate(4 * Integer.BYTES + id.length + count * Double.BYTES);
    out.putInt(options).putInt(expected).putInt(id.length).put(id).putInt(positions == null ? GIVEN_UP : count);
    if (positions != null) {
      positions.forEach(out::putDouble);
    }
    return out.array();
  }

  static Contribution fromBytes(byte[] bytes) {
    return read(ByteBuffer.wrap(bytes));
  }

  static Contribution read(ByteBuffer in) {
    int options = in.getInt();
    int expected = in.getInt();
    byte[] id = new byte[in.getInt()];
    in.get(id);
    int count = in.getInt();
    List<Double> positions = count == GIVEN_UP ? null : DoubleStream.generate(in::getDouble).limit(count).boxed().toList();
    return new Contribution(new String(id, StandardCharsets.UTF_8), options, expected, positions);
  }
}
