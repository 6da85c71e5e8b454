package dev.assay.topology.scoring;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Logistic regression of an outcome on one feature, as scikit-learn 1.2's {@code LogisticRegression(C=1e10, solver="lbfgs")} fits it: the
 * coefficients at which that solver <em>stops</em>, which are not the maximum of the likelihood where there is none (all outcomes told by the
 * feature) or the likelihood is flat. Hence the same method, step by step, from the same start (0, 0): L-BFGS with ten corrections (scipy's
 * {@code fmin_l_bfgs_b}, which without bounds comes to Liu, Nocedal, "On the limited memory BFGS method for large scale optimization", Math.
 * Programming 45, 1989) and the line search of Moré, Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20, 1994
 * (MINPACK-2's {@code dcsrch}).
 */
final class LogisticFit {
  private static final double INVERSE_OF_C = 1e-10;
  private static final int CORRECTIONS = 10;
  private static final int MOST_ITERATIONS = 100;
  private static final int MOST_STEPS_OF_A_SEARCH = 20;
  private static final double GRADIENT_TOLERANCE = 1e-4;
  private static final double MACHINE_EPSILON = 0x1p-52;

  /** scipy's default {@code ftol}. */
  private static final double RELATIVE_REDUCTION = 1e7 * MACHINE_EPSILON;

  private final double[] feature;
  private final boolean[] outcome;

  private LogisticFit(double[] feature, boolean[] outcome) {
    this.feature = feature;
    this.outcome = outcome;
  }

  /** P(outcome) = 1 / (1 + exp(−(coefficient · feature + intercept))). */
  record Line(double coefficient, double intercept) {
    double probability(double feature) {
      return 1 / (1 + StrictMath.exp(-(feature * coefficient + intercept)));
    }
  }

  /** A pair of numbers: coefficient and intercept, or a change of both. */
  private record Pair(double coefficient, double intercept) {
    double dot(Pair other) {
      return coefficient * other.coefficient + intercept * other.intercept;
    }

    Pair times(double factor) {
      return new Pair(coefficient * factor, intercept * factor);
    }

    Pair plus(double times, Pair other) {
      return new Pair(coefficient + times * other.coefficient, intercept + times * other.intercept);
    }

    double largest() {
      return Math.max(Math.abs(coefficient), Math.abs(intercept));
    }
  }

  /** A point with the value of the loss there and its gradient. */
  private record Point(Pair at, double loss, Pair gradient) {}

  /** A step and how the gradient changed along it. */
  private record Correction(Pair step, Pair change, double product) {}

  /** The line at which scikit-learn stops; at least one outcome of each kind is needed for it to mean anything. */
  static Line fit(double[] feature, boolean[] outcome) {
    Pair at = new LogisticFit(feature, outcome).minimize();
    return new Line(at.coefficient, at.intercept);
  }

  private Pair minimize() {
    Deque<Correction> corrections = new ArrayDeque<>();
    Point point = evaluate(new Pair(0, 0));
    int iteration = 0;
    while (point.gradient.largest() > GRADIENT_TOLERANCE && iteration < MOST_ITERATIONS) {
      Pair direction = direction(corrections, point.gradient);
      Found found = search(point, direction, iteration == 0 ? 1 / Math.sqrt(direction.dot(direction)) : 1);
      if (found == null) {
        if (corrections.isEmpty()) {
          break;
        }
        corrections.clear();
        continue;
      }
      iteration++;
      Point next = found.point;
      if (point.loss - next.loss <= RELATIVE_REDUCTION * Math.max(Math.max(Math.abs(point.loss), Math.abs(next.loss)), 1)) {
        return next.at;
      }
      remember(corrections, point, found, direction);
      point = next;
    }
    return point.at;
  }

  private static void remember(Deque<Correction> corrections, Point from, Found found, Pair direction) {
    double before = from.gradient.dot(direction);
    double product = (found.point.gradient.dot(direction) - before) * found.step;
    if (product <= MACHINE_EPSILON * -before * found.step) {
      return;
    }
    if (corrections.size() == CORRECTIONS) {
      corrections.removeFirst();
    }
    corrections.addLast(new Correction(direction.times(found.step), found.point.gradient.plus(-1, from.gradient), product));
  }

  /** The quasi-Newton direction by the two loops over the corrections; steepest descent without any. */
  private static Pair direction(Deque<Correction> corrections, Pair gradient) {
    Pair direction = gradient.times(-1);
    double[] alphas = new double[corrections.size()];
    int i = corrections.size();
    for (Iterator<Correction> newestFirst = corrections.descendingIterator(); newestFirst.hasNext(); ) {
      Correction correction = newestFirst.next();
      i--;
      alphas[i] = correction.step.dot(direction) / correction.product;
      direction = direction.plus(-alphas[i], correction.change);
    }
    if (!corrections.isEmpty()) {
      Correction newest = corrections.getLast();
      direction = direction.times(newest.product / newest.change.dot(newest.change));
    }
    for (Correction correction : corrections) {
      double beta = correction.change.dot(direction) / correction.product;
      direction = direction.plus(alphas[i] - beta, correction.step);
      i++;
    }
    return direction;
  }

  /** Where a line search ended well. */
  private record Found(double step, Point point) {}

  private @Nullable Found search(Point from, Pair direction, double firstStep) {
    double slope = from.gradient.dot(direction);
    if (slope >= 0) {
      return null;
    }
    LineSearch search = new LineSearch(firstStep, from.loss, slope);
    for (int evaluations = 1; evaluations <= MOST_STEPS_OF_A_SEARCH; evaluations++) {
      double step = search.step();
      Point point = evaluate(from.at.plus(step, direction));
      if (search.isDone(point.loss, point.gradient.dot(direction))) {
        return new Found(step, point);
      }
    }
    return null;
  }

  private Point evaluate(Pair at) {
    double loss = 0;
    double byCoefficient = 0;
    double byIntercept = 0;
    for (int i = 0; i < feature.length; i++) {
      double raw = feature[i] * at.coefficient + at.intercept;
      loss += logOfOnePlusExp(raw) - (outcome[i] ? raw : 0);
      double residual = outcome[i] ? -1 / (1 + StrictMath.exp(raw)) : 1 / (1 + StrictMath.exp(-raw));
      byCoefficient += residual * feature[i];
      byIntercept += residual;
    }
    loss += 0.5 * INVERSE_OF_C * at.coefficient * at.coefficient;
    byCoefficient += INVERSE_OF_C * at.coefficient;
    return new Point(at, loss, new Pair(byCoefficient, byIntercept));
  }

  private static double logOfOnePlusExp(double x) {
    return x > 0 ? x + StrictMath.log1p(StrictMath.exp(-x)) : StrictMath.log1p(StrictMath.exp(x));
  }
}
