package dev.assay.topology.scoring;

/**
 * MINPACK-2's {@code dcsrch} with the tolerances of L-BFGS-B 3.0: finds a step along a direction of descent at which the function has fallen
 * enough and its slope is flat enough. Names as in Moré, Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20,
 * 1994: {@code best} is the step with the least value so far, {@code other} the other end of the interval that holds a minimum.
 */
final class LineSearch {
  private static final double DECREASE = 1e-3;
  private static final double CURVATURE = 0.9;
  private static final double WIDTH = 0.1;
  private static final double LONGEST_STEP = 1e10;
  private static final double SHRINKING = 0.66;
  private static final double LEAST_EXTRAPOLATION = 1.1;
  private static final double MOST_EXTRAPOLATION = 4;

  private final double startValue;
  private final double startSlope;
  private final double leastSlope;
  private Trial best;
  private Trial other;
  private boolean bracketed;
  private boolean secondStage;
  private double lowest;
  private double highest;
  private double width = LONGEST_STEP;
  private double widthBefore = 2 * LONGEST_STEP;
  private double step;

  /** A step with value and slope of the function there. */
  private record Trial(double step, double value, double slope) {
    /** The same of ψ(step) = f(step) − f(0) − DECREASE · f'(0) · step, but for the constant. */
    Trial minus(double slopeOfLine) {
      return new Trial(step, value - step * slopeOfLine, slope - slopeOfLine);
    }

    Trial plus(double slopeOfLine) {
      return minus(-slopeOfLine);
    }
  }

  /** A search from a point with this value and slope below 0. */
  LineSearch(double firstStep, double value, double slope) {
    this.startValue = value;
    this.startSlope = slope;
    this.leastSlope = DECREASE * slope;
    this.best = new Trial(0, value, slope);
    this.other = best;
    this.step = Math.min(firstStep, LONGEST_STEP);
    this.highest = step + MOST_EXTRAPOLATION * step;
  }

  /** The step to try next. */
  double step() {
    return step;
  }

  /** Takes value and slope at {@link #step}: true when the step will do, or none better can be found; else there is a further step to try. */
  boolean isDone(double value, double slope) {
    double enough = startValue + step * leastSlope;
    secondStage |= value <= enough && slope >= 0;
    boolean stuck =
        (bracketed && (step <= lowest || step >= highest || highest - lowest <= WIDTH * highest))
            || (step == LONGEST_STEP && value <= enough && slope <= leastSlope)
            || (step == 0 && (value > enough || slope >= leastSlope));
    if (stuck || (value <= enough && Math.abs(slope) <= CURVATURE * -startSlope)) {
      return true;
    }
    Trial trial = new Trial(step, value, slope);
    if (!secondStage && value <= best.value && value > enough) {
      best = best.minus(leastSlope);
      other = other.minus(leastSlope);
      advance(trial.minus(leastSlope));
      best = best.plus(leastSlope);
      other = other.plus(leastSlope);
    } else {
      advance(trial);
    }
    limit();
    return false;
  }

  /** Keeps the interval shrinking and the step within it. */
  private void limit() {
    if (bracketed) {
      if (Math.abs(other.step - best.step) >= SHRINKING * widthBefore) {
        step = best.step + 0.5 * (other.step - best.step);
      }
      widthBefore = width;
      width = Math.abs(other.step - best.step);
      lowest = Math.min(best.step, other.step);
      highest = Math.max(best.step, other.step);
    } else {
      lowest = step + LEAST_EXTRAPOLATION * (step - best.step);
      highest = step + MOST_EXTRAPOLATION * (step - best.step);
    }
    step = Math.clamp(step, 0, LONGEST_STEP);
    if (bracketed && (step <= lowest || step >= highest || highest - lowest <= WIDTH * highest)) {
      step = best.step;
    }
  }

