package dev.assay.topology.routing.policy;

/** Inverts symmetric positive definite matrices. A matrix is its lower triangle, a row longer by one than the row before it. */
final class Cholesky {
  private Cholesky() {}

  /**
   * The lower triangle of the inverse of {@code matrix} with {@code added} on its diagonal.
   *
   * @throws IllegalArgumentException if that is not positive definite
   */
  static double[][] inverse(double[][] matrix, double added) {
    double[][] inverseFactor = invert(factor(matrix, added));
    int n = matrix.length;
    double[][] inverse = new double[n][];
    for (int i = 0; i < n; i++) {
      inverse[i] = new double[i + 1];
    }
    // The inverse is the sum over k of the products of the inverse factor's k-th row with itself.
    for (double[] row : inverseFactor) {
      for (int i = 0; i < row.length; i++) {
        double scale = row[i];
        double[] into = inverse[i];
        for (int j = 0; j <= i; j++) {
          into[j] += scale * row[j];
        }
      }
    }
    return inverse;
  }

  private static double[][] factor(double[][] matrix, double added) {
    int n = matrix.length;
    double[][] factor = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] row = matrix[i].clone();
      row[i] += added;
      for (int j = 0; j < i; j++) {
        row[j] = (row[j] - dot(row, factor[j], j)) / factor[j][j];
      }
      double square = row[i] - dot(row, row, i);
      if (!(square > 0)) {
        throw new IllegalArgumentException("got a matrix that is not positive definite at row " + i);
      }
      row[i] = StrictMath.sqrt(square);
      factor[i] = row;
    }
    return factor;
  }

  /** The inverse of a lower triangle, which is one too. */
  private static double[][] invert(double[][] factor) {
    int n = factor.length;
    double[][] inverse = new double[n][];
    for (int i = 0; i < n; i++) {
      double[] row = new double[i + 1];
      for (int k = 0; k < i; k++) {
        double scale = factor[i][k];
        double[] above = inverse[k];
        for (int j = 0; j <= k; j++) {
          row[j] -= scale * above[j];
        }
      }
      for (int j = 0; j < i; j++) {
        row[j] /= factor[i][i];
      }
      row[i] = 1 / factor[i][i];
      inverse[i] = row;
    }
    return inverse;
  }

  private static double dot(double[] a, double[] b, int length) {
    double sum = 0;
    for (int i = 0; i < length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
