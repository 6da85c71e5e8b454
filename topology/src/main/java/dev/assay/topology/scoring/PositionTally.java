package dev.assay.topology.scoring;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.OrderVote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Where the right option stood and which position was chosen, counted over answers: tells a model that prefers a position from one that knows.
 * Tallies of answers add up in any order. Positions count from 0. Source of the measures: Zheng et al., "Large language models are not robust
 * multiple choice selectors", ICLR 2024.
 *
 * @param counts {@code counts.get(right).get(chosen)}; the last column, one beyond the positions, is "none of them"
 */
public record PositionTally(List<List<Long>> counts) {
  /**
   * Copies the counts.
   *
   * @throws IllegalArgumentException unless there are n rows of n + 1 counts from 0 on, n being 2 to 26
   */
  public PositionTally {
    int options = counts.size();
    Orders.requireOptions(options);
    for (List<Long> row : counts) {
      if (row.size() != options + 1 || row.stream().anyMatch(count -> count < 0)) {
        throw new IllegalArgumentException("got the row %s, expected %d counts of 0 or more".formatted(row, options + 1));
      }
    }
    counts = counts.stream().map(List::copyOf).toList();
  }

  /** The tally of no answers to questions of {@code options} options. */
  public static PositionTally none(int options) {
    return new PositionTally(Collections.nCopies(options, Collections.nCopies(options + 1, 0L)));
  }

  /**
   * The tally of one answer.
   *
   * @param right position of the right option; where several are right and one of them was chosen, that one
   * @param chosen position of the chosen option; empty when the answer names none
   * @throws IllegalArgumentException if a position is none of {@code options}
   */
  public static PositionTally of(int options, int right, OptionalInt chosen) {
    int column = chosen.orElse(options);
    if (right < 0 || right >= options || column < 0 || (chosen.isPresent() && column >= options)) {
      throw new IllegalArgumentException(
          "got the right position %d and the chosen one %s, expected 0 to %d".formatted(right, chosen, options - 1));
    }
    long[][] counts = new long[options][options + 1];
    counts[right][column]++;
    return of(counts);
  }

  /** The tally of all votes of a verdict, each in its own order: a model that is asked in every order shows its bias on one question. */
  public static PositionTally of(ChoiceVerdict verdict) {
    int options = verdict.getOptions();
    long[][] counts = new long[options][options + 1];
    for (OrderVote vote : verdict.getVotes()) {
      int chosen = vote.getOrder().indexOf(vote.getOption());
      boolean hit = verdict.getRight().contains(vote.getOption());
      int right = hit ? chosen : vote.getOrder().indexOf(verdict.getRight().getFirst());
      counts[right][chosen < 0 ? options : chosen]++;
    }
    return of(counts);
  }

  private static PositionTally of(long[][] counts) {
    return new PositionTally(Arrays.stream(counts).map(row -> Arrays.stream(row).boxed().toList()).toList());
  }

  /**
   * The tally of both's answers.
   *
   * @throws IllegalArgumentException if their questions have different numbers of options
   */
  public PositionTally merge(PositionTally other) {
    return plus(other, 1);
  }

  /**
   * This without the answers of {@code other}, all of which it must hold.
   *
   * @throws IllegalArgumentException if it cannot hold them
   */
  public PositionTally subtract(PositionTally other) {
    return plus(other, -1);
  }

  /** How many answers were counted. */
  public long answers() {
    return counts.stream().flatMap(List::stream).mapToLong(count -> count).sum();
  }

  /** Share of answers that chose each position; the last one: that named none. Zeros without any answer. */
  public List<Double> chosenShares() {
    return IntStream.rangeClosed(0, counts.size())
        .mapToObj(column -> share(counts.stream().mapToLong(row -> row.get(column)), answers()))
        .toList();
  }

  /** Share of answers whose right option stood at each position. Zeros without any answer. */
  public List<Double> rightShares() {
    return counts.stream().map(row -> share(row.stream().mapToLong(count -> count), answers())).toList();
  }

  /** Share of right answers where the right option stood at a position; empty when it never did. */
  public OptionalDouble recall(int position) {
    List<Long> row = counts.get(position);
    long all = row.stream().mapToLong(count -> count).sum();
    return all == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) row.get(position) / all);
  }

  /**
   * RStd: the standard deviation (over n) of the recalls of all positions, in [0, 0.5]; the paper prints it times 100. 0 when positions make
   * no difference. Empty while a position's recall is.
   */
  public OptionalDouble recallDeviation() {
    List<OptionalDouble> recalls = IntStream.range(0, counts.size()).mapToObj(this::recall).toList();
    if (!recalls.stream().allMatch(OptionalDouble::isPresent)) {
      return OptionalDouble.empty();
    }
    double mean = recalls.stream().mapToDouble(OptionalDouble::getAsDouble).sum() / recalls.size();
    double squares = recalls.stream().mapToDouble(recall -> (recall.getAsDouble() - mean) * (recall.getAsDouble() - mean)).sum();
    return OptionalDouble.of(Math.sqrt(squares / recalls.size()));
  }

  private static double share(LongStream parts, long whole) {
    return whole == 0 ? 0 : (double) parts.sum() / whole;
  }

  private PositionTally plus(PositionTally other, int sign) {
    if (other.counts.size() != counts.size()) {
      throw new IllegalArgumentException(
          "got tallies of %d and of %d options, expected the same number".formatted(counts.size(), other.counts.size()));
    }
    List<List<Long>> sums = new ArrayList<>();
    for (int row = 0; row < counts.size(); row++) {
      List<Long> sum = new ArrayList<>();
      for (int column = 0; column <= counts.size(); column++) {
        sum.add(Math.addExact(counts.get(row).get(column), sign * other.counts.get(row).get(column)));
      }
      sums.add(sum);
    }
    return new PositionTally(sums);
  }
}
