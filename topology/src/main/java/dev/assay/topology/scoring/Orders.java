package dev.assay.topology.scoring;

import dev.assay.records.OrderRule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The arrangements of a question's options: {@code order.get(position)} is the index of the option that stands there. */
public final class Orders {
  /** Fewest options of a question. */
  public static final int LEAST_OPTIONS = 2;

  /** Most options of a question: one a letter. */
  public static final int MOST_OPTIONS = 26;

  /** Most options of which all arrangements are asked: 5! = 120 votes a prompt. */
  public static final int MOST_OPTIONS_FOR_ALL = 5;

  private Orders() {}

  /**
   * The orders that a rule asks for, in lexicographic order, the published one first: 1, n or n! of them, all different.
   *
   * @throws IllegalArgumentException if {@code options} is outside 2 to 26, or above 5 for ALL
   */
  public static List<List<Integer>> of(OrderRule rule, int options) {
    requireOptions(options);
    return switch (rule) {
      case ONE -> List.of(rotation(0, options));
      case CYCLIC -> IntStream.range(0, options).mapToObj(by -> rotation(by, options)).toList();
      case ALL -> permutations(options);
    };
  }

  static void requireOptions(int options) {
    if (options < LEAST_OPTIONS || options > MOST_OPTIONS) {
      throw new IllegalArgumentException(
          "got %d options, expected %d to %d".formatted(options, LEAST_OPTIONS, MOST_OPTIONS));
    }
  }

  private static List<Integer> rotation(int by, int options) {
    return IntStream.range(0, options).mapToObj(position -> (position + by) % options).toList();
  }

  private static List<List<Integer>> permutations(int options) {
    if (options > MOST_OPTIONS_FOR_ALL) {
      throw new IllegalArgumentException(
          "all orders of %d options were asked for, at most %d options have all; ask for CYCLIC"
              .formatted(options, MOST_OPTIONS_FOR_ALL));
    }
    List<List<Integer>> all = new ArrayList<>();
    extend(List.of(), options, all);
    return List.copyOf(all);
  }

  private static void extend(List<Integer> begin, int options, List<List<Integer>> all) {
    if (begin.size() == options) {
      all.add(begin);
      return;
    }
    for (int next = 0; next < options; next++) {
      if (!begin.contains(next)) {
        List<Integer> longer = new ArrayList<>(begin);
        longer.add(next);
        extend(List.copyOf(longer), options, all);
      }
    }
  }
}
