package dev.assay.inference.llm;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Nodes of a trie that go through the model together, with those of their ancestors that do not: the context, whose keys and values
 * must be at hand. Slots {@code [0, start)} are the context's, in preorder, and {@code [start, start + size)} the nodes'.
 */
final class Piece {
  private final TokenTrie trie;
  private final int[] nodes;
  private final int[] context;
  private final int[] slots;

  /**
   * @param nodes in preorder
   * @param preorder all nodes of the trie
   * @param places where each node stands in it
   */
  Piece(TokenTrie trie, int[] nodes, int[] preorder, int[] places) {
    this.trie = trie;
    this.nodes = nodes;
    BitSet own = new BitSet(trie.size());
    for (int node : nodes) {
      own.set(node);
    }
    BitSet outside = new BitSet(trie.size());
    for (int node : nodes) {
      for (int at = trie.parent(node); at >= 0 && !outside.get(at); at = trie.parent(at)) {
        if (own.get(at)) {
          // Its own ancestors were seen when it was.
          break;
        }
        outside.set(at);
      }
    }
    this.context = outside.stream().map(node -> places[node]).sorted().map(place -> preorder[place]).toArray();
    this.slots = new int[trie.size()];
    Arrays.fill(slots, -1);
    for (int i = 0; i < context.length; i++) {
      slots[context[i]] = i;
    }
    for (int i = 0; i < nodes.length; i++) {
      slots[nodes[i]] = context.length + i;
    }
  }

  int size() {
    return nodes.length;
  }

  /** How many slots the context takes. */
  int start() {
    return context.length;
  }

  /** The node whose keys and values a slot of the context holds. */
  int context(int slot) {
    return context[slot];
  }

  int node(int row) {
    return nodes[row];
  }

  /** The slot of a node, or -1 when it is neither of the piece nor of its context. */
  int slot(int node) {
    return slots[node];
  }

  long[] tokens() {
    return Arrays.stream(nodes).mapToLong(trie::token).toArray();
  }

  long[] positions() {
    return Arrays.stream(nodes).mapToLong(trie::depth).toArray();
  }

  /** Which rows hold a wanted node. */
  int[] rows(BitSet wanted) {
    return IntStream.range(0, nodes.length).filter(row -> wanted.get(nodes[row])).toArray();
  }

  /** Fills {@code [size, start + size]}: 0 for a node's ancestors and itself, -inf elsewhere. */
  void mask(FloatBuffer target) {
    int width = start() + size();
    float[][] rows = new float[size()][];
    for (int row = 0; row < size(); row++) {
      int parent = trie.parent(nodes[row]);
      float[] line;
      if (parent >= 0 && slots[parent] >= start()) {
        line = rows[slots[parent] - start()].clone();
      } else {
        line = new float[width];
        Arrays.fill(line, Float.NEGATIVE_INFINITY);
        for (int at = parent; at >= 0; at = trie.parent(at)) {
          line[slots[at]] = 0;
        }
      }
      line[start() + row] = 0;
      rows[row] = line;
      target.put(line);
    }
  }

  /** The slots of a node and its ancestors, root first. */
  int[] path(int node) {
    int[] path = new int[trie.depth(node) + 1];
    for (int at = node; at >= 0; at = trie.parent(at)) {
      path[trie.depth(at)] = slots[at];
    }
    return path;
  }
}
