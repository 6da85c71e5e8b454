package dev.assay.topology.tables;

import java.util.Arrays;

/** The form of a partial in the store of tallies: behind a byte that says whether it was sent on. */
final class Counted {
  private static final byte UNSENT = 0;
  private static final byte SENT = 1;

  private Counted() {}

  static byte[] unsent(byte[] partial) {
    return behind(UNSENT, partial);
  }

  static byte[] sent(byte[] partial) {
    return behind(SENT, partial);
  }

  static boolean isSent(byte[] counted) {
    return counted[0] == SENT;
  }

  static byte[] partial(byte[] counted) {
    return Arrays.copyOfRange(counted, 1, counted.length);
  }

  private static byte[] behind(byte mark, byte[] partial) {
    byte[] counted = new byte[1 + partial.length];
    counted[0] = mark;
    System.arraycopy(partial, 0, counted, 1, partial.length);
    return counted;
  }
}
