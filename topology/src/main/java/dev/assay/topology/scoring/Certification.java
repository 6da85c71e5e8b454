package dev.assay.topology.scoring;

import dev.assay.records.Vote;
import java.util.ArrayList;
import java.util.List;

/**
 * How sure it is, from some orders of a question, which option the mean over all its orders would choose.
 *
 * <p>An order's normalised log-probability of an option is taken as what the option is worth, plus what the place it stands at is worth, plus
 * noise. The orders asked are whole rounds ({@link OrderRounds}), so places cancel in every mean, and what orders, options and places leave
 * over estimates the noise (Latin squares; Scheffé, "The Analysis of Variance", 1959, chapter 5). The orders are drawn
 * without replacement from a finite number, so the mean over all differs from the mean over those asked by a Student t with that noise and
 * the finite-population correction. The risk is the sum over the rivals of the probability that the difference is made up for. It is a model,
 * not a guarantee for every question; tests and {@code bench/run voting} measure how often it errs.
 *
 * @param winner the option with the highest mean normalised log-probability; ties go to the lower index
 * @param rival the option that is most likely to overtake it; -1 for none
 * @param margin the winner's mean less the rival's; 0 or more
 * @param risk estimated probability that all orders would choose another option, in [0, 1]; 0 when all orders are there
 */
public record Certification(int winner, int rival, double margin, double risk) {
  /** Below this a log-probability says no more than that an option is out; e⁻³⁰ is 10⁻¹³. */
  private static final double LOWEST = -30;

  private static final int NO_RIVAL = -1;

  /**
   * Weighs the votes of whole rounds.
   *
   * @param votes the votes so far
   * @param options the question's number of options
   * @param orders how many orders there are in all; 0 for more than can be counted on
   * @throws IllegalArgumentException if there is no vote or one is unusable, as {@link Voting#merge} says
   */
  public static Certification of(List<Vote> votes, int options, int orders) {
    int winner = Voting.merge(votes, options).meanLogProb().option();
    List<Voting.OneOrder> asked = new ArrayList<>(Voting.distinct(votes, options));
    List<double[]> worths = asked.stream().map(Certification::worth).toList();
    int count = asked.size();
    if (orders > 0 && count >= orders) {
      return complete(worths, options, winner);
    }
    double[] means = means(worths, options);
    Noise noise = Noise.of(asked, worths, means);
    if (noise.degrees < 1) {
      return new Certification(winner, NO_RIVAL, 0, 1);
    }
    double left = orders == 0 ? 1 : 1 - (double) count / orders;
    double error = StrictMath.sqrt(2 * noise.variance / count * left);
    double risk = 0;
    double highest = -1;
    int rival = NO_RIVAL;
    for (int option = 0; option < options; option++) {
      if (option == winner) {
        continue;
      }
      double margin = means[winner] - means[option];
      double tail = tail(margin, error, noise.degrees);
      risk += tail;
      if (tail > highest || (tail == highest && means[option] > means[rival])) {
        highest = tail;
        rival = option;
      }
    }
    return new Certification(winner, rival, Math.max(0, means[winner] - means[rival]), Math.min(1, risk));
  }

  /**
   * Whether one may stop now. The error rate is shared out among the looks, since each is a chance to be wrong.
   *
   * @param errorRate the share of questions that may be decided otherwise than all orders would
   * @param looks how often one may look before all orders are there
   */
  public boolean isEnough(double errorRate, int looks) {
    return risk <= errorRate / Math.max(1, looks);
  }

  private static Certification complete(List<double[]> worths, int options, int winner) {
    double[] means = means(worths, options);
    int rival = NO_RIVAL;
    for (int option = 0; option < options; option++) {
      if (option != winner && (rival == NO_RIVAL || means[option] > means[rival])) {
        rival = option;
      }
    }
    return new Certification(winner, rival, Math.max(0, means[winner] - means[rival]), 0);
  }

  /** P(the difference in all orders is below 0), when it is {@code margin} in those asked. */
  private static double tail(double margin, double error, int degrees) {
    if (error == 0) {
      return margin > 0 ? 0 : 0.5;
    }
    double half = StudentT.twoSided(margin / error, degrees) / 2;
    return margin >= 0 ? half : 1 - half;
  }

  private static double[] means(List<double[]> worths, int options) {
    double[] means = new double[options];
    for (double[] worth : worths) {
      for (int option = 0; option < options; option++) {
        means[option] += worth[option];
      }
    }
    for (int option = 0; option < options; option++) {
      means[option] /= worths.size();
    }
    return means;
  }

  /** An order's log-probabilities less their mean: what is alike for all options of an order decides nothing between them. */
  private static double[] worth(Voting.OneOrder order) {
    double[] worth = order.logProbs.clone();
    double mean = 0;
    for (int option = 0; option < worth.length; option++) {
      worth[option] = Math.max(LOWEST, worth[option]);
      mean += worth[option] / worth.length;
    }
    for (int option = 0; option < worth.length; option++) {
      worth[option] -= mean;
    }
    return worth;
  }

  /** What is left of the log-probabilities when options and places are taken out. */
  private record Noise(double variance, int degrees) {
    static Noise of(List<Voting.OneOrder> asked, List<double[]> worths, double[] means) {
      int options = means.length;
      double[] places = new double[options];
      boolean[] moved = new boolean[options];
      for (int at = 0; at < asked.size(); at++) {
        int[] order = asked.get(at).order;
        for (int place = 0; place < options; place++) {
          moved[order[place]] |= order[place] != asked.getFirst().order[place];
          places[place] += (worths.get(at)[order[place]] - means[order[place]]) / asked.size();
        }
      }
      int free = 0;
      for (boolean one : moved) {
        free += one ? 1 : 0;
      }
      double squares = 0;
      for (int at = 0; at < asked.size(); at++) {
        int[] order = asked.get(at).order;
        for (int place = 0; place < options; place++) {
          int option = order[place];
          // An option that is held never leaves its place: what the two are worth cannot be told apart, nor need it be.
          double rest = worths.get(at)[option] - means[option] - (moved[option] ? places[place] : 0);
          squares += rest * rest;
        }
      }
      // Each order, option and place takes one, less what the sums to 0 give back.
      int degrees = free == 0 ? 0 : (asked.size() - 1) * (options - 1) - (free - 1);
      return new Noise(degrees < 1 ? 0 : squares / degrees, degrees);
    }
  }
}
