package dev.assay.topology.ballot;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a ballot that is asked in rounds has so far. Never changes. */
final class Rounds {
  private static final long NONE_CLOSED = -1;

  private final SortedMap<Integer, Kept> kept;
  private final SortedSet<Integer> asked;
  private final long closed;
  private final byte[] ruled;

  /**
   * What is known of a ballot.
   *
   * @param kept which answer stands for each round
   * @param asked the rounds that were asked for
   * @param closed offset of the prompt that was let go last; -1 for none
   * @param ruled SHA-256 of the verdict that was made last; empty for none
   */
  private Rounds(SortedMap<Integer, Kept> kept, SortedSet<Integer> asked, long closed, byte[] ruled) {
    this.kept = kept;
    this.asked = asked;
    this.closed = closed;
    this.ruled = ruled;
  }

  /** The answer that stands for a round: where it stands among the round's answers, and its bytes, empty when it is of no use. */
  static final class Kept {
    private final Standing standing;
    private final byte[] answer;

    private Kept(Standing standing, byte[] answer) {
      this.standing = standing;
      this.answer = answer;
    }

    Standing standing() {
      return standing;
    }

    byte[] answer() {
      return answer;
    }
  }

  SortedMap<Integer, Kept> kept() {
    return kept;
  }

  SortedSet<Integer> asked() {
    return asked;
  }

  long closed() {
    return closed;
  }

  static Rounds none() {
    return new Rounds(new TreeMap<>(), new TreeSet<>(), NONE_CLOSED, new byte[0]);
  }

  @Nullable Standing standing(int round) {
    Kept answer = kept.get(round);
    return answer == null ? null : answer.standing();
  }

  Rounds with(int round, Standing standing, byte[] answer) {
    SortedMap<Integer, Kept> more = new TreeMap<>(kept);
    more.put(round, new Kept(standing, answer));
    return new Rounds(more, asked, closed, ruled).asking(round);
  }

  Rounds asking(int round) {
    SortedSet<Integer> more = new TreeSet<>(asked);
    more.add(round);
    return new Rounds(kept, more, closed, ruled);
  }

  Rounds closing(long offset) {
    return new Rounds(kept, asked, offset, ruled);
  }

  Rounds ruling(byte[] hash) {
    return new Rounds(kept, asked, closed, hash);
  }

  boolean isRuled(byte[] hash) {
    return Arrays.equals(ruled, hash);
  }

  byte[] toBytes() {
    int size = 3 * Integer.BYTES + Long.BYTES + asked.size() * Integer.BYTES + ruled.length;
    for (Kept each : kept.values()) {
      size += 2 * Integer.BYTES + Standing.BYTES + each.answer().length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).putLong(closed).putInt(ruled.length).put(ruled).putInt(asked.size());
    asked.forEach(out::putInt);
    out.putInt(kept.size());
    kept.forEach((round, each) -> out.putInt(round).put(each.standing().toBytes()).putInt(each.answer().length).put(each.answer()));
    return out.array();
  }

  static Rounds fromBytes(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long closed = in.getLong();
    byte[] ruled = take(in, in.getInt());
    SortedSet<Integer> asked = new TreeSet<>();
    for (int left = in.getInt(); left > 0; left--) {
      asked.add(in.getInt());
    }
    SortedMap<Integer, Kept> kept = new TreeMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      int round = in.getInt();
      Standing standing = Standing.fromBytes(take(in, Standing.BYTES));
      kept.put(round, new Kept(standing, take(in, in.getInt())));
    }
    return new Rounds(kept, asked, closed, ruled);
  }

  private static byte[] take(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
