package dev.assay.topology.routing.policy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Asks the strong model where it is expected to gain most, so often that it is asked for a given share of the questions: the threshold is the
 * quantile of the expected gains of questions seen before. Of questions that gain exactly the threshold, such as all of one task, lots that
 * depend on their ids alone decide, so many as the share still wants.
 */
public final class CostPolicy implements Policy {
  private final String weak;
  private final String strong;
  private final double share;
  private final Gain gain;
  private final double threshold;
  private final double ofTies;

  private CostPolicy(String weak, String strong, double share, Gain gain, double threshold, double ofTies) {
    this.weak = weak;
    this.strong = strong;
    this.share = share;
    this.gain = gain;
    this.threshold = threshold;
    this.ofTies = ofTies;
  }

  /**
   * Calibrates the threshold.
   *
   * @param share of the calls that go to the strong model, in [0, 1]
   * @param gain what the strong model is expected to gain
   * @param seen questions like those to come; their answers are not looked at
   * @throws IllegalArgumentException if the share is none, or nothing was seen
   */
  public static CostPolicy calibrated(String weak, String strong, double share, Gain gain, List<Query> seen) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("got the share %s of strong calls; expected a number in [0, 1]".formatted(share));
    }
    if (seen.isEmpty()) {
      throw new IllegalArgumentException("got no question to calibrate %s by; expected some that are like those to come".formatted(share));
    }
    double[] gains = seen.stream().mapToDouble(gain::of).sorted().toArray();
    int calls = (int) Math.round(share * gains.length);
    double threshold = calls == 0 ? Double.POSITIVE_INFINITY : gains[gains.length - calls];
    double above = Arrays.stream(gains).filter(each -> each > threshold).count();
    double tied = Arrays.stream(gains).filter(each -> each == threshold).count();
    return new CostPolicy(weak, strong, share, gain, threshold, tied == 0 ? 0 : (calls - above) / tied);
  }

  @Override
  public String name() {
    return "cost:" + share;
  }

  @Override
  public Choice choose(Query query, Known known) {
    double expected = gain.of(query);
    String words = String.format(Locale.ROOT, "expected gain of %s = %.4f, threshold %.4f", strong, expected, threshold);
    boolean wanted = expected > threshold || (expected == threshold && lot(query.id()) < ofTies);
    return wanted
        ? Choice.of(strong, "the strong model is worth its price here", List.of(words))
        : Choice.of(weak, "the strong model is not worth its price here", List.of(words));
  }

  /** In [0, 1), as even as lots are, and always the same for a question. */
  private static double lot(String id) {
    return new SplittableRandom(id.hashCode()).nextDouble();
  }
}
