package dev.assay.topology.scoring;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;

/**
 * How well a model's confidence tells when it is right. Equal to HELM's {@code compute_calibration_metrics} with uncertainty-calibration
 * 0.1.4 and scikit-learn 1.2. Source: Kumar, Liang, Ma, "Verified uncertainty calibration", NeurIPS 2019; Platt scaling: Platt,
 * "Probabilistic outputs for support vector machines", 1999.
 *
 * <p>All of it depends on the confidences' order, so that it is computed from all of them and not from sums. Where confidences are equal, the
 * selective accuracies depend on the order of the answers too, as HELM's do: give the answers in an order of their own, such as by id.
 *
 * @param ece10Bins expected calibration error over (up to) ten bins of equal mass
 * @param ece1Bin difference between mean confidence and accuracy
 * @param selectiveArea mean over k of the accuracy on the k most confident answers
 * @param selectiveAccuracy10 accuracy on the tenth of answers that are the most confident, rounded down and one more
 * @param plattCoefficient of the logit of the confidence in Platt scaling; empty when all answers are right or all are wrong
 * @param plattIntercept the same
 * @param plattEce10Bins {@code ece10Bins} of the scaled confidences; 0 when all answers are right or all are wrong
 * @param plattEce1Bin {@code ece1Bin} of the scaled confidences; 0 in the same case
 */
public record Calibration(
    double ece10Bins,
    double ece1Bin,
    double selectiveArea,
    double selectiveAccuracy10,
    OptionalDouble plattCoefficient,
    OptionalDouble plattIntercept,
    double plattEce10Bins,
    double plattEce1Bin) {
  private static final int BINS = 10;

  /** Confidences are kept this far from 0 and 1 before their logit is taken. */
  private static final double MARGIN = 1e-12;

  /**
   * The calibration of answers.
   *
   * @param confidences probability that the model gave its answer, in [0, 1]; at least one
   * @param right whether each answer was right
   * @throws IllegalArgumentException if there is none, the arrays' lengths differ, or a confidence is out of range
   */
  public static Calibration of(double[] confidences, boolean[] right) {
    requireSound(confidences, right);
    int hits = 0;
    for (boolean hit : right) {
      hits += hit ? 1 : 0;
    }
    double[] accuracies = accuraciesOfMostConfident(confidences, right);
    int n = right.length;
    double area = Arrays.stream(accuracies).sum() / n;
    double best = accuracies[(int) (0.1 * n)];
    double ece10 = equalMassError(confidences, right, BINS);
    double ece1 = error(confidences, right, new double[] {1});
    if (hits == 0 || hits == n) {
      return new Calibration(ece10, ece1, area, best, OptionalDouble.empty(), OptionalDouble.empty(), 0, 0);
    }
    double[] logits = Arrays.stream(confidences).map(Calibration::logit).toArray();
    LogisticFit.Line line = LogisticFit.fit(logits, right);
    double[] scaled = Arrays.stream(logits).map(line::probability).toArray();
    return new Calibration(
        ece10,
        ece1,
        area,
        best,
        OptionalDouble.of(line.coefficient()),
        OptionalDouble.of(line.intercept()),
        equalMassError(scaled, right, BINS),
        error(scaled, right, new double[] {1}));
  }

  /** The metrics by their names in HELM, in a fixed order; those that are empty are left out. */
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("ece_10_bin", ece10Bins);
    metrics.put("ece_1_bin", ece1Bin);
    metrics.put("selective_cov_acc_area", selectiveArea);
    metrics.put("selective_acc@10", selectiveAccuracy10);
    plattCoefficient.ifPresent(value -> metrics.put("platt_coef", value));
    plattIntercept.ifPresent(value -> metrics.put("platt_intercept", value));
    metrics.put("platt_ece_10_bin", plattEce10Bins);
    metrics.put("platt_ece_1_bin", plattEce1Bin);
    return Collections.unmodifiableMap(metrics);
  }

  private static void requireSound(double[] confidences, boolean[] right) {
    if (confidences.length == 0 || confidences.length != right.length) {
      throw new IllegalArgumentException(
          "got %d confidences of %d answers, expected one of each answer and at least one".formatted(confidences.length, right.length));
    }
    for (int i = 0; i < confidences.length; i++) {
      if (!(0 <= confidences[i] && confidences[i] <= 1)) {
        throw new IllegalArgumentException("answer %d has the confidence %s, expected 0 to 1".formatted(i, confidences[i]));
      }
    }
  }

  private static double[] accuraciesOfMostConfident(double[] confidences, boolean[] right) {
    int[] order = NumpyOrder.ascending(Arrays.stream(confidences).map(confidence -> -confidence).toArray());
    double[] accuracies = new double[order.length];
    int hits = 0;
    for (int k = 0; k < order.length; k++) {
      hits += right[order[k]] ? 1 : 0;
      accuracies[k] = (double) hits / (k + 1);
    }
    return accuracies;
  }

  private static double equalMassError(double[] confidences, boolean[] right, int bins) {
    return error(confidences, right, equalMassEdges(confidences, bins));
  }

  /** Upper edges of bins with nearly the same number of confidences each, halfway between neighbours; the first bins get what is left over. */
  private static double[] equalMassEdges(double[] confidences, int wantedBins) {
    double[] sorted = confidences.clone();
    Arrays.sort(sorted);
    int bins = Math.min(wantedBins, sorted.length);
    TreeSet<Double> edges = new TreeSet<>();
    int end = 0;
    for (int bin = 0; bin + 1 < bins; bin++) {
      end += sorted.length / bins + (bin < sorted.length % bins ? 1 : 0);
      edges.add((sorted[end - 1] + sorted[end]) / 2);
    }
    edges.add(1.0);
    return edges.stream().mapToDouble(edge -> edge).toArray();
  }

  /** Σ over bins of their share times |mean confidence − accuracy|; a confidence on an edge belongs below it. */
  private static double error(double[] confidences, boolean[] right, double[] edges) {
    double[] sums = new double[edges.length];
    int[] hits = new int[edges.length];
    int[] counts = new int[edges.length];
    for (int i = 0; i < confidences.length; i++) {
      int found = Arrays.binarySearch(edges, confidences[i]);
      int bin = found >= 0 ? found : -found - 1;
      sums[bin] += confidences[i];
      hits[bin] += right[i] ? 1 : 0;
      counts[bin]++;
    }
    double error = 0;
    for (int bin = 0; bin < edges.length; bin++) {
      if (counts[bin] > 0) {
        double share = (double) counts[bin] / confidences.length;
        error += share * Math.abs(sums[bin] / counts[bin] - (double) hits[bin] / counts[bin]);
      }
    }
    return error;
  }

  private static double logit(double confidence) {
    double inside = Math.clamp(confidence, MARGIN, 1 - MARGIN);
    return StrictMath.log(inside / (1 - inside));
  }
}
