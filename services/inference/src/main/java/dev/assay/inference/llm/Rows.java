package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of texts that grow, a row a text. All rows have the length of the longest; the arrays grow as they are needed, up to a
 * budget, and stay.
 */
final class Rows implements AutoCloseable {
  /** Rows get a length that is a multiple of this where the budget allows it, so that a slightly longer text finds room as it is. */
  private static final int STEP = 128;

  private final Transformer transformer;
  private final int budget;
  private int total;
  private int length;
  private @Nullable PtNDArray keys;
  private @Nullable PtNDArray values;

  /**
   * @param budget most slots of all rows together; a single text gets what it needs even beyond
   */
  Rows(Transformer transformer, int budget) {
    this.transformer = transformer;
    this.budget = budget;
  }

  /** How many texts of a length fit; at least one. */
  int capacity(int longest) {
    return Math.max(1, budget / longest);
  }

  /** Slots from the beginning of a row to the beginning of the next. */
  int length() {
    return length;
  }

  PtNDArray keys() {
    return Objects.requireNonNull(keys);
  }

  PtNDArray values() {
    return Objects.requireNonNull(values);
  }

  /**
   * Makes room.
   *
   * @param rows how many there will be
   * @param longest most tokens of one of them
   * @param held how many slots are filled of each row that there is
   */
  void reserve(NDManager scope, int rows, int longest, int[] held) {
    if (longest <= length && rows * length <= total) {
      return;
    }
    int rounded = (longest + STEP - 1) / STEP * STEP;
    int wanted = (long) rows * rounded <= budget ? rounded : longest;
    int[] from = places(held, length);
    int[] to = places(held, wanted);
    int needed = Math.multiplyExact(rows, wanted);
    if (needed > total) {
      int grown = Math.max(needed, Math.min(budget, 2 * total));
      if (from.length == 0) {
        close();
      }
      PtNDArray newKeys = blanks(grown);
      PtNDArray newValues = newKeys;
      try {
        newValues = blanks(grown);
        if (from.length > 0) {
          copy(scope, keys(), values(), from, newKeys, newValues, to);
        }
      } catch (RuntimeException e) {
        newKeys.close();
        newValues.close();
        throw e;
      }
      close();
      keys = newKeys;
      values = newValues;
      total = grown;
    } else if (from.length > 0) {
      copy(scope, keys(), values(), from, keys(), values(), to);
    }
    length = wanted;
  }

  /** Fills the first slots of a row. */
  void fill(NDManager scope, int row, PtNDArray fromKeys, PtNDArray fromValues, int[] from) {
    copy(scope, fromKeys, fromValues, from, keys(), values(), IntStream.range(row * length, row * length + from.length).toArray());
  }

  /** Moves the first slots of one row to another. */
  void move(NDManager scope, int source, int target, int count) {
    fill(scope, target, keys(), values(), IntStream.range(source * length, source * length + count).toArray());
  }

  @Override
  public void close() {
    if (keys != null) {
      keys.close();
      keys = null;
    }
    if (values != null) {
      values.close();
      values = null;
    }
    total = 0;
    length = 0;
  }

  /** Forgets what a row holds: what is not finite there would spoil the row even where it is masked. */
  void blank(int row) {
    transformer.blank(keys(), row * length, length);
    transformer.blank(values(), row * length, length);
  }

  private void copy(NDManager scope, PtNDArray fromKeys, PtNDArray fromValues, int[] from, PtNDArray toKeys, PtNDArray toValues, int[] to) {
    transformer.copySlots(fromKeys, fromValues, TreeReader.array(scope, from), toKeys, toValues, TreeReader.array(scope, to));
  }

  /** Masked slots are read too, and must hold numbers. */
  private PtNDArray blanks(int slots) {
    PtNDArray blank = transformer.slots(slots);
    transformer.blank(blank, 0, slots);
    return blank;
  }

  private static int[] places(int[] held, int length) {
    return IntStream.range(0, held.length)
        .flatMap(row -> IntStream.range(row * length, row * length + held[row]))
        .toArray();
  }
}
