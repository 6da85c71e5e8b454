package dev.assay.inference.llm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which token, at the end of which beginning of a text, has its keys and values in which slot of a cache: a token trie whose nodes are
 * the slots. When all slots are taken, the one that was used longest ago gives way.
 *
 * <p>Slots are in two lists, segmented as by Karedla, Love and Wherry (Caching strategies to improve disk system performance, 1994): a
 * token enters among the untried, and moves to the proven when a second request reads it. The untried give way first, so that a stream
 * of texts that are read once cannot push out the beginnings that many share. In each list a token stands before those that continue
 * it, since every text that reads those reads it too; so the last of a list is a leaf of the trie, and to give way costs O(1).
 */
final class KvIndex {
  /** No slot: what is found when nothing is, and the parent of the first token of a text that is read with no adapter. */
  static final int NONE = -1;

  private final int capacity;
  private final Map<Long, Integer> children = new HashMap<>();
  private final int[] tokens;
  private final int[] parents;
  private final long[] usedAt;
  private final boolean[] proven;
  // Doubly linked rings; the two places after the slots are the heads of the lists.
  private final int[] before;
  private final int[] after;
  private final int untriedHead;
  private final int provenHead;
  private int taken;
  private long reading;

  /**
   * @param capacity slots, at least 0
   */
  KvIndex(int capacity) {
    this.capacity = capacity;
    this.untriedHead = capacity;
    this.provenHead = capacity + 1;
    this.tokens = new int[capacity];
    this.parents = new int[capacity];
    this.usedAt = new long[capacity];
    this.proven = new boolean[capacity];
    this.before = new int[capacity + 2];
    this.after = new int[capacity + 2];
    for (int head : new int[] {untriedHead, provenHead}) {
      before[head] = head;
      after[head] = head;
    }
  }

  /** Begins a reading: what is touched or added from now on keeps its slot until the next one begins. */
  void begin() {
    reading++;
  }

  /** How many tokens have a slot. */
  int size() {
    return children.size();
  }

  /** The slot of a token after the text that ends in {@code parent}, {@link Adapter#root} for none, or {@link #NONE}. */
  int find(int parent, int token) {
    return children.getOrDefault(key(parent, token), NONE);
  }

  /** Marks a slot as used by one more reading. Of a text's tokens, the last is to be touched first. */
  void touch(int slot) {
    usedAt[slot] = reading;
    proven[slot] = true;
    unlink(slot);
    link(slot, provenHead);
  }

  /**
   * Gives a token a slot.
   *
   * @param parent the slot of the token before, which this reading has touched or added, or {@link Adapter#root}
   * @param shared whether several requests read it; then they read its parent too
   * @return the slot, or {@link #NONE} when this reading holds all of them
   */
  int add(int parent, int token, boolean shared) {
    int slot = free();
    if (slot == NONE) {
      return NONE;
    }
    tokens[slot] = token;
    parents[slot] = parent;
    usedAt[slot] = reading;
    proven[slot] = shared;
    children.put(key(parent, token), slot);
    boolean sameList = parent >= 0 && proven[parent] == shared;
    int head = shared ? provenHead : untriedHead;
    link(slot, sameList ? parent : head);
    return slot;
  }

  /** Forgets everything. */
  void clear() {
    children.clear();
    taken = 0;
    Arrays.fill(usedAt, 0);
    for (int head : new int[] {untriedHead, provenHead}) {
      before[head] = head;
      after[head] = head;
    }
  }

  private int free() {
    if (taken < capacity) {
      return taken++;
    }
    for (int head : new int[] {untriedHead, provenHead}) {
      int last = before[head];
      if (last != head && usedAt[last] < reading) {
        unlink(last);
        children.remove(key(parents[last], tokens[last]));
        return last;
      }
    }
    return NONE;
  }

  private void link(int slot, int behind) {
    before[slot] = behind;
    after[slot] = after[behind];
    before[after[behind]] = slot;
    after[behind] = slot;
  }

  private void unlink(int slot) {
    after[before[slot]] = after[slot];
    before[after[slot]] = before[slot];
  }

  private static long key(int parent, int token) {
    return ((long) parent << Integer.SIZE) | (token & 0xFFFF_FFFFL);
  }
}
