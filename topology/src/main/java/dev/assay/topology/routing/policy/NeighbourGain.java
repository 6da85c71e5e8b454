package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * The gain of all examples, weighted by how near they are in meaning: weight = exp(sharpness · (cosine − 1)), and the overall mean as one
 * example more that is farthest away. How sharp the weights are is chosen by the squared error of each example as predicted from all others.
 */
public final class NeighbourGain implements Gain {
  /** Sharpnesses that are tried. */
  private static final double[] SHARPNESSES = {1.25, 2.5, 5, 10, 20};

  private final Meaning meaning;
  private final List<Neighbour> examples;
  private final double overall;
  private final double sharpness;

  private record Neighbour(Point at, double gain) {}

  private NeighbourGain(Meaning meaning, List<Neighbour> examples, double overall, double sharpness) {
    this.meaning = meaning;
    this.examples = List.copyOf(examples);
    this.overall = overall;
    this.sharpness = sharpness;
  }

  /**
   * Learns from examples.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static NeighbourGain learn(List<Example> examples, Meaning meaning) {
    double mean = examples.stream().mapToDouble(Example::gain).average().orElseThrow(() -> new IllegalArgumentException("got no example to learn from"));
    List<Neighbour> neighbours = new ArrayList<>();
    examples.forEach(example -> neighbours.add(new Neighbour(Point.of(meaning.of(example.query().text())), example.gain())));
    return new NeighbourGain(meaning, neighbours, mean, sharpness(neighbours, mean));
  }

  private static double sharpness(List<Neighbour> neighbours, double mean) {
    double[] errors = new double[SHARPNESSES.length];
    for (int l = 0; l < neighbours.size(); l++) {
      Neighbour left = neighbours.get(l);
      double[] weights = new double[SHARPNESSES.length];
      double[] sums = new double[SHARPNESSES.length];
      for (int o = 0; o < neighbours.size(); o++) {
        if (o != l) {
          Neighbour other = neighbours.get(o);
          double distance = left.at.cosine(other.at) - 1;
          for (int i = 0; i < SHARPNESSES.length; i++) {
            double weight = StrictMath.exp(SHARPNESSES[i] * distance);
            weights[i] += weight;
            sums[i] += weight * other.gain;
          }
        }
      }
      for (int i = 0; i < SHARPNESSES.length; i++) {
        double least = StrictMath.exp(-SHARPNESSES[i]);
        double off = left.gain - (sums[i] + least * mean) / (weights[i] + least);
        errors[i] += off * off;
      }
    }
    int best = 0;
    for (int i = 1; i < errors.length; i++) {
      best = errors[i] < errors[best] ? i : best;
    }
    return SHARPNESSES[best];
  }

  @Override
  public double of(Query query) {
    Point at = Point.of(meaning.of(query.text()));
    double weights = StrictMath.exp(-sharpness);
    double sum = weights * overall;
    for (Neighbour example : examples) {
      double weight = StrictMath.exp(sharpness * (at.cosine(example.at) - 1));
      weights += weight;
      sum += weight * example.gain;
    }
    return sum / weights;
  }
}
