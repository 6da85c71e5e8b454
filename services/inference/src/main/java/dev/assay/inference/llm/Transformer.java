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
import dev.assay.inference.ModelCard;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.weights.AdapterFolder;
import dev.assay.inference.llm.weights.Architecture;
import dev.assay.inference.llm.weights.Architecture.Attention;
import dev.assay.inference.llm.weights.Part;
import dev.assay.inference.llm.weights.Projection;
import dev.assay.inference.llm.weights.WeightSource;
import dev.assay.inference.llm.weights.WeightSource.InFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * The weights of a model on a device, and the passes over them: what {@link Architecture} describes, in the order that {@code ops.py}
 * expects.
 *
 * <p>Numbers are held once. On the CPU in float32, each matrix is read, packed and dropped, one after the other, and tokens are embedded
 * straight from the mapped file. In bfloat16, matrices that the file stores as bfloat16 are used where they lie in the mapped file; others
 * are converted piece by piece.
 */
final class Transformer implements AutoCloseable {
  /** {@code c10::ScalarType}. */
  private static final long FLOAT32 = 6;

  private static final long BFLOAT16 = 15;

  /** Most numbers that are turned into float32 before they are copied to their place, more than any row has: 16 MiB. */
  private static final int STAGING = 1 << 22;

  private final WeightSource source;
  private final NDManager manager;
  private final OpLibrary ops;
  private final IValue weights;
  private final PtNDArray prototype;
  private final Optional<PtNDArray> embedding;
  private final long[] sizes;
  private final double[] scalars;
  private final Precision precision;
  private int limit = Integer.MAX_VALUE;

  private Transformer(WeightSource source, NDManager manager, OpLibrary ops, Loading loading) {
    this.source = source;
    this.precision = loading.precision();
    this.manager = manager;
    this.ops = ops;
    this.prototype = loading.nothing();
    this.embedding = loading.packs() ? Optional.empty() : Optional.of(loading.matrix(Part.EMBEDDING, 0));
    this.weights = IValue.listFrom(loading.weights(embedding).toArray(PtNDArray[]::new));
    this.sizes = sizes(source.architecture());
    this.scalars = scalars(source.architecture());
  }

