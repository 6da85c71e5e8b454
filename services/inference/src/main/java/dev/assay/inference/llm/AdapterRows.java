package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Which rows of a pass belong to which adapter, in the form that {@code ops.py} expects. */
final class AdapterRows {
  private AdapterRows() {}

  /**
   * For each adapter that some row has: its rows, its rows among the wanted ones, and its arrays.
   *
   * @param rows how many go through the model
   * @param adapter of each row
   * @param wanted the rows that go through the end of the last block
   */
  static List<PtNDArray> of(NDManager scope, int rows, IntFunction<Adapter> adapter, int[] wanted) {
    Map<Adapter, List<Integer>> all = group(rows, adapter);
    if (all.isEmpty()) {
      return List.of();
    }
    Map<Adapter, List<Integer>> last = group(wanted.length, place -> adapter.apply(wanted[place]));
    List<PtNDArray> arrays = new ArrayList<>();
    all.forEach(
        (one, own) -> {
          arrays.add(array(scope, own));
          arrays.add(array(scope, last.getOrDefault(one, List.of())));
          arrays.addAll(one.arrays());
        });
    return arrays;
  }

  private static Map<Adapter, List<Integer>> group(int rows, IntFunction<Adapter> adapter) {
    Map<Adapter, List<Integer>> groups = new LinkedHashMap<>();
    IntStream.range(0, rows)
        .filter(row -> adapter.apply(row) != Adapter.NONE)
        .forEach(row -> groups.computeIfAbsent(adapter.apply(row), _ -> new ArrayList<>()).add(row));
    return groups;
  }

  private static PtNDArray array(NDManager scope, List<Integer> rows) {
    return TreeReader.array(scope, rows.stream().mapToLong(Integer::longValue).toArray());
  }
}
