package dev.assay.inference.llm;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** Divides the computed nodes of a trie among the groups that need them: a node that k groups need counts 1/k for each. */
final class Sharing {
  private final List<BitSet> touched = new ArrayList<>();

  /** Begins the next group. */
  void begin() {
    touched.add(new BitSet());
  }

  /** The current group needs these nodes. */
  void touch(int[] nodes) {
    BitSet group = touched.getLast();
    for (int node : nodes) {
      group.set(node);
    }
  }

  /** The nodes that more than one group needs. */
  BitSet shared() {
    BitSet once = new BitSet();
    BitSet more = new BitSet();
    for (BitSet group : touched) {
      BitSet again = (BitSet) group.clone();
      again.and(once);
      more.or(again);
      once.or(group);
    }
    return more;
  }

  /**
   * Each group's share, rounded by largest remainder so that the shares sum to the number of nodes that were computed.
   *
   * @param computed nodes that went through the model; the others cost nothing
   */
  long[] shares(BitSet computed) {
    int[] owners = new int[computed.length()];
    List<BitSet> costly = touched.stream().map(group -> both(group, computed)).toList();
    costly.forEach(group -> group.stream().forEach(node -> owners[node]++));
    long total = IntStream.of(owners).filter(count -> count > 0).count();
    double[] exact = costly.stream().mapToDouble(group -> group.stream().mapToDouble(node -> 1.0 / owners[node]).sum()).toArray();
    long[] shares = new long[exact.length];
    long given = 0;
    for (int i = 0; i < exact.length; i++) {
      // A sum of fractions that should be whole may fall short of it by the last bits.
      shares[i] = (long) Math.floor(exact[i] + 1e-6);
      given += shares[i];
    }
    List<Integer> byRemainder =
        IntStream.range(0, exact.length)
            .boxed()
            .sorted((a, b) -> Double.compare(exact[b] - shares[b], exact[a] - shares[a]))
            .toList();
    for (int i = 0; given < total; i++, given++) {
      shares[byRemainder.get(i)]++;
    }
    return shares;
  }

  private static BitSet both(BitSet a, BitSet b) {
    BitSet both = (BitSet) a.clone();
    both.and(b);
    return both;
  }
}
