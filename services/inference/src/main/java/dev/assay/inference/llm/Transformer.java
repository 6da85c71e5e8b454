package dev.assay.inference.llm;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.weights.LlamaShape;
import dev.assay.inference.llm.weights.Part;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The weights of a Llama-family model on a device, and the passes over them: RMSNorm, rotary embedding, grouped-query attention, SwiGLU
 * (Touvron et al., 2023). Query, key and value are one matrix, and so are gate and up, so that each block is four multiplications.
 */
final class Transformer implements AutoCloseable {
  /** {@code c10::ScalarType::BFloat16}. */
  private static final long BFLOAT16 = 15;

  /** Most numbers that are turned into float32 before they are copied to their place: 16 MiB. */
  private static final int STAGING = 1 << 22;

  private final LlamaShape shape;
  private final NDManager manager;
  private final OpLibrary ops;
  private final IValue weights;
  private final PtNDArray prototype;
  private final long[] sizes;
  private final Precision precision;

  private Transformer(LlamaShape shape, NDManager manager, OpLibrary ops, List<PtNDArray> arrays, Precision precision) {
    this.shape = shape;
    this.precision = precision;
    this.manager = manager;
    this.ops = ops;
    this.weights = IValue.listFrom(arrays.toArray(PtNDArray[]::new));
    this.prototype = arrays.getFirst();
    this.sizes = new long[] {shape.layers(), shape.heads(), shape.kvHeads(), shape.headDim()};
  }

