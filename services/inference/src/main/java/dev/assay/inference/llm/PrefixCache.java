package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;

/**
 * Keys and values of tokens that were read before, kept from one reading to the next within a budget of memory. Slots are paged in as
 * they are first used, and never given back: the cache takes what it needs, and at most its budget.
 */
final class PrefixCache implements AutoCloseable {
  private final Transformer transformer;
  private final int slots;
  private final KvIndex index;
  private final PtNDArray keys;
  private final PtNDArray values;

  /**
   * @param slots most tokens that are kept, at least 0
   */
  PrefixCache(Transformer transformer, int slots) {
    this.transformer = transformer;
    this.slots = slots;
    this.index = new KvIndex(slots);
    this.keys = transformer.slots(slots);
    this.values = transformer.slots(slots);
  }

  /** Most tokens that are kept. */
  int slots() {
    return slots;
  }

  /** How many of a text's first tokens are here. */
  int known(Adapter adapter, List<Integer> tokens, int length) {
    int slot = adapter.root();
    for (int i = 0; i < length; i++) {
      slot = index.find(slot, tokens.get(i));
      if (slot == KvIndex.NONE) {
        return i;
      }
    }
    return length;
  }

  /**
   * Begins a reading and finds what is here of its texts; that stays until the next reading begins.
   *
   * @return the slot of each node of the trie, or {@link KvIndex#NONE}
   */
  int[] find(TokenTrie trie, int[] preorder) {
    index.begin();
    int[] slots = new int[trie.size()];
    for (int node : preorder) {
      int parent = trie.parent(node);
      boolean reachable = parent < 0 || slots[parent] != KvIndex.NONE;
      slots[node] = reachable ? index.find(parent < 0 ? trie.adapter(node).root() : slots[parent], trie.token(node)) : KvIndex.NONE;
    }
    for (int i = preorder.length - 1; i >= 0; i--) {
      if (slots[preorder[i]] != KvIndex.NONE) {
        index.touch(slots[preorder[i]]);
      }
    }
    return slots;
  }

  /** Gives a node a slot, whose content is to be {@linkplain #store stored}, unless there is none for it or its parent. */
  void add(TokenTrie trie, int node, int[] slots, boolean shared) {
    int parent = trie.parent(node);
    if (slots[node] == KvIndex.NONE && (parent < 0 || slots[parent] != KvIndex.NONE)) {
      slots[node] = index.add(parent < 0 ? trie.adapter(node).root() : slots[parent], trie.token(node), shared);
    }
  }

  /** Copies keys and values out of slots of a reader's own arrays. */
  void store(NDManager scope, PtNDArray fromKeys, PtNDArray fromValues, int[] from, int[] slots) {
    transformer.copySlots(fromKeys, fromValues, TreeReader.array(scope, from), keys, values, TreeReader.array(scope, slots));
  }

  /** Copies keys and values into slots of a reader's own arrays. */
  void load(NDManager scope, int[] slots, PtNDArray toKeys, PtNDArray toValues, int[] to) {
    transformer.copySlots(keys, values, TreeReader.array(scope, slots), toKeys, toValues, TreeReader.array(scope, to));
  }

  /** Forgets everything. */
  void clear() {
    index.clear();
  }

  @Override
  public void close() {
    keys.close();
    values.close();
  }
}
