package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a token trie through the model, every node once.
 *
 * <p>The nodes are laid out in preorder and cut into pieces of bounded size. A node attends to its ancestors alone: a mask says which they
 * are, and its position is its depth (tree attention, Miao et al., SpecInfer, 2024). Preorder makes every ancestor that lies before a
 * piece an ancestor of the piece's first node, so one path of keys and values, a slot a depth, is all that pieces hand on to each other.
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
  private final int maxPassTokens;
  private int slots;
  private @Nullable PtNDArray keys;
  private @Nullable PtNDArray values;
  private ByteBuffer maskBytes = ByteBuffer.allocateDirect(0);

  TreeReader(Transformer transformer, int maxPassTokens) {
    this.transformer = transformer;
    this.maxPassTokens = maxPassTokens;
  }

  /** Computes all nodes; {@code wanted} are those whose hidden states the listener gets. */
  void read(TokenTrie trie, BitSet wanted, Listener listener) {
    int[] order = trie.preorder();
    int deepest = 0;
    int[] places = new int[order.length];
    for (int place = 0; place < order.length; place++) {
      places[order[place]] = place;
      deepest = Math.max(deepest, trie.depth(order[place]));
    }
    reserve(deepest + 1 + Math.min(maxPassTokens, order.length));
    for (int from = 0; from < order.length; from += maxPassTokens) {
      int to = Math.min(order.length, from + maxPassTokens);
      Piece piece = new Piece(trie, order, places, from, to);
      try (NDManager scope = transformer.scope()) {
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
                piece.start());
        if (rows.length > 0) {
          listener.read(piece, Arrays.stream(rows).map(piece::node).toArray(), hidden);
        }
        if (to < order.length) {
          long[] path = piece.pathTo(order[to]);
          if (path.length > 0) {
            transformer.keep(keys(), values(), array(scope, path), trie.depth(order[to]) - path.length);
          }
        }
      }
    }
  }

  /** Copies the keys and values of a node of the piece and of all its ancestors into the first slots of a row. */
  void copyPath(NDManager scope, Piece piece, int node, PtNDArray rowKeys, PtNDArray rowValues, int row) {
    transformer.admit(keys(), values(), array(scope, piece.slots(node)), rowKeys, rowValues, row);
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
    slots = Math.max(needed, Math.min(2 * slots, transformer.shape().context() + maxPassTokens));
    long[] size = {transformer.shape().layers(), slots, transformer.shape().kvHeads(), transformer.shape().headDim()};
    keys = transformer.cache(size);
    values = transformer.cache(size);
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