  /** Reads all weights. What is returned owns the source; when this throws, the source stays the caller's. */
  static Transformer load(WeightSource source, LoadOptions options) throws IOException {
    NDManager manager = manager(options);
    try {
      OpLibrary ops = OpLibrary.load(manager.getDevice());
      try {
        return new Transformer(source, manager, ops, new Loading(source, manager, ops, options.precision(), false));
      } catch (RuntimeException e) {
        ops.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** A manager on the device that is asked for; the number of threads is set with it. */
  static NDManager manager(LoadOptions options) {
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
      throw new IllegalArgumentException(
          "%s is not there: found %d GPUs; expected cpu, auto or one of them; a GPU is found when libtorch is one for CUDA and libcudart is on the loader's path"
              .formatted(options.device(), engine.getGpuCount()));
    }
    return engine.newBaseManager(device);
  }

  Architecture shape() {
    return source.architecture();
  }

  /** A manager for what one call needs; closing it frees that. */
  NDManager scope() {
    return manager.newSubManager();
  }

  /** The method {@code tree} of {@code ops.py}. */
  PtNDArray tree(
      NDManager scope,
      PtNDArray ids,
      PtNDArray positions,
      PtNDArray mask,
      PtNDArray rows,
      PtNDArray keys,
      PtNDArray values,
      int start,
      List<PtNDArray> adapters) {
    return ops.tensor(
        scope, "tree", embed(scope, ids), positions, mask, rows, weights, keys, values, (long) start, sizes, scalars, adapters);
  }

  /** Slots for keys or values of tokens, {@code [layers, slots, key-value heads, head size]}; their content is undefined. */
  PtNDArray slots(int slots) {
    Architecture shape = source.architecture();
    return ops.tensor(manager, "room", prototype, new long[] {shape.layers(), slots, shape.kvHeads(), shape.headDim()});
  }

  /** Bytes that the keys and values of one token take. */
  long bytesPerToken() {
    Architecture shape = source.architecture();
    return 2L * shape.layers() * shape.kvHeads() * shape.headDim() * precision.bytes();
  }

  /**
   * Brings an adapter's numbers to the device, in the model's precision.
   *
   * @param number that no other adapter has
   */
  Adapter adapt(AdapterFolder folder, int number, ModelCard card) {
    Architecture shape = source.architecture();
    NDManager own = manager.newSubManager();
    try {
      List<PtNDArray> arrays = new ArrayList<>();
      for (Projection projection : Projection.values()) {
        int rank = folder.rank(projection);
        arrays.add(array(own, rank == 0 ? new float[0] : folder.down(projection), shape.layers(), rank, projection.columns(shape)));
        arrays.add(array(own, rank == 0 ? new float[0] : folder.up(projection), shape.layers(), projection.rows(shape), rank));
      }
      return new Adapter(number, arrays, card, own);
    } catch (RuntimeException e) {
      own.close();
      throw e;
    }
  }

  private PtNDArray array(NDManager own, float[] numbers, long... size) {
    PtNDArray plain = (PtNDArray) own.create(numbers, new Shape(size));
    if (precision == Precision.FLOAT32) {
      return plain;
    }
    try (plain) {
      PtNDArray converted = ops.tensor(own, "empty", plain, size, BFLOAT16);
      ops.effect("fill", converted, plain, 0L);
      return converted;
    }
  }

  /** Most tokens that go through at once; more fail as they do where there is not enough memory. */
  void limit(int tokens) {
    limit = tokens;
  }

  /** The files that were loaded. */
  WeightSource source() {
    return source;
  }

  Device device() {
    return manager.getDevice();
  }

  /** Copies slots; all are read before the first is written, so that both arrays may be the same. */
  void copySlots(PtNDArray keys, PtNDArray values, PtNDArray source, PtNDArray toKeys, PtNDArray toValues, PtNDArray target) {
    ops.effect("copy_slots", keys, values, source, toKeys, toValues, target);
  }

  /** Fills slots with zeros. */
  void blank(PtNDArray slots, int start, int count) {
    ops.effect("blank", slots, (long) start, (long) count);
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
      int length,
      List<PtNDArray> adapters) {
    return ops.tensor(
        scope,
        "step",
        embed(scope, ids),
        positions,
        places,
        mask,
        weights,
        rowKeys,
        rowValues,
        (long) slots,
        (long) length,
        sizes,
        scalars,
        adapters);
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
    source.close();
  }

  /** The rows of the embedding: from the device, or decoded from the file where the device holds it in packed form alone. */
  private PtNDArray embed(NDManager scope, PtNDArray ids) {
    if (ids.size() > limit) {
      throw new OutOfMemoryError("there is room for %d tokens, not for %d".formatted(limit, ids.size()));
    }
    Architecture shape = source.architecture();
    if (embedding.isPresent()) {
      return ops.tensor(scope, "embed", ids, embedding.get(), shape.embeddingScale());
    }
    long[] tokens = ids.toLongArray();
    float[] numbers = new float[Math.multiplyExact(tokens.length, shape.hidden())];
    for (int i = 0; i < tokens.length; i++) {
      source.read(
          Part.EMBEDDING, 0, Math.toIntExact(tokens[i]), FloatBuffer.wrap(numbers, i * shape.hidden(), shape.hidden()));
    }
    if (shape.embeddingScale() != 1) {
      float scale = (float) shape.embeddingScale();
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] *= scale;
      }
    }
    return (PtNDArray) scope.create(numbers, new Shape(tokens.length, shape.hidden()));
  }

  static long[] sizes(Architecture shape) {
    List<Attention> kinds = kinds(shape);
    LongStream.Builder sizes = LongStream.builder();
    sizes.add(shape.layers()).add(shape.heads()).add(shape.kvHeads()).add(shape.headDim());
    sizes.add(
        switch (shape.norm()) {
          case RMS -> 0;
          case LAYER -> 1;
        });
    sizes.add(
        switch (shape.activation()) {
          case SILU -> 0;
          case GELU -> 1;
          case GELU_TANH -> 2;
        });
    sizes.add(shape.parts().contains(Part.GATE) ? 1 : 0).add(shape.parallel() ? 1 : 0).add(kinds.size());
    kinds.forEach(kind -> sizes.add(kind.window().orElse(0)));
    shape.attention().forEach(layer -> sizes.add(kinds.indexOf(layer)));
    return sizes.build().toArray();
  }

