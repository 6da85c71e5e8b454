package dev.assay.training;

import dev.assay.inference.llm.WholeModel;

/**
 * AdamW (Loshchilov and Hutter, 2019) with torch's defaults, computed in float32 in torch's order of operations, so that its state can be
 * kept and taken up again bit for bit.
 */
final class AdamW {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final float[] mean;
  private final float[] square;
  private long steps;

  /**
   * @param mean of the gradients; its own
   * @param square of the gradients' squares; its own
   * @param steps done
   */
  AdamW(float[] mean, float[] square, long steps) {
    this.mean = mean;
    this.square = square;
    this.steps = steps;
  }

  static AdamW fresh(int size) {
    return new AdamW(new float[size], new float[size], 0);
  }

  float[] mean() {
    return mean;
  }

  float[] square() {
    return square;
  }

  /** Changes the numbers by one step. */
  void update(float[] numbers, float[] gradient, double learningRate, double weightDecay) {
    steps++;
    WholeModel.Step step = step(steps, learningRate, weightDecay);
    float kept = (float) step.decayed();
    float lerp = (float) step.meanPart();
    float beta2 = (float) step.squareKept();
    float rest2 = (float) step.squarePart();
    float root = (float) step.root();
    float size = (float) step.size();
    for (int i = 0; i < numbers.length; i++) {
      float g = gradient[i];
      mean[i] += lerp * (g - mean[i]);
      square[i] = square[i] * beta2 + rest2 * g * g;
      float root2 = (float) Math.sqrt(square[i]) / root + (float) EPSILON;
      numbers[i] = numbers[i] * kept - size * (mean[i] / root2);
    }
  }

  /**
   * The numbers of a step.
   *
   * @param steps this one counted; 1 or more
   */
  static WholeModel.Step step(long steps, double learningRate, double weightDecay) {
    return new WholeModel.Step(
        1 - learningRate * weightDecay,
        1 - BETA1,
        BETA2,
        1 - BETA2,
        Math.sqrt(1 - Math.pow(BETA2, (double) steps)),
        EPSILON,
        learningRate / (1 - Math.pow(BETA1, (double) steps)));
  }

  /** What a gradient of a norm is multiplied with, as torch's {@code clip_grad_norm_} does; {@code most} is 0 for no limit. */
  static double factor(double norm, double most) {
    return most > 0 ? Math.min(1, most / (norm + 1e-6)) : 1;
  }

  /**
   * Scales a gradient down to a norm, as torch's {@code clip_grad_norm_} does.
   *
   * @param most the largest norm; 0 for no limit
   * @return the norm that it had
   */
  static double clip(float[] gradient, double most) {
    double sum = 0;
    for (float g : gradient) {
      sum += (double) g * g;
    }
    double norm = Math.sqrt(sum);
    double factor = factor(norm, most);
    if (factor < 1) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] *= (float) factor;
      }
    }
    return norm;
  }
}
