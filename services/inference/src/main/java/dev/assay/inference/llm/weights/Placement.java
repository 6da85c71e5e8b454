package dev.assay.inference.llm.weights;

import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * Where a part lies in a file.
 *
 * @param tensor name of the tensor that holds it
 * @param tensorRows rows of that tensor
 * @param offset the tensor's row that is the part's first
 * @param order the stored row, counted from {@code offset}, of each of the part's rows; empty where they have the same order
 * @param plus what is added to every number
 */
record Placement(String tensor, int tensorRows, int offset, Optional<IntUnaryOperator> order, float plus) {

  static Placement whole(String tensor, int rows) {
    return new Placement(tensor, rows, 0, Optional.empty(), 0);
  }

  /** Rows {@code [offset, …)} of a tensor that holds several parts. */
  static Placement within(String tensor, int tensorRows, int offset) {
    return new Placement(tensor, tensorRows, offset, Optional.empty(), 0);
  }

  Placement inOrder(IntUnaryOperator stored) {
    return new Placement(tensor, tensorRows, offset, Optional.of(stored), plus);
  }

  Placement plus(float number) {
    return new Placement(tensor, tensorRows, offset, order, number);
  }

  int storedRow(int row) {
    return offset + order.map(stored -> stored.applyAsInt(row)).orElse(row);
  }
}
