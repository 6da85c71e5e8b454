package dev.assay.topology.routing.policy;

/** A meaning, made as long as 1, so that a product is a cosine. */
final class Point {
  private final float[] unit;

  private Point(float[] unit) {
    this.unit = unit;
  }

  static Point of(float[] vector) {
    double squares = 0;
    for (float each : vector) {
      squares += (double) each * each;
    }
    double length = StrictMath.sqrt(squares);
    float[] unit = vector.clone();
    for (int i = 0; i < unit.length && length > 0; i++) {
      unit[i] = (float) (unit[i] / length);
    }
    return new Point(unit);
  }

  /** In [−1, 1]; 0 with the meaning of a text that has none. */
  double cosine(Point other) {
    double sum = 0;
    for (int i = 0; i < Math.min(unit.length, other.unit.length); i++) {
      sum += (double) unit[i] * other.unit[i];
    }
    return sum;
  }
}