  /** {@code dcstep}: the next step by cubic and quadratic interpolation, and the new interval. */
  private void advance(Trial trial) {
    boolean higher = trial.value > best.value;
    boolean opposite = Math.signum(trial.slope) * Math.signum(best.slope) < 0;
    double next;
    if (higher) {
      next = betweenBestAndHigher(trial);
    } else if (opposite) {
      double cubic = cubic(trial, best, 3 * (best.value - trial.value) / (trial.step - best.step), trial.step > best.step);
      double secant = secant(trial);
      next = Math.abs(cubic - trial.step) > Math.abs(secant - trial.step) ? cubic : secant;
    } else if (Math.abs(trial.slope) < Math.abs(best.slope)) {
      next = beyondFlatter(trial);
    } else if (bracketed) {
      next = cubic(trial, other, 3 * (trial.value - other.value) / (other.step - trial.step), trial.step > other.step);
    } else {
      next = trial.step > best.step ? highest : lowest;
    }
    if (higher) {
      other = trial;
    } else {
      if (opposite) {
        other = best;
      }
      best = trial;
    }
    bracketed |= higher || opposite;
    step = next;
  }

  /** The minimum is between: the cubic step where it is closer to the best one, else halfway to the quadratic one. */
  private double betweenBestAndHigher(Trial trial) {
    double across = trial.step - best.step;
    double fall = (best.value - trial.value) / across;
    double theta = 3 * fall + best.slope + trial.slope;
    double gamma = gamma(theta, best.slope, trial.slope, false);
    if (trial.step < best.step) {
      gamma = -gamma;
    }
    double ratio = ((gamma - best.slope) + theta) / (((gamma - best.slope) + gamma) + trial.slope);
    double cubic = best.step + ratio * across;
    double quadratic = best.step + ((best.slope / (fall + best.slope)) / 2) * across;
    return Math.abs(cubic - best.step) <= Math.abs(quadratic - best.step) ? cubic : cubic + (quadratic - cubic) / 2;
  }

  /** Slope of the same sign but flatter: the cubic step only where the cubic rises beyond the trial, within bounds. */
  private double beyondFlatter(Trial trial) {
    double theta = 3 * (best.value - trial.value) / (trial.step - best.step) + best.slope + trial.slope;
    double gamma = gamma(theta, best.slope, trial.slope, true);
    if (trial.step > best.step) {
      gamma = -gamma;
    }
    double ratio = ((gamma - trial.slope) + theta) / ((gamma + (best.slope - trial.slope)) + gamma);
    double cubic;
    if (ratio < 0 && gamma != 0) {
      cubic = trial.step + ratio * (best.step - trial.step);
    } else {
      cubic = trial.step > best.step ? highest : lowest;
    }
    double secant = secant(trial);
    boolean cubicIsCloser = Math.abs(cubic - trial.step) < Math.abs(secant - trial.step);
    if (bracketed) {
      double closer = cubicIsCloser ? cubic : secant;
      double bound = trial.step + SHRINKING * (other.step - trial.step);
      return trial.step > best.step ? Math.min(bound, closer) : Math.max(bound, closer);
    }
    double farther = Math.abs(cubic - trial.step) > Math.abs(secant - trial.step) ? cubic : secant;
    return Math.max(lowest, Math.min(highest, farther));
  }

  private static double cubic(Trial trial, Trial end, double fall, boolean negative) {
    double theta = fall + end.slope + trial.slope;
    double gamma = gamma(theta, end.slope, trial.slope, false);
    if (negative) {
      gamma = -gamma;
    }
    double ratio = ((gamma - trial.slope) + theta) / (((gamma - trial.slope) + gamma) + end.slope);
    return trial.step + ratio * (end.step - trial.step);
  }

  private double secant(Trial trial) {
    return trial.step + (trial.slope / (trial.slope - best.slope)) * (best.step - trial.step);
  }

  private static double gamma(double theta, double slope, double otherSlope, boolean mayVanish) {
    double scale = Math.max(Math.abs(theta), Math.max(Math.abs(slope), Math.abs(otherSlope)));
    double square = (theta / scale) * (theta / scale) - (slope / scale) * (otherSlope / scale);
    return scale * Math.sqrt(mayVanish ? Math.max(0, square) : square);
  }
}