  /** Reads all weights; the source may be closed afterwards. */
  static Transformer load(WeightSource source, LoadOptions options) throws IOException {
    Engine engine = TorchEngine.get();
    if (options.threads() > 0) {
      JniUtils.setNumThreads(options.threads());
    }
    Device device =
        switch (options.device()) {
          case "auto" -> engine.defaultDevice();
          case "cpu" -> Device.cpu();
          default -> Device.gpu(Integer.parseInt(options.device().substring("gpu:".length())));
        };
    if (device.isGpu() && device.getDeviceId() >= engine.getGpuCount()) {
      throw new IllegalArgumentException("no device " + options.device() + ": this machine's PyTorch sees " + engine.getGpuCount() + " GPUs");
    }
    NDManager manager = engine.newBaseManager(device);
    try {
      OpLibrary ops = OpLibrary.load(device);
      try {
        return new Transformer(source.shape(), manager, ops, new Loading(source, manager, ops, options.precision()).all(), options.precision());
      } catch (RuntimeException e) {
        ops.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  LlamaShape shape() {
    return shape;
  }

  /** A manager for what one call needs; closing it frees that. */
  NDManager scope() {
    return manager.newSubManager();
  }

  /** The method {@code tree} of {@code ops.py}. */
  PtNDArray tree(
      NDManager scope, PtNDArray ids, PtNDArray positions, PtNDArray mask, PtNDArray rows, PtNDArray keys, PtNDArray values, int start) {
    return ops.tensor(
        scope, "tree", ids, positions, mask, rows, weights, keys, values, (long) start, sizes, shape.normEpsilon());
  }

  /** Slots for keys or values of tokens, {@code [layers, slots, key-value heads, head size]}; their content is undefined. */
  PtNDArray slots(int slots) {
    return ops.tensor(manager, "room", prototype, new long[] {shape.layers(), slots, shape.kvHeads(), shape.headDim()});
  }

  /** Bytes that the keys and values of one token take. */
  long bytesPerToken() {
    return 2L * shape.layers() * shape.kvHeads() * shape.headDim() * precision.bytes();
  }

  Device device() {
    return manager.getDevice();
  }

  /** Copies slots; all are read before the first is written, so that both arrays may be the same. */
  void copySlots(PtNDArray keys, PtNDArray values, PtNDArray source, PtNDArray toKeys, PtNDArray toValues, PtNDArray target) {
    ops.effect("copy_slots", keys, values, source, toKeys, toValues, target);
  }

  /** Fills slots with zeros. */
  void blank(PtNDArray slots) {
    ops.effect("blank", slots);
  }

  /** The method {@code step} of {@code ops.py}. */
  PtNDArray step(
      NDManager scope,
      PtNDArray ids,
      PtNDArray positions,
      PtNDArray places,
      PtNDArray mask,
      PtNDArray rowKeys,
      PtNDArray rowValues,
      int slots,
      int length) {
    return ops.tensor(
        scope,
        "step",
        ids,
        positions,
        places,
        mask,
        weights,
        rowKeys,
        rowValues,
        (long) slots,
        (long) length,
        sizes,
        shape.normEpsilon());
  }

  PtNDArray logits(NDManager scope, PtNDArray hidden) {
    return ops.tensor(scope, "logits", hidden, weights);
  }

  PtNDArray score(NDManager scope, PtNDArray hidden, PtNDArray rows, PtNDArray tokens) {
    return ops.tensor(scope, "score", hidden, rows, tokens, weights);
  }

  PtNDArray choose(NDManager scope, PtNDArray logits) {
    return ops.tensor(scope, "choose", logits);
  }

  @Override
  public void close() {
    weights.close();
    ops.close();
    manager.close();
  }

  /** One loading: builds the list of arrays in the order that {@code ops.py} expects. */
  private record Loading(WeightSource source, NDManager manager, OpLibrary ops, Precision precision) {

    List<PtNDArray> all() {
      LlamaShape shape = source.shape();
      int queries = shape.heads() * shape.headDim();
      int shared = shape.kvHeads() * shape.headDim();
      int hidden = shape.hidden();
      List<PtNDArray> arrays = new ArrayList<>();
      PtNDArray embedding = table(0, hidden, new Rows(Part.EMBEDDING, shape.vocabulary()));
      arrays.add(embedding);
      arrays.add(angles(shape, true));
      arrays.add(angles(shape, false));
      arrays.add(vector(0, new Rows(Part.OUTPUT_NORM, hidden)));
      arrays.add(shape.tied() ? packed(embedding) : matrix(0, hidden, new Rows(Part.HEAD, shape.vocabulary())));
      for (int layer = 0; layer < shape.layers(); layer++) {
        arrays.add(vector(layer, new Rows(Part.ATTENTION_NORM, hidden)));
        arrays.add(matrix(layer, hidden, new Rows(Part.QUERY, queries), new Rows(Part.KEY, shared), new Rows(Part.VALUE, shared)));
        arrays.add(
            shape.attentionBias()
                ? vector(layer, new Rows(Part.QUERY_BIAS, queries), new Rows(Part.KEY_BIAS, shared), new Rows(Part.VALUE_BIAS, shared))
                : vector(layer));
        arrays.add(matrix(layer, queries, new Rows(Part.ATTENTION_OUTPUT, hidden)));
        arrays.add(vector(layer, new Rows(Part.FEED_NORM, hidden)));
        arrays.add(matrix(layer, hidden, new Rows(Part.GATE, shape.feedForward()), new Rows(Part.UP, shape.feedForward())));
        arrays.add(matrix(layer, shape.feedForward(), new Rows(Part.DOWN, hidden)));
      }
      return arrays;
    }

    /** A tensor's part of a stacked matrix, or of a joined vector. */
    private record Rows(Part part, int rows) {}

    /** A matrix that is only multiplied with, in the layout that is fastest for that. */
    private PtNDArray matrix(int layer, int columns, Rows... parts) {
      PtNDArray plain = table(layer, columns, parts);
      if (!packs()) {
        return plain;
      }
      try (plain) {
        return packed(plain);
      }
    }

    private PtNDArray packed(PtNDArray plain) {
      return packs() ? ops.tensor(manager, "pack", plain) : plain;
    }

    /** oneDNN packs for the CPU, and refuses bfloat16 unless the processor multiplies it. */
    private boolean packs() {
      return !manager.getDevice().isGpu() && precision == Precision.FLOAT32;
    }

    private PtNDArray table(int layer, int columns, Rows... parts) {
      int rows = 0;
      for (Rows part : parts) {
        rows += part.rows;
      }
      NDArray array = manager.create(new Shape(rows, columns), DataType.FLOAT32);
      int step = Math.max(1, STAGING / columns);
      ByteBuffer staging = ByteBuffer.allocateDirect(Math.min(step, rows) * columns * Float.BYTES).order(ByteOrder.nativeOrder());
      int at = 0;
      for (Rows part : parts) {
        for (int from = 0; from < part.rows; from += step) {
          int taken = Math.min(step, part.rows - from);
          staging.clear().limit(taken * columns * Float.BYTES);
          source.read(part.part, layer, part.rows, columns, from, staging.asFloatBuffer());
          try (NDArray piece = manager.create(staging, new Shape(taken, columns), DataType.FLOAT32)) {
            JniUtils.indexSet((PtNDArray) array, (PtNDArray) piece, new long[] {at}, new long[] {at + taken}, new long[] {1});
          }
          at += taken;
        }
      }
      return inPrecision(array);
    }

    private PtNDArray vector(int layer, Rows... parts) {
      int length = 0;
      for (Rows part : parts) {
        length += part.rows;
      }
      FloatBuffer numbers = FloatBuffer.allocate(length);
      for (Rows part : parts) {
        numbers.limit(numbers.position() + part.rows);
        source.read(part.part, layer, 1, part.rows, 0, numbers);
      }
      return inPrecision(manager.create(numbers.array(), new Shape(length)));
    }

    private PtNDArray angles(LlamaShape shape, boolean cosine) {
      float[] frequencies = shape.rope().frequencies(shape.headDim());
      float[] table = new float[shape.context() * frequencies.length];
      for (int position = 0, at = 0; position < shape.context(); position++) {
        for (float frequency : frequencies) {
          float angle = position * frequency;
          table[at++] = (float) (cosine ? Math.cos(angle) : Math.sin(angle));
        }
      }
      return inPrecision(manager.create(table, new Shape(shape.context(), frequencies.length)));
    }

    private PtNDArray inPrecision(NDArray array) {
      return switch (precision) {
        case FLOAT32 -> (PtNDArray) array;
        case BFLOAT16 -> {
          try (array) {
            yield ops.tensor(manager, "cast", array, BFLOAT16);
          }
        }
      };
    }
  }
}