  static double[] scalars(Architecture shape) {
    DoubleStream.Builder scalars = DoubleStream.builder();
    scalars.add(shape.normEpsilon()).add(shape.attentionScale());
    kinds(shape).forEach(kind -> scalars.add(kind.rope().amplitude()));
    return scalars.build().toArray();
  }

  private static List<Attention> kinds(Architecture shape) {
    return shape.attention().stream().distinct().toList();
  }

  /**
   * One loading: builds the list of arrays in the order that {@code ops.py} expects.
   *
   * @param differentiable whether gradients are to flow through: each stack of matrices is then one plain matrix of its own
   */
  record Loading(
      WeightSource source,
      NDManager manager,
      OpLibrary ops,
      Precision precision,
      boolean differentiable,
      ByteBuffer staging,
      Map<Path, PtNDArray> files) {

    Loading(WeightSource source, NDManager manager, OpLibrary ops, Precision precision, boolean differentiable) {
      this(
          source,
          manager,
          ops,
          precision,
          differentiable,
          ByteBuffer.allocateDirect(STAGING * Float.BYTES).order(ByteOrder.nativeOrder()),
          new HashMap<>());
    }

    List<PtNDArray> weights(Optional<PtNDArray> embedding) {
      Architecture shape = source.architecture();
      List<PtNDArray> arrays = new ArrayList<>();
      arrays.add(norm(Part.OUTPUT_NORM, 0));
      arrays.add(norm(Part.OUTPUT_NORM_BIAS, 0));
      arrays.add(shape.tied() ? embedding.orElseGet(() -> matrix(Part.EMBEDDING, 0)) : matrix(Part.HEAD, 0));
      for (Attention kind : kinds(shape)) {
        float[] frequencies = kind.rope().frequencies();
        arrays.add((PtNDArray) manager.create(frequencies, new Shape(frequencies.length)));
      }
      for (int layer = 0; layer < shape.layers(); layer++) {
        arrays.add(norm(Part.ATTENTION_NORM, layer));
        arrays.add(norm(Part.ATTENTION_NORM_BIAS, layer));
        arrays.addAll(stack(layer, Part.QUERY, Part.KEY, Part.VALUE));
        arrays.add(bias(layer, Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS));
        arrays.add(norm(Part.QUERY_NORM, layer));
        arrays.add(norm(Part.KEY_NORM, layer));
        arrays.add(matrix(Part.ATTENTION_OUTPUT, layer));
        arrays.add(bias(layer, Part.ATTENTION_OUTPUT_BIAS));
        arrays.add(norm(Part.POST_ATTENTION_NORM, layer));
        arrays.add(norm(Part.FEED_NORM, layer));
        arrays.add(norm(Part.FEED_NORM_BIAS, layer));
        if (shape.parts().contains(Part.GATE)) {
          arrays.addAll(stack(layer, Part.GATE, Part.UP));
          arrays.add(bias(layer, Part.GATE_BIAS, Part.UP_BIAS));
        } else {
          arrays.add(matrix(Part.UP, layer));
          arrays.add(nothing());
          arrays.add(bias(layer, Part.UP_BIAS));
        }
        arrays.add(matrix(Part.DOWN, layer));
        arrays.add(bias(layer, Part.DOWN_BIAS));
        arrays.add(norm(Part.POST_FEED_NORM, layer));
      }
      return arrays;
    }

    /** An empty array in the model's precision. */
    PtNDArray nothing() {
      return empty(0);
    }

    /** oneDNN packs for the CPU, and refuses bfloat16 unless the processor multiplies it. */
    boolean packs() {
      return !differentiable && !manager.getDevice().isGpu() && precision == Precision.FLOAT32;
    }

    /** A matrix in the layout that is fastest to multiply with. */
    PtNDArray matrix(Part part, int layer) {
      return mapped(part, layer).orElseGet(() -> copied(layer, part));
    }

    /** Matrices of equal width under each other; or each by itself where the mapped file holds them so. */
    private List<PtNDArray> stack(int layer, Part... parts) {
      List<PtNDArray> arrays = new ArrayList<>();
      if (Arrays.stream(parts).allMatch(part -> canMap(part, layer))) {
        Arrays.stream(parts).forEach(part -> arrays.add(matrix(part, layer)));
      } else {
        arrays.add(copied(layer, parts));
        while (arrays.size() < parts.length) {
          arrays.add(nothing());
        }
      }
      return arrays;
    }

    private boolean canMap(Part part, int layer) {
      return !differentiable && precision == Precision.BFLOAT16 && source.bfloat16InFile(part, layer).isPresent();
    }

    private Optional<PtNDArray> mapped(Part part, int layer) {
      if (!canMap(part, layer)) {
        return Optional.empty();
      }
      InFile place = source.bfloat16InFile(part, layer).orElseThrow();
      PtNDArray file =
          files.computeIfAbsent(place.file(), path -> ops.tensor(manager, "map", path.toString(), place.fileNumbers(), BFLOAT16));
      long[] size = {source.architecture().rows(part), source.architecture().columns(part)};
      try (PtNDArray like = nothing()) {
        return Optional.of(ops.tensor(manager, "matrix", file, place.at(), size, like));
      }
    }

    private PtNDArray copied(int layer, Part... parts) {
      PtNDArray plain = table(layer, parts);
      if (!packs()) {
        return plain;
      }
      try (plain) {
        return ops.tensor(manager, "pack", plain);
      }
    }

    private PtNDArray table(int layer, Part... parts) {
      Architecture shape = source.architecture();
      int columns = shape.columns(parts[0]);
      PtNDArray array = empty(Arrays.stream(parts).mapToLong(shape::rows).sum(), columns);
      int step = Math.max(1, STAGING / columns);
      long at = 0;
      for (Part part : parts) {
        for (int from = 0; from < shape.rows(part); from += step) {
          int taken = Math.min(step, shape.rows(part) - from);
          staging.clear().limit(taken * columns * Float.BYTES);
          source.read(part, layer, from, staging.asFloatBuffer());
          try (NDArray piece = manager.create(staging, new Shape(taken, columns), DataType.FLOAT32)) {
            fill(array, piece, at);
          }
          at += taken;
        }
      }
      return array;
    }

    /** What is added to a stack of matrices' results; empty where the model has none. */
    private PtNDArray bias(int layer, Part... parts) {
      return vector(layer, precision, parts);
    }

    private PtNDArray norm(Part part, int layer) {
      return vector(layer, Precision.FLOAT32, part);
    }

    private PtNDArray vector(int layer, Precision in, Part... parts) {
      Architecture shape = source.architecture();
      List<Part> present = Arrays.stream(parts).filter(shape.parts()::contains).toList();
      FloatBuffer numbers = FloatBuffer.allocate(present.stream().mapToInt(shape::rows).sum());
      for (Part part : present) {
        numbers.limit(numbers.position() + shape.rows(part));
        source.read(part, layer, 0, numbers);
      }
      PtNDArray plain = (PtNDArray) manager.create(numbers.array(), new Shape(numbers.capacity()));
      if (in == Precision.FLOAT32) {
        return plain;
      }
      try (plain) {
        PtNDArray array = empty(numbers.capacity());
        fill(array, plain, 0);
        return array;
      }
    }

    private PtNDArray empty(long... size) {
      long type =
          switch (precision) {
            case FLOAT32 -> FLOAT32;
            case BFLOAT16 -> BFLOAT16;
          };
      try (PtNDArray like = (PtNDArray) manager.create(0f)) {
        if (!differentiable) {
          return ops.tensor(manager, "empty", like, size, type);
        }
        try (NDArray sizes = manager.create(size);
            NDArray dtype = manager.create(new long[] {type})) {
          return ops.recorded(manager, "ground", like, sizes, dtype);
        }
      }
    }

    private void fill(PtNDArray target, NDArray rows, long from) {
      if (!differentiable) {
        ops.effect("fill", target, rows, from);
        return;
      }
      try (NDArray start = manager.create(new long[] {from})) {
        ops.recorded(manager, "pour", target, rows, start).close();
      }
    }
  }
}
