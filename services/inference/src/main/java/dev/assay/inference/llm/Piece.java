package dev.assay.inference.llm;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/** The nodes that stand at {@code [from, to)} in preorder. */
final class Piece {
  private final TokenTrie trie;
  private final int[] order;
  private final int[] places;
  private final int from;
  private final int to;

  /**
   * @param order the trie's preorder
   * @param places where each node stands in it
   */
  Piece(TokenTrie trie, int[] order, int[] places, int from, int to) {
    this.trie = trie;
    this.order = order;
    this.places = places;
    this.from = from;
    this.to = to;
  }

  int size() {
    return to - from;
  }

  /** How many ancestors the first node has: they are in the slots before the piece's own. */
  int start() {
    return trie.depth(order[from]);
  }

  long[] tokens() {
    return Arrays.stream(order, from, to).mapToLong(trie::token).toArray();
  }

  long[] positions() {
    return Arrays.stream(order, from, to).mapToLong(trie::depth).toArray();
  }

  int node(int row) {
    return order[from + row];
  }

  /** Which rows hold a wanted node. */
  int[] rows(BitSet wanted) {
    return IntStream.range(0, size()).filter(row -> wanted.get(order[from + row])).toArray();
  }

  private boolean holds(int node) {
    return places[node] >= from && places[node] < to;
  }

  /** Fills {@code [size, start + size]}: 0 for a node's ancestors and itself, -inf elsewhere. */
  void mask(FloatBuffer target) {
    int width = start() + size();
    float[][] rows = new float[size()][];
    for (int row = 0; row < size(); row++) {
      int node = order[from + row];
      int parent = trie.parent(node);
      float[] line;
      if (parent >= 0 && holds(parent)) {
        line = rows[places[parent] - from].clone();
      } else {
        line = new float[width];
        Arrays.fill(line, trie.depth(node), width, Float.NEGATIVE_INFINITY);
      }
      line[start() + row] = 0;
      rows[row] = line;
      target.put(line);
    }
  }

  /** The slots of a node and its ancestors, root first. */
  long[] slots(int node) {
    long[] slots = new long[trie.depth(node) + 1];
    for (int at = node; at >= 0; at = trie.parent(at)) {
      slots[trie.depth(at)] = holds(at) ? (long) start() + places[at] - from : trie.depth(at);
    }
    return slots;
  }

  /** The slots of those ancestors of a later node that lie in this piece, in order of depth. */
  long[] pathTo(int node) {
    int count = 0;
    for (int at = trie.parent(node); at >= 0 && holds(at); at = trie.parent(at)) {
      count++;
    }
    long[] slots = new long[count];
    for (int at = trie.parent(node); at >= 0 && holds(at); at = trie.parent(at)) {
      slots[--count] = (long) start() + places[at] - from;
    }
    return slots;
  }
}
