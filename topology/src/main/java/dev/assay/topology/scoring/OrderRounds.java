package dev.assay.topology.scoring;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The orders of one question in rounds. A round is an arrangement with all its rotations, so that every option stands once at every place:
 * a preference for places, which is most of what orders differ by, cancels within each round. The first round is the published order with
 * its rotations; the others follow in an order drawn with the question's seed, none twice. All rounds of up to five options together are all
 * orders.
 *
 * <p>Options that are held stay where they are, and the rounds are those of the others.
 */
public final class OrderRounds {
  private final int options;
  private final List<Integer> free;
  private final long seed;
  private final String question;

  private OrderRounds(int options, List<Integer> free, long seed, String question) {
    this.options = options;
    this.free = free;
    this.seed = seed;
    this.question = question;
  }

  /**
   * The rounds of a question.
   *
   * @param options its number of options
   * @param free indices of the options that may change places, ascending: none, or two or more
   * @param seed the seed of the prompt
   * @param question its name within the run; questions of one run get different draws
   * @throws IllegalArgumentException if there are fewer than 2 or more than 26 options, or the free ones are not among them
   */
  public static OrderRounds of(int options, List<Integer> free, long seed, String question) {
    Orders.requireOptions(options);
    if (free.size() == 1 || free.stream().anyMatch(option -> option < 0 || option >= options) || new HashSet<>(free).size() < free.size()) {
      throw new IllegalArgumentException("got the free options %s, expected none, or two or more of 0 to %d".formatted(free, options - 1));
    }
    return new OrderRounds(options, free.stream().sorted().toList(), seed, question);
  }

  /** Orders in a round: as many as there are free options, or one when there are none. */
  public int size() {
    return Math.max(1, free.size());
  }

  /** How many rounds all orders take; 0 for more than five free options, whose orders are too many. */
  public int all() {
    return free.size() > Orders.MOST_OPTIONS_FOR_ALL ? 0 : factorial(size() - 1);
  }

  /** The orders of a round, counted from 0. */
  public List<List<Integer>> round(int number) {
    return orders(number * size(), size());
  }

  /** The first orders, round after round, at most {@code most}: fewer when there are not so many. */
  public List<List<Integer>> first(int most) {
    return orders(0, most);
  }

  /** All orders of at most five free options, in lexicographic order. */
  public List<List<Integer>> everyOne() {
    return free.isEmpty() ? List.of(placed(List.of())) : Orders.permutations(free.size()).stream().map(this::placed).toList();
  }

  private List<List<Integer>> orders(int skip, int most) {
    if (free.isEmpty()) {
      return skip == 0 ? List.of(placed(List.of())) : List.of();
    }
    int size = size();
    List<List<Integer>> orders = new ArrayList<>();
    List<List<Integer>> begins = begins((skip + most + size - 1) / size);
    for (int at = skip; at < skip + most && at / size < begins.size(); at++) {
      List<Integer> begin = begins.get(at / size);
      orders.add(placed(Orders.rotations(size).get(at % size).stream().map(begin::get).toList()));
    }
    return orders;
  }

  /** The arrangements that rounds begin with: option 0 of the free ones comes first in each, so that no rotation of one is another. */
  private List<List<Integer>> begins(int most) {
    int size = size();
    List<Integer> published = IntStream.range(0, size).boxed().toList();
    List<List<Integer>> begins = new ArrayList<>(List.of(published));
    if (most == 1 || size == 2) {
      return begins;
    }
    SeededDraw draw = new SeededDraw(seed, question);
    if (size <= Orders.MOST_OPTIONS_FOR_ALL) {
      List<List<Integer>> others =
          Orders.permutations(size).stream().filter(order -> order.getFirst() == 0 && !order.equals(published)).toList();
      begins.addAll(draw.shuffled(others));
    } else {
      Set<List<Integer>> drawn = new HashSet<>(begins);
      while (begins.size() < most) {
        List<Integer> begin = new ArrayList<>(List.of(0));
        begin.addAll(draw.shuffled(published.subList(1, size)));
        if (drawn.add(List.copyOf(begin))) {
          begins.add(begin);
        }
      }
    }
    return begins.subList(0, Math.min(most, begins.size()));
  }

  private List<Integer> placed(List<Integer> arrangement) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, options).boxed().toList());
    for (int place = 0; place < arrangement.size(); place++) {
      order.set(free.get(place), free.get(arrangement.get(place)));
    }
    return List.copyOf(order);
  }

  private static int factorial(int n) {
    return IntStream.rangeClosed(2, n).reduce(1, (product, factor) -> product * factor);
  }
}
