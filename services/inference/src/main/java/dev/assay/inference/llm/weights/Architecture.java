package dev.assay.inference.llm.weights;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a decoder-only transformer computes: its sizes, and which of the variants that model families chose it has. The readers build it
 * from a file's metadata, and the forward pass reads nothing else, so that a family is a value and not a class.
 *
 * @param layers decoder blocks
 * @param hidden width of the residual stream
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim width of a head
 * @param feedForward inner width of the feed-forward network
 * @param vocabulary rows of the embedding
 * @param context the longest text that is read, in tokens
 * @param norm how activations are normalised
 * @param normEpsilon epsilon of the normalisation
 * @param activation nonlinearity of the feed-forward network
 * @param parallel whether attention and feed-forward network both read the block's input, as in GPT-NeoX
 * @param attention what each layer attends to, and how it turns positions; one a layer
 * @param attentionScale factor of the attention scores before the softmax
 * @param embeddingScale factor of the embedded tokens
 * @param parts the tensors that there are; one without {@link Part#HEAD} uses the embedding as its head, one without {@link Part#GATE}
 *     has a feed-forward network of two matrices
 */
public record Architecture(
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    int feedForward,
    int vocabulary,
    int context,
    Norm norm,
    double normEpsilon,
    Activation activation,
    boolean parallel,
    List<Attention> attention,
    double attentionScale,
    double embeddingScale,
    Set<Part> parts) {

  /** How activations are normalised. */
  public enum Norm {
    /** Division by the root of the mean square (Zhang and Sennrich, 2019). */
    RMS,
    /** Zero mean, unit variance, scale and bias (Ba et al., 2016). */
    LAYER
  }

  /** Nonlinearity of the feed-forward network. */
  public enum Activation {
    SILU,
    GELU,
    /** The approximation of GELU by a hyperbolic tangent (Hendrycks and Gimpel, 2016). */
    GELU_TANH
  }

  /**
   * How a layer attends.
   *
   * @param window how many tokens, itself included, a token sees; empty for all before it
   * @param rope how positions turn queries and keys
   */
  public record Attention(OptionalInt window, Rope rope) {
    public Attention {
      if (window.isPresent()) {
        positive("attention window", window.getAsInt());
      }
    }
  }

  public Architecture {
    attention = List.copyOf(attention);
    parts = Set.copyOf(parts);
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
    if (attention.size() != layers) {
      throw new IllegalArgumentException(layers + " layers, but " + attention.size() + " descriptions of their attention");
    }
    for (Attention layer : attention) {
      if (layer.rope.dimensions() > headDim) {
        throw new IllegalArgumentException(
            "the rotary embedding turns " + layer.rope.dimensions() + " dimensions of a head, but a head has " + headDim);
      }
    }
    if (!(normEpsilon >= 0)) {
      throw new IllegalArgumentException("the epsilon of the norms must be at least 0, but is " + normEpsilon);
    }
  }

  /** Whether the head is the embedding. */
  public boolean tied() {
    return !parts.contains(Part.HEAD);
  }

  /** Rows of a part; the length of a vector. */
  public int rows(Part part) {
    return switch (part) {
      case EMBEDDING, HEAD -> vocabulary;
      case QUERY, QUERY_BIAS -> heads * headDim;
      case KEY, KEY_BIAS, VALUE, VALUE_BIAS -> kvHeads * headDim;
      case QUERY_NORM, KEY_NORM -> headDim;
      case GATE, GATE_BIAS, UP, UP_BIAS -> feedForward;
      case OUTPUT_NORM,
          OUTPUT_NORM_BIAS,
          ATTENTION_NORM,
          ATTENTION_NORM_BIAS,
          ATTENTION_OUTPUT,
          ATTENTION_OUTPUT_BIAS,
          POST_ATTENTION_NORM,
          FEED_NORM,
          FEED_NORM_BIAS,
          DOWN,
          DOWN_BIAS,
          POST_FEED_NORM -> hidden;
    };
  }

  /** Columns of a part; 1 for a vector. */
  public int columns(Part part) {
    return switch (part) {
      case EMBEDDING, HEAD, QUERY, KEY, VALUE, GATE, UP -> hidden;
      case ATTENTION_OUTPUT -> heads * headDim;
      case DOWN -> feedForward;
      default -> 1;
    };
  }

  /** How many numbers the model holds, the head counted only when it is not the embedding. */
  public long parameters() {
    return parts.stream().mapToLong(part -> (part.inBlock() ? layers : 1L) * rows(part) * columns(part)).sum();
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
   * @param dimensions how many dimensions of a head, from its first on, are turned; even
   * @param scaling how the frequencies are stretched for long texts; empty for none
   */
  public record Rope(double theta, int dimensions, Optional<Scaling> scaling) {
    public Rope {
      if (dimensions <= 0 || dimensions % 2 != 0) {
        throw new IllegalArgumentException("the rotary embedding must turn an even number of dimensions, but turns " + dimensions);
      }
    }

    /** The {@code dimensions / 2} angular frequencies in radians a token, rounded to float32 as the reference does. */
    public float[] frequencies() {
      float[] frequencies = new float[dimensions / 2];
      for (int i = 0; i < frequencies.length; i++) {
        frequencies[i] = 1f / (float) Math.pow(theta, 2f * i / dimensions);
      }
      return scaling.map(s -> s.stretch(frequencies, this)).orElse(frequencies);
    }

    /** Factor of the sines and cosines. */
    public double amplitude() {
      return scaling.map(Scaling::amplitude).orElse(1.0);
    }
  }

  /** A stretch of the rotary frequencies. */
  public sealed interface Scaling {
    /** The stretched frequencies of a rotary embedding whose plain ones are given. */
    float[] stretch(float[] plain, Rope rope);

    /** Factor of the sines and cosines. */
    default double amplitude() {
      return 1;
    }
  }

  /** Every frequency divided by one factor. */
  public record LinearScaling(double factor) implements Scaling {
    @Override
    public float[] stretch(float[] plain, Rope rope) {
      float[] stretched = plain.clone();
      for (int i = 0; i < plain.length; i++) {
        stretched[i] = (float) (plain[i] / factor);
      }
      return stretched;
    }
  }

  /**
   * Every frequency divided by its own factor, as GGUF files of Llama 3 and LongRoPE (Ding et al., 2024) store them.
   *
   * @param amplitude factor of the sines and cosines
   */
  public record TableScaling(List<Float> factors, double amplitude) implements Scaling {
    public TableScaling {
      factors = List.copyOf(factors);
    }

    @Override
    public float[] stretch(float[] plain, Rope rope) {
      if (factors.size() != plain.length) {
        throw new IllegalArgumentException(factors.size() + " factors of rotary frequencies, expected " + plain.length);
      }
      float[] stretched = plain.clone();
      for (int i = 0; i < plain.length; i++) {
        stretched[i] = plain[i] / factors.get(i);
      }
      return stretched;
    }

    /** The amplitude of LongRoPE for texts {@code factor} times as long as the original ones. */
    static double longRopeAmplitude(double factor, double originalContext) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContext));
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
    public float[] stretch(float[] plain, Rope rope) {
      float[] stretched = plain.clone();
      for (int i = 0; i < plain.length; i++) {
        double wavelength = 2 * Math.PI / plain[i];
        if (wavelength > originalContext / low) {
          stretched[i] = (float) (plain[i] / factor);
        } else if (wavelength >= originalContext / high) {
          double smooth = (originalContext / wavelength - low) / (high - low);
          stretched[i] = (float) ((1 - smooth) * plain[i] / factor + smooth * plain[i]);
        }
      }
      return stretched;
    }
  }

  /**
   * YaRN (Peng et al., 2023): dimensions that turn often in the original context are kept, those that turn seldom are divided by
   * {@code factor}, those between are blended by a linear ramp.
   *
   * @param factor divisor of the slow frequencies
   * @param originalContext length of the texts the model was first trained on, in tokens
   * @param fast dimensions with more turns than this are kept; 32 in the paper
   * @param slow dimensions with fewer turns than this are divided; 1 in the paper
   * @param truncate whether the ramp begins and ends at whole dimensions
   * @param amplitude factor of the sines and cosines
   */
  public record YarnScaling(double factor, double originalContext, double fast, double slow, boolean truncate, double amplitude)
      implements Scaling {

    /** The amplitude that the paper found best, {@code 0.1 m ln(factor) + 1}. */
    static double amplitude(double factor, double m) {
      return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
    }

    @Override
    public float[] stretch(float[] plain, Rope rope) {
      double low = turns(fast, rope);
      double high = turns(slow, rope);
      if (truncate) {
        low = Math.floor(low);
        high = Math.ceil(high);
      }
      low = Math.max(low, 0);
      high = Math.min(high, rope.dimensions() - 1.0);
      if (low == high) {
        // As the reference does: a ramp has a slope.
        high += 0.001;
      }
      float[] stretched = plain.clone();
      for (int i = 0; i < plain.length; i++) {
        float ramp = (float) Math.clamp((i - low) / (high - low), 0, 1);
        float kept = 1 - ramp;
        float divided = (float) (plain[i] / factor);
        stretched[i] = divided * (1 - kept) + plain[i] * kept;
      }
      return stretched;
    }

    /** The dimension that makes so many turns within the original context. */
    private double turns(double count, Rope rope) {
      return rope.dimensions() * Math.log(originalContext / (count * 2 * Math.PI)) / (2 * Math.log(rope.theta()));
    }
  }
}
