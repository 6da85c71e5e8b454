package dev.assay.inference.llm;

import dev.assay.inference.llm.weights.Architecture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Decides which nodes of a trie go through the model together.
 *
 * <p>A pass over n nodes with a context of c costs, in units of one token's multiplications with the weights, {@code n + a n (n + c) + f}:
 * every node is held against every column, those that its mask hides too, and weights and operations must be fetched once a pass. Nodes
 * that have nothing in common are cheapest in passes of {@code t = sqrt(f / a)}. A node joins the pass before it as long as that costs
 * no more than its part of a pass of t of its own kind.
 *
 * @param most nodes in a pass, at least 1
 * @param attention a: what one more column costs a node
 * @param pass f: what a pass costs beside its nodes
 */
record Cutting(int most, double attention, double pass) {
  /** Reading the weights from memory takes as long as multiplying them with this many tokens. */
  private static final double PASS_ON_CPU = 16;

  /** Passes below this size leave most of a GPU idle. */
  private static final double PASS_ON_GPU = 2048;

  /** How to cut for a model on a device. */
  static Cutting of(Architecture shape, boolean gpu, int most) {
    double column = 4.0 * shape.layers() * shape.heads() * shape.headDim();
    double token = 2.0 * (shape.parameters() - (double) shape.vocabulary() * shape.hidden());
    return new Cutting(most, column / token, gpu ? PASS_ON_GPU : PASS_ON_CPU);
  }

  /**
   * Cuts nodes into passes.
   *
   * @param due the nodes to be computed, in preorder
   */
  List<int[]> cut(TokenTrie trie, int[] due) {
    double best = Math.clamp(Math.sqrt(pass / attention), 1, most);
    List<int[]> pieces = new ArrayList<>();
    // What the piece at hand has: its own nodes and its context.
    BitSet within = new BitSet(trie.size());
    int from = 0;
    int context = 0;
    for (int at = 0; at < due.length; at++) {
      int node = due[at];
      int size = at - from;
      int added = missing(trie, node, within);
      if (size > 0) {
        double spread = added == 0 ? 0 : (double) size * added / below(trie, due, at);
        double joined = attention * (2.0 * size + context + added + spread);
        double apart = attention * (best + trie.depth(node)) + pass / best;
        if (size >= most || joined > apart) {
          pieces.add(Arrays.copyOfRange(due, from, at));
          within.clear();
          from = at;
          context = 0;
          added = missing(trie, node, within);
        }
      }
      context += added;
      for (int up = node; up >= 0 && !within.get(up); up = trie.parent(up)) {
        within.set(up);
      }
    }
    if (from < due.length) {
      pieces.add(Arrays.copyOfRange(due, from, due.length));
    }
    return pieces;
  }

  private static int missing(TokenTrie trie, int node, BitSet within) {
    int count = 0;
    for (int up = trie.parent(node); up >= 0 && !within.get(up); up = trie.parent(up)) {
      count++;
    }
    return count;
  }

  /** How many of the coming nodes hang on the same parent as this one. */
  private int below(TokenTrie trie, int[] due, int at) {
    int depth = trie.depth(due[at]);
    int end = at + 1;
    while (end < due.length && end - at < most && trie.depth(due[end]) >= depth) {
      end++;
    }
    return end - at;
  }
}
