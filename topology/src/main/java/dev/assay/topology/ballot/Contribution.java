package dev.assay.topology.ballot;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What one prompt has to say to its group's prior.
 *
 * @param prompt id of the prompt; empty: a verdict waits for the prior, and nothing else is said
 * @param options number of options of the group's questions
 * @param expected how many of its questions are asked in all rotations
 * @param positions mean log-probability of each position; null when the question was given up
 */
record Contribution(String prompt, int options, int expected, double @Nullable [] positions) {
  private static final int GIVEN_UP = -1;

  static Contribution waiting(int options, int expected) {
    return new Contribution("", options, expected, null);
  }

  boolean isWaiting() {
    return prompt.isEmpty();
  }

  byte[] toBytes() {
    byte[] id = prompt.getBytes(StandardCharsets.UTF_8);
    int count = positions == null ? 0 : positions.length;
    ByteBuffer out = ByteBuffer.allocate(4 * Integer.BYTES + id.length + count * Double.BYTES);
    out.putInt(options).putInt(expected).putInt(id.length).put(id).putInt(positions == null ? GIVEN_UP : count);
    if (positions != null) {
      for (double position : positions) {
        out.putDouble(position);
      }
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
    double[] positions = null;
    if (count != GIVEN_UP) {
      positions = new double[count];
      for (int position = 0; position < count; position++) {
        positions[position] = in.getDouble();
      }
    }
    return new Contribution(new String(id, StandardCharsets.UTF_8), options, expected, positions);
  }
}
