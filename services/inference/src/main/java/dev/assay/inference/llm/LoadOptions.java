package dev.assay.inference.llm;

/**
 * How a language model is loaded.
 *
 * @param device {@code cpu}, {@code gpu:0}, {@code gpu:1}, … or {@code auto}: the first GPU that there is, else the CPU
 * @param precision of weights and activations; log-probabilities are always computed in float32 from the logits
 * @param threads of one operation on the CPU; 0 leaves it to PyTorch
 * @param maxPassTokens most tokens that go through the model at once when texts are read
 * @param decodeRows most texts that are generated side by side
 * @param kvBytes memory for keys and values, half for texts that may be read again, half for texts that are being generated; a single
 *     text gets what it needs in any case. {@link #AUTO_KV}: the part of {@code memoryFraction}
 * @param memoryFraction part of the device's memory that is free once the weights are there which keys and values may take, in (0, 1];
 *     0: an eighth, at most 1 GiB, on the CPU, where others need memory too, and {@value #GPU_FRACTION} on a GPU
 */
public record LoadOptions(
    String device, Precision precision, int threads, int maxPassTokens, int decodeRows, long kvBytes, double memoryFraction) {

  /** A budget for keys and values by the memory that there is. */
  public static final long AUTO_KV = -1;

  /** The rest is for the activations of a pass, and what CUDA and its libraries hold. */
  static final double GPU_FRACTION = 0.7;

  /** Passes as large as a GPU needs to be busy. */
  private static final int GPU_PASS_TOKENS = 4096;

  private static final int GPU_DECODE_ROWS = 64;

  /** Number format of weights and activations. */
  public enum Precision {
    FLOAT32(Float.BYTES),
    BFLOAT16(Short.BYTES);

    private final int bytes;

    Precision(int bytes) {
      this.bytes = bytes;
    }

    /** Bytes of a number. */
    int bytes() {
      return bytes;
    }
  }

  public LoadOptions {
    if (!device.matches("auto|cpu|gpu:\\d{1,3}")) {
      throw new IllegalArgumentException("the device must be auto, cpu or gpu:N, but is " + device);
    }
    if (threads < 0) {
      throw new IllegalArgumentException("threads must be at least 0, but is " + threads);
    }
    if (maxPassTokens < 1) {
      throw new IllegalArgumentException("maxPassTokens must be at least 1, but is " + maxPassTokens);
    }
    if (decodeRows < 1) {
      throw new IllegalArgumentException("decodeRows must be at least 1, but is " + decodeRows);
    }
    if (kvBytes < AUTO_KV) {
      throw new IllegalArgumentException("kvBytes must be at least 0, or -1 for a budget by the memory there is, but is " + kvBytes);
    }
    if (!(memoryFraction >= 0 && memoryFraction <= 1)) {
      throw new IllegalArgumentException("the memory fraction must be in (0, 1], or 0 for the device's default, but is " + memoryFraction);
    }
  }

  /** The first GPU or else the CPU, float32, at most 512 tokens a pass, 16 texts side by side, keys and values by the memory there is. */
  public static LoadOptions defaults() {
    return new LoadOptions("auto", Precision.FLOAT32, 0, 512, 16, AUTO_KV, 0);
  }

  /** The device, with passes and rows of a size that suits it. */
  public LoadOptions on(String other) {
    LoadOptions there = withDevice(other);
    return other.startsWith("gpu") ? there.withMaxPassTokens(GPU_PASS_TOKENS).withDecodeRows(GPU_DECODE_ROWS) : there;
  }

  public LoadOptions withMemoryFraction(double other) {
    return new LoadOptions(device, precision, threads, maxPassTokens, decodeRows, kvBytes, other);
  }

  public LoadOptions withDevice(String other) {
    return new LoadOptions(other, precision, threads, maxPassTokens, decodeRows, kvBytes, memoryFraction);
  }

  public LoadOptions withPrecision(Precision other) {
    return new LoadOptions(device, other, threads, maxPassTokens, decodeRows, kvBytes, memoryFraction);
  }

  public LoadOptions withThreads(int other) {
    return new LoadOptions(device, precision, other, maxPassTokens, decodeRows, kvBytes, memoryFraction);
  }

  public LoadOptions withMaxPassTokens(int other) {
    return new LoadOptions(device, precision, threads, other, decodeRows, kvBytes, memoryFraction);
  }

  public LoadOptions withDecodeRows(int other) {
    return new LoadOptions(device, precision, threads, maxPassTokens, other, kvBytes, memoryFraction);
  }

  public LoadOptions withKvBytes(long other) {
    return new LoadOptions(device, precision, threads, maxPassTokens, decodeRows, other, memoryFraction);
  }
}
