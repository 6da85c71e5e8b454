package dev.assay.topology.ballot;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Which answer stands for a run, prompt, model and checkpoint. The first made goes before all others, the hash decides between two of one
 * millisecond.
 *
 * @param usable whether it gave a verdict, rather than a dead letter
 * @param answeredAt when it was made, in milliseconds since 1970
 * @param hash the first 8 bytes of the SHA-256 of its Avro bytes
 * @param hashRest the next 8
 */
record Standing(boolean usable, long answeredAt, long hash, long hashRest) {
  static final int BYTES = 1 + 3 * Long.BYTES;

  private static final int WIRE_HEADER_BYTES = 5;

  private static final Comparator<Standing> BY_TIME =
      Comparator.comparingLong(Standing::answeredAt).thenComparingLong(Standing::hash).thenComparingLong(Standing::hashRest);

  static Standing of(boolean usable, long answeredAt, byte[] answer) {
    // The wire format's header names a schema of one registry; the same answer is to hash alike in another installation.
    ByteBuffer digest = ByteBuffer.wrap(sha256(Arrays.copyOfRange(answer, Math.min(answer.length, WIRE_HEADER_BYTES), answer.length)));
    return new Standing(usable, answeredAt, digest.getLong(), digest.getLong());
  }

  /** Whether this answer is to stand in the other's place. */
  boolean goesBefore(Standing other) {
    return BY_TIME.compare(this, other) < 0;
  }

  /** Whether both are the same answer. */
  boolean isSameAs(Standing other) {
    return BY_TIME.compare(this, other) == 0;
  }

  /** A usable answer replaces a failure and any later answer; a failure replaces only another failure. */
  static boolean changes(@Nullable Standing before, Standing now) {
    if (before == null) {
      return true;
    }
    if (before.usable) {
      return now.usable && now.goesBefore(before);
    }
    return !now.isSameAs(before);
  }

  byte[] toBytes() {
    return ByteBuffer.allocate(BYTES).put((byte) (usable ? 1 : 0)).putLong(answeredAt).putLong(hash).putLong(hashRest).array();
  }

  static Standing fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Standing(in.get() == 1, in.getLong(), in.getLong(), in.getLong());
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
