package dev.assay.topology.scoring;

import dev.assay.records.OrderVote;
import dev.assay.records.Vote;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Merges the votes of one model on one question into a choice under each voting rule.
 *
 * <p>Each order's log-probabilities are first normalised over the options (log-softmax), so that an order whose labels the model finds
 * unlikely altogether weighs no less than another. Sums run over the orders in lexicographic order and use {@link StrictMath}, so the list's
 * own order changes no bit of the outcome, on any machine.
 */
public final class Voting {
  /** A log-probability above this is no rounding error but a wrong number. */
  private static final double ROUNDING = 1e-3;

  private Voting() {}

  /**
   * What one rule chose.
   *
   * @param option index in published order
   * @param confidence in [0, 1]: the option's probability among the options, or for max-vote its share of the votes
   */
  public record Choice(int option, double confidence) {}

  /**
   * What the votes come to.
   *
   * @param one the published order's choice, or that of the lexicographically first order where the published one was not answered
   * @param maxVote the option most orders chose; ties go to the higher mean log-probability, then the lower index
   * @param meanLogProb the option with the highest mean normalised log-probability; ties go to the lower index
   * @param probabilities each option's by the rule of {@code meanLogProb}, in published order; they sum to 1
   * @param votes each order's most probable option (ties: the lower index), orders ascending, no order twice
   */
  public record Merged(Choice one, Choice maxVote, Choice meanLogProb, List<Double> probabilities, List<OrderVote> votes) {
    public Merged {
      probabilities = List.copyOf(probabilities);
      votes = List.copyOf(votes);
    }
  }

  /**
   * Merges votes over {@code options} options. A vote that is there twice counts once.
   *
   * @throws IllegalArgumentException if there is no vote, an order is no permutation, a log-probability is missing, NaN or above 0, an order
   *     gives every option probability 0, or one order has two different votes
   */
  public static Merged merge(List<Vote> votes, int options) {
    Orders.requireOptions(options);
    if (votes.isEmpty()) {
      throw new IllegalArgumentException("got no vote, expected at least one");
    }
    Collection<OneOrder> orders = distinct(votes, options);

    double[] mean = new double[options];
    int[] counts = new int[options];
    List<OrderVote> choices = new ArrayList<>(orders.size());
    for (OneOrder order : orders) {
      int choice = argmax(order.logProbs);
      counts[choice]++;
      choices.add(new OrderVote(Arrays.stream(order.order).boxed().toList(), choice));
      for (int option = 0; option < options; option++) {
        mean[option] += order.logProbs[option];
      }
    }
    for (int option = 0; option < options; option++) {
      mean[option] /= orders.size();
    }

    double[] first = orders.iterator().next().logProbs;
    int mostProbable = argmax(first);
    int mostVoted = mostVoted(counts, mean);
    int highestMean = argmax(mean);
    double[] probabilities = probabilities(mean);
    return new Merged(
        new Choice(mostProbable, StrictMath.exp(first[mostProbable])),
        new Choice(mostVoted, (double) counts[mostVoted] / orders.size()),
        new Choice(highestMean, probabilities[highestMean]),
        Arrays.stream(probabilities).boxed().toList(),
        choices);
  }

  /** One order with its normalised log-probabilities by option, and as they came by position. */
  static final class OneOrder {
    final int[] order;
    final double[] raw;
    final double[] logProbs;

    OneOrder(int[] order, double[] raw, double[] logProbs) {
      this.order = order;
      this.raw = raw;
      this.logProbs = logProbs;
    }
  }

  /**
   * The orders of votes, ascending, each once.
   *
   * @throws IllegalArgumentException as {@link #merge} does
   */
  static Collection<OneOrder> distinct(List<Vote> votes, int options) {
    var orders = new TreeMap<int[], OneOrder>(Arrays::compare);
    for (Vote vote : votes) {
      OneOrder order = read(vote, options);
      OneOrder same = orders.putIfAbsent(order.order, order);
      if (same != null && !Arrays.equals(same.raw, order.raw)) {
        throw new IllegalArgumentException(
            "order %s has two different votes, %s and %s, expected one"
                .formatted(vote.getOrder(), Arrays.toString(same.raw), Arrays.toString(order.raw)));
      }
    }
    return orders.values();
  }

  private static OneOrder read(Vote vote, int options) {
    List<Integer> order = vote.getOrder();
    List<Double> raw = vote.getLogProbs();
    if (order.size() != options || raw.size() != options) {
      throw new IllegalArgumentException(
          "order %s has %d positions and %d log-probabilities, expected %d of each"
              .formatted(order, order.size(), raw.size(), options));
    }
    int[] optionAt = new int[options];
    double[] atPosition = new double[options];
    double[] ofOption = new double[options];
    Arrays.fill(ofOption, Double.NaN);
    for (int position = 0; position < options; position++) {
      int option = order.get(position);
      double logProb = raw.get(position);
      if (option < 0 || option >= options || !Double.isNaN(ofOption[option])) {
        throw new IllegalArgumentException(
            "order %s is no permutation of 0 to %d: see position %d".formatted(order, options - 1, position));
      }
      if (!(logProb <= ROUNDING)) {
        throw new IllegalArgumentException(
            "order %s has log-probability %s at position %d, expected a number of at most 0"
                .formatted(order, logProb, position));
      }
      optionAt[position] = option;
      atPosition[position] = logProb;
      ofOption[option] = logProb;
    }
    return new OneOrder(optionAt, atPosition, logSoftmax(ofOption, order));
  }

  private static double[] logSoftmax(double[] logProbs, List<Integer> order) {
    double highest = logProbs[argmax(logProbs)];
    if (highest == Double.NEGATIVE_INFINITY) {
      throw new IllegalArgumentException(
          "order %s gives every option probability 0, expected one above it".formatted(order));
    }
    double sum = 0;
    for (double logProb : logProbs) {
      sum += StrictMath.exp(logProb - highest);
    }
    double logSum = highest + StrictMath.log(sum);
    double[] normalised = new double[logProbs.length];
    for (int option = 0; option < logProbs.length; option++) {
      // At most 0 but for the rounding of logSum, which would give a confidence above 1.
      normalised[option] = Math.min(0, logProbs[option] - logSum);
    }
    return normalised;
  }

  /** The means as probabilities; even when orders together rule every option out. */
  static double[] probabilities(double[] mean) {
    double highest = mean[argmax(mean)];
    double[] probabilities = new double[mean.length];
    if (highest == Double.NEGATIVE_INFINITY) {
      Arrays.fill(probabilities, 1.0 / mean.length);
      return probabilities;
    }
    double sum = 0;
    for (int option = 0; option < mean.length; option++) {
      probabilities[option] = StrictMath.exp(mean[option] - highest);
      sum += probabilities[option];
    }
    for (int option = 0; option < mean.length; option++) {
      probabilities[option] /= sum;
    }
    return probabilities;
  }

  static int argmax(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      if (values[i] > values[best]) {
        best = i;
      }
    }
    return best;
  }

  private static int mostVoted(int[] counts, double[] mean) {
    int best = 0;
    for (int option = 1; option < counts.length; option++) {
      if (counts[option] > counts[best] || (counts[option] == counts[best] && mean[option] > mean[best])) {
        best = option;
      }
    }
    return best;
  }
}
