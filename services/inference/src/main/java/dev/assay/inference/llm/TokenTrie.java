package dev.assay.inference.llm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A trie of token sequences: each common beginning is one path, so that it is computed once. Nodes are numbered in the order in which
 * they were made; a node's depth is its token's position in the text. Texts of different adapters have nothing in common, whatever their tokens.
 */
final class TokenTrie {
  private static final int NONE = -1;

  private int size;
  private int[] tokens = new int[1024];
  private int[] parents = new int[1024];
  private int[] depths = new int[1024];
  private int[] firstChildren = new int[1024];
  private int[] nextSiblings = new int[1024];
  private int[] roots = new int[1024];
  private int firstRoot = NONE;
  private final List<Adapter> adapters = new ArrayList<>();

  /**
   * Adds the path of the first {@code length} tokens.
   *
   * @param adapter with which they are read
   * @return the nodes of the path, root first
   */
  int[] add(Adapter adapter, List<Integer> sequence, int length) {
    int[] path = new int[length];
    int parent = NONE;
    int root = root(adapter);
    for (int i = 0; i < length; i++) {
      parent = childOf(parent, root, sequence.get(i));
      path[i] = parent;
    }
    return path;
  }

  int size() {
    return size;
  }

  int token(int node) {
    return tokens[node];
  }

  /** The node before, or -1 at the beginning of a text. */
  int parent(int node) {
    return parents[node];
  }

  int depth(int node) {
    return depths[node];
  }

  /** The adapter with which a node's text is read. */
  Adapter adapter(int node) {
    return adapters.get(roots[node]);
  }

  /** All nodes, each before its descendants, and each subtree in one piece. */
  int[] preorder() {
    int[] order = new int[size];
    int count = 0;
    int node = firstRoot;
    while (node != NONE) {
      order[count++] = node;
      if (firstChildren[node] != NONE) {
        node = firstChildren[node];
      } else {
        while (node != NONE && nextSiblings[node] == NONE) {
          node = parents[node];
        }
        node = node == NONE ? NONE : nextSiblings[node];
      }
    }
    return order;
  }

  private int root(Adapter adapter) {
    int found = adapters.indexOf(adapter);
    if (found >= 0) {
      return found;
    }
    adapters.add(adapter);
    return adapters.size() - 1;
  }

  private int childOf(int parent, int root, int token) {
    int last = NONE;
    for (int child = parent == NONE ? firstRoot : firstChildren[parent]; child != NONE; child = nextSiblings[child]) {
      if (tokens[child] == token && roots[child] == root) {
        return child;
      }
      last = child;
    }
    int node = append(parent, root, token);
    if (last != NONE) {
      nextSiblings[last] = node;
    } else if (parent == NONE) {
      firstRoot = node;
    } else {
      firstChildren[parent] = node;
    }
    return node;
  }

  private int append(int parent, int root, int token) {
    if (size == tokens.length) {
      int capacity = 2 * size;
      tokens = Arrays.copyOf(tokens, capacity);
      parents = Arrays.copyOf(parents, capacity);
      depths = Arrays.copyOf(depths, capacity);
      firstChildren = Arrays.copyOf(firstChildren, capacity);
      nextSiblings = Arrays.copyOf(nextSiblings, capacity);
      roots = Arrays.copyOf(roots, capacity);
    }
    tokens[size] = token;
    roots[size] = root;
    parents[size] = parent;
    depths[size] = parent == NONE ? 0 : depths[parent] + 1;
    firstChildren[size] = NONE;
    nextSiblings[size] = NONE;
    return size++;
  }
}
