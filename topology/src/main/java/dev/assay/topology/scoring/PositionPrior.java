package dev.assay.topology.scoring;

import dev.assay.records.Vote;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model's preference for positions, and answers without it: PriDe (Zheng et al., "Large language models are not robust multiple choice
 * selectors", ICLR 2024, section 4). What a model gives a position, averaged in logarithms over all rotations of a question, no longer
 * depends on the options; the mean over some questions estimates it for others of the same number of options, whose observed
 * probabilities are divided by it.
 */
public final class PositionPrior {
  /** So that one order which rules a position out does not rule it out of all answers; e⁻²⁰ is 2 · 10⁻⁹. */
  private static final double LOWEST = -20;

  private PositionPrior() {}

  /**
   * What one question says: the mean over its rotations of each position's normalised log-probability.
   *
   * @throws IllegalArgumentException unless the votes are usable and every option stood once at every position
   */
  public static List<Double> ofQuestion(List<Vote> votes, int options) {
    Orders.requireOptions(options);
    Collection<Voting.OneOrder> orders = Voting.distinct(votes, options);
    boolean[][] stood = new boolean[options][options];
    double[] mean = new double[options];
    for (Voting.OneOrder order : orders) {
      for (int position = 0; position < options; position++) {
        int option = order.order[position];
        stood[position][option] = true;
        mean[position] += Math.max(LOWEST, order.logProbs[option]) / options;
      }
    }
    boolean balanced = orders.size() == options && Arrays.stream(stood).allMatch(row -> IntStream.range(0, options).allMatch(option -> row[option]));
    if (!balanced) {
      throw new IllegalArgumentException(
          "got votes in the orders %s; expected %d in which every option stands once at every position"
              .formatted(orders.stream().map(order -> Arrays.toString(order.order)).toList(), options));
    }
    return Arrays.stream(mean).boxed().toList();
  }

  /**
   * The prior: the probabilities whose logarithms are the means over questions. The questions' own order may change its last digits; give
   * them in one that does not depend on when they came.
   *
   * @param questions what {@link #ofQuestion} gave for each; none give all positions alike
   */
  public static List<Double> of(List<List<Double>> questions, int options) {
    double[] mean = new double[options];
    for (List<Double> question : questions) {
      for (int position = 0; position < options; position++) {
        mean[position] += question.get(position) / questions.size();
      }
    }
    return Arrays.stream(Voting.probabilities(mean)).boxed().toList();
  }

  /**
   * The probability of each option, in published order, of one vote without the prior; they sum to 1.
   *
   * @throws IllegalArgumentException if the vote is unusable, or the prior is not one positive probability a position
   */
  public static List<Double> without(List<Double> prior, Vote vote) {
    int options = prior.size();
    if (!prior.stream().allMatch(probability -> probability > 0 && probability <= 1)) {
      throw new IllegalArgumentException("got the prior %s, expected a probability above 0 for each position".formatted(prior));
    }
    Voting.OneOrder order = Voting.distinct(List.of(vote), options).iterator().next();
    double[] worth = new double[options];
    for (int position = 0; position < options; position++) {
      int option = order.order[position];
      worth[option] = order.logProbs[option] - StrictMath.log(prior.get(position));
    }
    return Arrays.stream(Voting.probabilities(worth)).boxed().toList();
  }
}
