package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Examines how well a gain can be learned: some outcomes are learned from, the rest asked about. The order in which a gain wants the strong
 * model is a function of the training outcomes and the test queries; the answers to the test queries are looked at afterwards only.
 *
 * @param training what is learned from
 * @param test what is asked about
 */
public record RouterExam(List<Outcome> training, List<Outcome> test) {
  /** Learns a gain. */
  @FunctionalInterface
  public interface Learner {
    /** What the examples teach. */
    Gain learn(List<Gain.Example> examples);
  }

  public RouterExam {
    training = List.copyOf(training);
    test = List.copyOf(test);
  }

  /**
   * Draws so many training outcomes by a seed.
   *
   * @throws IllegalArgumentException unless some are left for the test
   */
  public static RouterExam draw(List<Outcome> outcomes, int training, long seed) {
    if (training < 2 || training >= outcomes.size()) {
      throw new IllegalArgumentException(
          "got %d outcomes to learn from of %d; expected 2 at least, and some left to ask about".formatted(training, outcomes.size()));
    }
    List<Outcome> shuffled = new ArrayList<>(outcomes);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = shuffled.size() - 1; i > 0; i--) {
      Collections.swap(shuffled, i, random.nextInt(i + 1));
    }
    return new RouterExam(shuffled.subList(0, training), shuffled.subList(training, shuffled.size()));
  }

  /** What the training outcomes teach of a strong and a weak model. */
  public Gain learn(Learner learner, String strong, String weak) {
    return learner.learn(training.stream().map(outcome -> Gain.Example.of(outcome, strong, weak)).toList());
  }

  /** How much a gain wants the strong model for each test question. */
  public double[] wishes(Gain gain) {
    return test.parallelStream().mapToDouble(outcome -> gain.of(outcome.query())).toArray();
  }

  /** What these wishes would have brought. */
  public QualityCurve curve(double[] wishes, String strong, String weak) {
    return QualityCurve.of(values(weak), values(strong), wishes);
  }

  private double[] values(String model) {
    return test.stream().mapToDouble(outcome -> outcome.of(model).value()).toArray();
  }
}
