package dev.assay.topology.scoring;

import java.util.stream.IntStream;

/**
 * The order in which numpy 1.24's {@code argsort} (its default, {@code kind="quicksort"}) puts indices, equal values included: an introsort
 * that is not stable. HELM's selective accuracy depends on it where confidences are equal. Source: numpy/core/src/npysort/quicksort.cpp and
 * heapsort.cpp; newer versions sort by vector instructions and put equal values in yet another order.
 */
final class NumpyOrder {
  /** Partitions up to this many values are sorted by insertion. */
  private static final int SMALL = 16;

  private final double[] values;
  private final int[] order;

  private NumpyOrder(double[] values) {
    this.values = values;
    this.order = IntStream.range(0, values.length).toArray();
  }

  /** Indices of {@code values} by ascending value. */
  static int[] ascending(double[] values) {
    NumpyOrder sort = new NumpyOrder(values);
    if (values.length > 1) {
      int log = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(values.length);
      sort.quick(0, values.length - 1, 2 * log);
    }
    return sort.order;
  }

  private void quick(int from, int to, int depth) {
    if (depth < 0) {
      heap(from, to - from + 1);
      return;
    }
    int left = from;
    int right = to;
    int allowed = depth;
    while (right - left >= SMALL) {
      int middle = partition(left, right);
      allowed--;
      // numpy puts the larger part on a stack; parts do not touch each other, so that the order in which they are sorted does not matter.
      if (middle - left < right - middle) {
        quick(middle + 1, right, allowed);
        right = middle - 1;
      } else {
        quick(left, middle - 1, allowed);
        left = middle + 1;
      }
    }
    insert(left, right);
  }

  private int partition(int left, int right) {
    int middle = left + ((right - left) >> 1);
    orderPair(left, middle);
    orderPair(middle, right);
    orderPair(left, middle);
    double pivot = values[order[middle]];
    int i = left;
    int j = right - 1;
    swap(middle, j);
    while (true) {
      do {
        i++;
      } while (values[order[i]] < pivot);
      do {
        j--;
      } while (pivot < values[order[j]]);
      if (i >= j) {
        break;
      }
      swap(i, j);
    }
    swap(i, right - 1);
    return i;
  }

  private void orderPair(int low, int high) {
    if (values[order[high]] < values[order[low]]) {
      swap(low, high);
    }
  }

  private void insert(int left, int right) {
    for (int i = left + 1; i <= right; i++) {
      int index = order[i];
      int j = i;
      while (j > left && values[index] < values[order[j - 1]]) {
        order[j] = order[j - 1];
        j--;
      }
      order[j] = index;
    }
  }

  /** Sorts {@code size} places from {@code from} on, positions counting from 1 as in a heap. */
  private void heap(int from, int size) {
    int base = from - 1;
    for (int root = size >> 1; root > 0; root--) {
      sink(base, root, size, order[base + root]);
    }
    for (int n = size; n > 1; n--) {
      int index = order[base + n];
      order[base + n] = order[base + 1];
      sink(base, 1, n - 1, index);
    }
  }

  private void sink(int base, int root, int size, int index) {
    int i = root;
    int child = root << 1;
    while (child <= size) {
      if (child < size && values[order[base + child]] < values[order[base + child + 1]]) {
        child++;
      }
      if (!(values[index] < values[order[base + child]])) {
        break;
      }
      order[base + i] = order[base + child];
      i = child;
      child += child;
    }
    order[base + i] = index;
  }

  private void swap(int i, int j) {
    int index = order[i];
    order[i] = order[j];
    order[j] = index;
  }
}
