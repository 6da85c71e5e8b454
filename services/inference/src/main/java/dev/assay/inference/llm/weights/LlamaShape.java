package dev.assay.inference.llm.weights;

import java.util.List;
import java.util.Optional;

/**
 * The hyperparameters of a Llama-family model.
 *
 * @param layers decoder blocks
 * @param hidden width of the residual stream
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim width of a head; even
 * @param feedForward inner width of the gated feed-forward network
 * @param vocabulary rows of the embedding
 * @param context the longest text the model was made for, in tokens
 * @param normEpsilon epsilon of RMSNorm
 * @param rope rotary embedding
 * @param tied whether the head is the embedding
 * @param attentionBias whether query, key and value carry a bias
 */
public record LlamaShape(
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    int feedForward,
    int vocabulary,
    int context,
    double normEpsilon,
    Rope rope,
    boolean tied,
    boolean attentionBias) {

  public LlamaShape {
    positive("layers", layers);
    positive("hidden size", hidden);
    positive("heads", heads);
    positive("key-value heads", kvHeads);
    positive("head size", headDim);
    positive("feed-forward size", feedForward);
    positive("vocabulary", vocabulary);
    positive("context", context);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(heads + " heads cannot share " + kvHeads + " key-value heads evenly");
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("head size must be even for the rotary embedding, but is " + headDim);
    }
  }

  /** How many numbers the model holds, the head counted only when it is not the embedding. */
  public long parameters() {
    long attention = (long) hidden * headDim * (heads + 2L * kvHeads) + (long) hidden * headDim * heads;
    long bias = attentionBias ? (long) headDim * (heads + 2L * kvHeads) : 0;
    long block = attention + bias + 3L * hidden * feedForward + 2L * hidden;
    long embedding = (long) vocabulary * hidden;
    return layers * block + embedding * (tied ? 1 : 2) + hidden;
  }

  private static void positive(String what, int value) {
    if (value <= 0) {
      throw new IllegalArgumentException(what + " must be positive, but is " + value);
    }
  }

  /**
   * The rotary position embedding of Su et al. (2021), in the half-split form of Hugging Face.
   *
   * @param theta base of the frequencies
   * @param scaling how the frequencies are stretched for long texts; empty for none
   */
  public record Rope(double theta, Optional<Scaling> scaling) {

    /** The {@code headDim / 2} angular frequencies in radians a token, rounded to float32 as the reference does. */
    public float[] frequencies(int headDim) {
      float[] frequencies = new float[headDim / 2];
      for (int i = 0; i < frequencies.length; i++) {
        float exponent = 2f * i / headDim;
        float plain = 1f / (float) Math.pow(theta, exponent);
        int index = i;
        frequencies[i] = scaling.map(s -> s.apply(plain, index)).orElse(plain);
      }
      return frequencies;
    }
  }

  /** A stretch of the rotary frequencies. */
  public sealed interface Scaling {
    /** The stretched form of the {@code index}-th frequency. */
    float apply(float frequency, int index);
  }

  /** Every frequency divided by one factor. */
  public record LinearScaling(double factor) implements Scaling {
    @Override
    public float apply(float frequency, int index) {
      return (float) (frequency / factor);
    }
  }

  /** Every frequency divided by its own factor, as GGUF files of Llama 3 store them. */
  public record TableScaling(List<Float> factors) implements Scaling {
    public TableScaling {
      factors = List.copyOf(factors);
    }

    @Override
    public float apply(float frequency, int index) {
      return frequency / factors.get(index);
    }
  }

  /**
   * The stretch of Llama 3.1: long wavelengths divided by {@code factor}, short ones kept, those between blended.
   *
   * @param factor divisor of the slow frequencies
   * @param low wavelengths above {@code originalContext / low} are slow
   * @param high wavelengths below {@code originalContext / high} are fast
   * @param originalContext length of the texts the model was first trained on, in tokens
   */
  public record Llama3Scaling(double factor, double low, double high, double originalContext) implements Scaling {
    @Override
    public float apply(float frequency, int index) {
      double wavelength = 2 * Math.PI / frequency;
      if (wavelength < originalContext / high) {
        return frequency;
      }
      if (wavelength > originalContext / low) {
        return (float) (frequency / factor);
      }
      double smooth = (originalContext / wavelength - low) / (high - low);
      return (float) ((1 - smooth) * frequency / factor + smooth * frequency);
    }
  }
}
