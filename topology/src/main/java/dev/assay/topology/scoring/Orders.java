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

  /** How many orders are drawn where nobody says how many: as many as four options have. */
  public static final int SAMPLED = 24;

  private Orders() {}

  /**
   * The orders that a rule asks for, in lexicographic order, the published one first: 1, n or n! of them, all different.
   *
   * @throws IllegalArgumentException if {@code options} is outside 2 to 26, above 5 for ALL, or the rule is none of ONE, CYCLIC and ALL
   */
  public static List<List<Integer>> of(OrderRule rule, int options) {
    requireOptions(options);
    return switch (rule) {
      case ONE -> List.of(rotation(0, options));
      case CYCLIC -> rotations(options);
      case ALL -> permutations(options);
      case SAMPLED, ADAPTIVE, PRIDE -> throw new IllegalArgumentException("the orders of " + rule + " depend on more than the number of options");
    };
  }

  /** The n rotations of n options, 1 or more. */
  static List<List<Integer>> rotations(int options) {
    return IntStream.range(0, options).mapToObj(by -> rotation(by, options)).toList();
  }

  /** All arrangements of at most 5 options, in lexicographic order. */
  static List<List<Integer>> permutations(int options) {
    if (options > MOST_OPTIONS_FOR_ALL) {
      throw new IllegalArgumentException(
          "all orders of %d options were asked for, at most %d options have all; ask for CYCLIC"
              .formatted(options, MOST_OPTIONS_FOR_ALL));
    }
    List<List<Integer>> all = new ArrayList<>();
    extend(List.of(), options, all);
    return List.copyOf(all);
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
