package dev.assay.topology.routing.policy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * What quality a router between a weak and a strong model reaches for every share of calls to the strong one, and the figures of it that
 * RouteLLM (Ong and others, 2024) compares routers by. Of questions that the router wants equally much any one may go first: the curve is
 * the mean over their orders, so that nothing depends on how a file was sorted.
 *
 * <ul>
 *   <li>PGR, performance gap recovered: how much of the way from the weak model's quality to the strong one's.
 *   <li>APGR: its mean over all shares of strong calls, the area under the curve. A router that draws lots has 0.5.
 *   <li>CPT(x): the least share of strong calls with which the PGR reaches x.
 * </ul>
 */
public final class QualityCurve {
  private static final int GRID = 10;

  private final double weak;
  private final double strong;

  /** Summed gain of the questions that went to the strong model, by how many there are; straight lines between these points. */
  private final List<Point> points;

  private final int questions;

  private record Point(int calls, double gain) {}

  private QualityCurve(double weak, double strong, List<Point> points, int questions) {
    this.weak = weak;
    this.strong = strong;
    this.points = List.copyOf(points);
    this.questions = questions;
  }

  /**
   * The curve of a router.
   *
   * @param weak the weak model's value on each question
   * @param strong the strong model's
   * @param wish how much the router wants the strong model for it; only the order matters
   * @throws IllegalArgumentException unless there are equally many of each, one at least, no wish is NaN, and the strong model is the better
   */
  public static QualityCurve of(double[] weak, double[] strong, double[] wish) {
    int n = weak.length;
    if (n == 0 || strong.length != n || wish.length != n) {
      throw new IllegalArgumentException(
          "got %d values of the weak model, %d of the strong one, %d wishes; expected as many of each, one at least".formatted(n, strong.length, wish.length));
    }
    for (int i = 0; i < n; i++) {
      if (Double.isNaN(wish[i])) {
        throw new IllegalArgumentException("got NaN as the wish for question %d; expected a number".formatted(i));
      }
    }
    List<Integer> order = IntStream.range(0, n).boxed().sorted(Comparator.comparingDouble((Integer i) -> -wish[i])).toList();
    List<Point> points = new ArrayList<>();
    points.add(new Point(0, 0));
    double gain = 0;
    double weakSum = 0;
    for (int at = 0; at < n; at++) {
      int i = order.get(at);
      gain += strong[i] - weak[i];
      weakSum += weak[i];
      if (at + 1 == n || wish[order.get(at + 1)] != wish[i]) {
        points.add(new Point(at + 1, gain));
      }
    }
    if (!(gain > 0)) {
      throw new IllegalArgumentException(
          "got a strong model that is not better than the weak one (%.4f and %.4f); swap them".formatted((weakSum + gain) / n, weakSum / n));
    }
    return new QualityCurve(weakSum / n, (weakSum + gain) / n, points, n);
  }

  /** The weak model's quality. */
  public double weak() {
    return weak;
  }

  /** The strong model's. */
  public double strong() {
    return strong;
  }

  /** PGR when a share of the calls in [0, 1] goes to the strong model. */
  public double recovered(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("got the share %s; expected a number in [0, 1]".formatted(share));
    }
    double calls = share * questions;
    for (int i = 1; i < points.size(); i++) {
      Point to = points.get(i);
      if (calls <= to.calls) {
        Point from = points.get(i - 1);
        double part = (calls - from.calls) / (to.calls - from.calls);
        return (from.gain + part * (to.gain - from.gain)) / points.getLast().gain;
      }
    }
    return 1;
  }

  /** The quality at a share of strong calls. */
  public double quality(double share) {
    return weak + recovered(share) * (strong - weak);
  }

  /** APGR, exactly: the area under {@link #recovered}. */
  public double apgr() {
    double area = 0;
    for (int i = 1; i < points.size(); i++) {
      Point from = points.get(i - 1);
      Point to = points.get(i);
      area += (from.gain + to.gain) / 2 * (to.calls - from.calls);
    }
    return area / questions / points.getLast().gain;
  }

  /** APGR as RouteLLM's program takes it: by trapezoids over the shares 0 %, 10 %, …, 100 %. */
  public double apgrOnGrid() {
    double area = 0;
    for (int i = 1; i <= GRID; i++) {
      area += (recovered((i - 1.0) / GRID) + recovered((double) i / GRID)) / 2 / GRID;
    }
    return area;
  }

  /** CPT(x): the least share of strong calls with a PGR of x; empty when none has. */
  public OptionalDouble callsFor(double recovered) {
    double wanted = recovered * points.getLast().gain;
    if (wanted <= 0) {
      return OptionalDouble.of(0);
    }
    for (int i = 1; i < points.size(); i++) {
      Point from = points.get(i - 1);
      Point to = points.get(i);
      if (to.gain >= wanted) {
        double part = (wanted - from.gain) / (to.gain - from.gain);
        return OptionalDouble.of((from.calls + part * (to.calls - from.calls)) / questions);
      }
    }
    return OptionalDouble.empty();
  }
}
