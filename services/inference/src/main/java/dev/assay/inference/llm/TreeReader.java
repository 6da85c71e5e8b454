package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a token trie through the model, every node once, and those that an earlier reading left in the cache not at all.
 *
 * <p>The nodes are laid out in preorder and cut into pieces. A node attends to its ancestors alone: a mask says which they are, and its
 * position is its depth (tree attention, Miao et al., SpecInfer, 2024). Between two pieces, those keys and values that the second needs
 * are moved to the first slots. What the second piece needs of the nodes computed so far is there: preorder makes any such ancestor an
 * ancestor of the first piece too, or one of its nodes.
 */
final class TreeReader implements AutoCloseable {
  /** What becomes of a piece's results. */
  interface Listener {
    /**
     * Called after each piece that holds wanted nodes; the arrays live until the call returns.
     *
     * @param nodes the wanted nodes of the piece
     * @param hidden their normed last hidden states, a row each
     */
    void read(Piece piece, int[] nodes, PtNDArray hidden);
  }

  private final Transformer transformer;
  private final PrefixCache cache;
  private final Cutting cutting;
  private int slots;
  private @Nullable PtNDArray keys;
  private @Nullable PtNDArray values;
  private ByteBuffer maskBytes = ByteBuffer.allocateDirect(0);

  TreeReader(Transformer transformer, PrefixCache cache, Cutting cutting) {
    this.transformer = transformer;
    this.cache = cache;
    this.cutting = cutting;
  }

  /**
   * Computes what is not in the cache.
   *
   * @param wanted the nodes whose hidden states the listener gets; they are computed in any case
   * @param shared the nodes that several requests need, which the cache then prefers to keep
   * @return the nodes that were computed
   */
  BitSet read(TokenTrie trie, BitSet wanted, BitSet shared, Listener listener) {
    int[] preorder = trie.preorder();
    int[] places = new int[preorder.length];
    for (int place = 0; place < preorder.length; place++) {
      places[preorder[place]] = place;
    }
    int[] kept = cache.find(trie, preorder);
    int[] due = Arrays.stream(preorder).filter(node -> kept[node] == KvIndex.NONE || wanted.get(node)).toArray();
    List<Piece> pieces = new ArrayList<>();
    for (int[] nodes : cutting.cut(trie, due)) {
      pieces.add(new Piece(trie, nodes, preorder, places));
    }
    reserve(pieces.stream().mapToInt(piece -> piece.start() + piece.size()).max().orElse(0));
    try {
      run(trie, pieces, kept, wanted, shared, listener);
    } catch (RuntimeException | OutOfMemoryError e) {
      // A slot may have been given out and not filled.
      cache.clear();
      throw e;
    }
    BitSet computed = new BitSet(trie.size());
    Arrays.stream(due).forEach(computed::set);
    return computed;
  }

  private void run(TokenTrie trie, List<Piece> pieces, int[] kept, BitSet wanted, BitSet shared, Listener listener) {
    Piece last = null;
    for (Piece piece : pieces) {
      try (NDManager scope = transformer.scope()) {
        prepare(scope, last, piece, kept);
        int[] rows = piece.rows(wanted);
        PtNDArray hidden =
            transformer.tree(
                scope,
                array(scope, piece.tokens()),
                array(scope, piece.positions()),
                mask(scope, piece),
                array(scope, Arrays.stream(rows).asLongStream().toArray()),
                keys(),
                values(),
                piece.start(),
                AdapterRows.of(scope, piece.size(), row -> trie.adapter(piece.node(row)), rows));
        if (rows.length > 0) {
          listener.read(piece, Arrays.stream(rows).map(piece::node).toArray(), hidden);
        }
        keep(scope, trie, piece, kept, shared);
      }
      last = piece;
    }
  }

  /** Copies the keys and values of a node of the piece and of all its ancestors into a row. */
  void copyPath(NDManager scope, Piece piece, int node, Rows rows, int row) {
    rows.fill(scope, row, keys(), values(), piece.path(node));
  }

  @Override
  public void close() {
    if (keys != null) {
      keys.close();
    }
    if (values != null) {
      values.close();
    }
  }

  static PtNDArray array(NDManager scope, long[] numbers) {
    return (PtNDArray) scope.create(numbers, new Shape(numbers.length));
  }

  static PtNDArray array(NDManager scope, int[] numbers) {
    return array(scope, Arrays.stream(numbers).asLongStream().toArray());
  }

  /** Brings a piece's context into its slots: from those of the piece before, or else from the cache. */
  private void prepare(NDManager scope, @Nullable Piece last, Piece piece, int[] kept) {
    int same = 0;
    while (last != null && same < Math.min(last.start(), piece.start()) && last.context(same) == piece.context(same)) {
      same++;
    }
    int[] from = IntStream.range(0, piece.start()).map(slot -> last == null ? -1 : last.slot(piece.context(slot))).toArray();
    int[] moved = IntStream.range(same, piece.start()).filter(slot -> from[slot] >= 0).toArray();
    if (moved.length > 0) {
      // All are read before the first is written.
      transformer.copySlots(
          keys(), values(), array(scope, Arrays.stream(moved).map(slot -> from[slot]).toArray()), keys(), values(), array(scope, moved));
    }
    int[] loaded = IntStream.range(same, piece.start()).filter(slot -> from[slot] < 0).toArray();
    if (loaded.length > 0) {
      cache.load(scope, Arrays.stream(loaded).map(slot -> kept[piece.context(slot)]).toArray(), keys(), values(), loaded);
    }
  }

  /** Puts a piece's new keys and values into the cache, as far as there is room. */
  private void keep(NDManager scope, TokenTrie trie, Piece piece, int[] kept, BitSet shared) {
    int[] rows = new int[piece.size()];
    int[] targets = new int[piece.size()];
    int count = 0;
    for (int row = 0; row < piece.size(); row++) {
      int node = piece.node(row);
      if (kept[node] == KvIndex.NONE) {
        cache.add(trie, node, kept, shared.get(node));
        if (kept[node] != KvIndex.NONE) {
          rows[count] = piece.start() + row;
          targets[count++] = kept[node];
        }
      }
    }
    if (count > 0) {
      cache.store(scope, keys(), values(), Arrays.copyOf(rows, count), Arrays.copyOf(targets, count));
    }
  }

  private PtNDArray keys() {
    return Objects.requireNonNull(keys);
  }

  private PtNDArray values() {
    return Objects.requireNonNull(values);
  }

  private void reserve(int needed) {
    if (needed <= slots) {
      return;
    }
    close();
    slots = Math.max(needed, Math.min(2 * slots, transformer.shape().context() + cutting.most()));
    keys = transformer.slots(slots);
    values = transformer.slots(slots);
  }

  private PtNDArray mask(NDManager scope, Piece piece) {
    int bytes = Math.multiplyExact(Math.multiplyExact(piece.size(), piece.start() + piece.size()), Float.BYTES);
    if (maskBytes.capacity() < bytes) {
      maskBytes = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    maskBytes.clear().limit(bytes);
    piece.mask(maskBytes.asFloatBuffer());
    return (PtNDArray) scope.create(maskBytes, new Shape(piece.size(), piece.start() + piece.size()), DataType.FLOAT32);
  }
}
