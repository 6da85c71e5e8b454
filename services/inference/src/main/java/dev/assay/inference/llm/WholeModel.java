package dev.assay.inference.llm;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.assay.inference.llm.LoadOptions.Precision;
import dev.assay.inference.llm.weights.Architecture;
import dev.assay.inference.llm.weights.FloatFile;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.ModelFiles;
import dev.assay.inference.llm.weights.ModelFiles.Piece;
import dev.assay.inference.llm.weights.Part;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * All weights of a {@link TrainableModel} while they learn, in float32: embedding, norms, biases, matrices and head, the head being the
 * embedding where the model has it so. Beside each array lie its gradient and AdamW's two moments, so that a number takes 16 bytes. As the
 * Hugging Face trainer has it, weight decay is for what is neither norm nor bias.
 */
public final class WholeModel implements AutoCloseable {
  /** Weight, gradient, and two moments, in float32. */
  private static final long BYTES_A_NUMBER = 4L * Float.BYTES;

  /** Numbers that autograd keeps of a token in each block, in widths of the residual stream, the heads and the feed-forward network: measured. */
  private static final long KEPT_HIDDEN = 12;

  private static final long KEPT_HEADS = 6;
  private static final long KEPT_FEED = 6;

  /** Logits, their logarithms and their gradient. */
  private static final long KEPT_LOGITS = 3;

  /** Most numbers that are copied at once: 16 MiB. */
  private static final int STAGING = 1 << 22;

  private static final long MIB = 1L << 20;

  private final Path path;
  private final WeightSource source;
  private final NDManager scope;
  private final OpLibrary ops;
  private final TrainableModel model;
  private final List<Learned> learned = new ArrayList<>();
  private final NDArray reals;
  private final List<PtNDArray> noAdapter;

  /** An array with its moments, and the parts that stand under each other in it. */
  private record Learned(PtNDArray weight, PtNDArray mean, PtNDArray square, List<Piece> pieces) {
    boolean decays() {
      return pieces.stream().noneMatch(piece -> piece.part().ofNorm() || piece.part().ofBias());
    }
  }

  /**
   * The numbers of a step of AdamW.
   *
   * @param decayed what weight decay leaves of a number that decays
   * @param meanPart what the gradient's part in the mean is
   * @param squareKept what is kept of the mean of squares
   * @param squarePart what the gradient's square has in it
   * @param root what the root of that mean is divided by
   * @param epsilon added to it then
   * @param size of the step
   */
  public record Step(double decayed, double meanPart, double squareKept, double squarePart, double root, double epsilon, double size) {}

  WholeModel(
      Path path, WeightSource source, NDManager manager, OpLibrary ops, PtNDArray table, List<PtNDArray> weights, TrainableModel model) {
    this.path = path;
    this.source = source;
    this.scope = manager.newSubManager();
    this.ops = ops;
    this.model = model;
    this.reals = model.reals(scope, 0, 0);
    this.noAdapter = IntStream.range(0, 14).mapToObj(_ -> (PtNDArray) scope.create(new float[0])).toList();
    learn(table, new Piece(Part.EMBEDDING, 0));
    places(source.architecture()).forEach((array, pieces) -> learn(weights.get(array), pieces.toArray(Piece[]::new)));
  }

  private void learn(PtNDArray weight, Piece... pieces) {
    weight.setRequiresGradient(true);
    learned.add(new Learned(weight, (PtNDArray) scope.zeros(weight.getShape()), (PtNDArray) scope.zeros(weight.getShape()), List.of(pieces)));
  }

  /** Which parts stand under each other in the arrays that {@code ops.py} calls weights, by the arrays' numbers; the embedding is not among them. */
  static Map<Integer, List<Piece>> places(Architecture shape) {
    Map<Integer, List<Piece>> places = new TreeMap<>();
    put(places, shape, 0, 0, Part.OUTPUT_NORM);
    put(places, shape, 1, 0, Part.OUTPUT_NORM_BIAS);
    put(places, shape, 2, 0, Part.HEAD);
    int at = 3 + (int) shape.attention().stream().distinct().count();
    for (int layer = 0; layer < shape.layers(); layer++, at += 19) {
      put(places, shape, at, layer, Part.ATTENTION_NORM);
      put(places, shape, at + 1, layer, Part.ATTENTION_NORM_BIAS);
      put(places, shape, at + 2, layer, Part.QUERY, Part.KEY, Part.VALUE);
      put(places, shape, at + 5, layer, Part.QUERY_BIAS, Part.KEY_BIAS, Part.VALUE_BIAS);
      put(places, shape, at + 6, layer, Part.QUERY_NORM);
      put(places, shape, at + 7, layer, Part.KEY_NORM);
      put(places, shape, at + 8, layer, Part.ATTENTION_OUTPUT);
      put(places, shape, at + 9, layer, Part.ATTENTION_OUTPUT_BIAS);
      put(places, shape, at + 10, layer, Part.POST_ATTENTION_NORM);
      put(places, shape, at + 11, layer, Part.FEED_NORM);
      put(places, shape, at + 12, layer, Part.FEED_NORM_BIAS);
      put(places, shape, at + 13, layer, Part.GATE, Part.UP);
      put(places, shape, at + 15, layer, Part.GATE_BIAS, Part.UP_BIAS);
      put(places, shape, at + 16, layer, Part.DOWN);
      put(places, shape, at + 17, layer, Part.DOWN_BIAS);
      put(places, shape, at + 18, layer, Part.POST_FEED_NORM);
    }
    return places;
  }

  private static void put(Map<Integer, List<Piece>> places, Architecture shape, int array, int layer, Part... parts) {
    List<Piece> present = new ArrayList<>();
    for (Part part : parts) {
      if (shape.parts().contains(part)) {
        present.add(new Piece(part, layer));
      }
    }
    if (!present.isEmpty()) {
      places.put(array, present);
    }
  }

  /** Refuses what cannot be trained whole, whatever memory there is. */
  static void requirePossible(Path path, WeightSource source, LoadOptions options) throws IOException {
    if (options.precision() != Precision.FLOAT32) {
      throw new IllegalArgumentException(
          "all weights are trained in float32 alone, as a small step would be lost in bfloat16; got " + options.precision());
    }
    ModelFiles.requireWritable(path, source);
  }

  static void requireRoom(Path path, Architecture shape, int passTokens, Device device) {
    requireRoom(path, shape, passTokens, FreeMemory.of(device));
  }

  /**
   * Refuses a model that is too large for the memory there is.
   *
   * @throws ModelFileException with both sizes
   */
  static void requireRoom(Path path, Architecture shape, int passTokens, long free) {
    long need = bytes(shape, passTokens);
    if (need > free) {
      throw new ModelFileException(
          "training all %,d weights of %s needs about %,d MiB: 16 bytes each for weight, gradient and moments, and %,d MiB for %,d tokens at once; there are %,d MiB; train an adapter, which needs the weights alone, a smaller model, or fewer tokens at once"
              .formatted(shape.parameters(), path, need / MIB, (need - BYTES_A_NUMBER * shape.parameters()) / MIB, passTokens, free / MIB));
    }
  }

  /** About how much memory it takes, in bytes. */
  static long bytes(Architecture shape, int passTokens) {
    long block =
        KEPT_HIDDEN * shape.hidden() + KEPT_HEADS * shape.heads() * shape.headDim() + KEPT_FEED * shape.feedForward();
    long token = shape.layers() * block + KEPT_LOGITS * shape.vocabulary();
    // Of the embedding's gradient there are two while they are added.
    long table = 2L * shape.vocabulary() * shape.hidden();
    return BYTES_A_NUMBER * shape.parameters() + Float.BYTES * (passTokens * token + table);
  }

  /** How many numbers are learned. */
  public long parameters() {
    return source.architecture().parameters();
  }

  /**
   * Adds the gradient of texts' loss.
   *
   * @param factor of the loss
   * @return the sum of -log p over the texts' answers, times the factor
   */
  public double add(List<TrainingText> texts, double factor) {
    return model.add(scope, texts, factor, 0, reals, noAdapter);
  }

  /** The norm of the whole gradient. */
  public double norm() {
    double sum = 0;
    for (Learned one : learned) {
      try (PtNDArray gradient = one.weight.getGradient();
          PtNDArray squares = ops.tensor(scope, "squares", gradient)) {
        sum += squares.toFloatArray()[0];
      }
    }
    return Math.sqrt(sum);
  }

  /**
   * Changes all weights by a step, and forgets the gradient.
   *
   * @param factor of the gradient
   */
  public void update(Step step, double factor) {
    for (Learned one : learned) {
      double[] numbers = {
        factor, one.decays() ? step.decayed : 1, step.meanPart, step.squareKept, step.squarePart, step.root, step.epsilon, -step.size
      };
      try (PtNDArray gradient = one.weight.getGradient()) {
        ops.effect("adam", one.weight, gradient, one.mean, one.square, numbers);
      }
    }
  }

  /** The gradient of a part: for tests, as it copies. */
  float[] gradient(Piece piece) {
    for (Learned one : learned) {
      if (one.pieces.contains(piece)) {
        try (PtNDArray gradient = one.weight.getGradient()) {
          FloatBuffer numbers = rows(one, gradient, piece);
          float[] copy = new float[numbers.remaining()];
          numbers.get(copy);
          return copy;
        }
      }
    }
    throw new IllegalArgumentException("the model has no " + piece);
  }

  /**
   * Writes the model as transformers stores it, and sees to it that it is on the disk.
   *
   * @param folder that exists
   * @return the files' names
   */
  public List<String> write(Path folder) throws IOException {
    return ModelFiles.write(folder, source, (part, layer) -> find(new Piece(part, layer), Kind.WEIGHT));
  }

  /** Writes what else is needed to go on from there: the moments, and weights that the model's files hold rounded. */
  public void writeState(Path file) throws IOException {
    List<FloatFile.Tensor> tensors = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      for (Piece piece : ModelFiles.pieces(source.architecture())) {
        if (kind != Kind.WEIGHT || ModelFiles.rounds(source, piece)) {
          tensors.add(
              new FloatFile.Tensor(name(kind, piece), ModelFiles.shape(source.architecture(), piece.part()), () -> find(piece, kind)));
        }
      }
    }
    FloatFile.write(file, tensors);
  }

  /**
   * Takes up what was written, bit for bit.
   *
   * @throws ModelFileException when the files are of another model, or damaged
   */
  public void read(Path folder, Path state) throws IOException {
    try (WeightSource written = WeightSource.open(folder);
        FloatFile.Opened numbers = FloatFile.open(state)) {
      if (!written.architecture().equals(source.architecture())) {
        throw new ModelFileException("%s is of another model than %s: got %s, expected %s".formatted(folder, path, written.architecture(), source.architecture()));
      }
      Architecture shape = source.architecture();
      for (Learned one : learned) {
        for (Piece piece : one.pieces) {
          int rows = shape.rows(piece.part());
          int columns = shape.columns(piece.part());
          for (Kind kind : Kind.values()) {
            boolean inState = kind != Kind.WEIGHT || ModelFiles.rounds(source, piece);
            pour(
                one,
                kind,
                piece,
                (from, into) -> {
                  if (inState) {
                    numbers.read(name(kind, piece), rows, columns, from, into);
                  } else {
                    written.read(piece.part(), piece.layer(), from, into);
                  }
                });
          }
        }
      }
    }
  }

  @Override
  public void close() {
    scope.close();
  }

  private enum Kind {
    WEIGHT,
    MEAN,
    SQUARE
  }

  private interface RowReader {
    void read(int fromRow, FloatBuffer into);
  }

  private String name(Kind kind, Piece piece) {
    return kind.name().toLowerCase(Locale.ROOT) + "." + ModelFiles.name(source, piece);
  }

  private static PtNDArray array(Learned one, Kind kind) {
    return switch (kind) {
      case WEIGHT -> one.weight;
      case MEAN -> one.mean;
      case SQUARE -> one.square;
    };
  }

  private FloatBuffer find(Piece piece, Kind kind) {
    Learned owner = learned.stream().filter(one -> one.pieces.contains(piece)).findFirst().orElseThrow();
    return rows(owner, array(owner, kind), piece);
  }

  /** The numbers of a part, where they lie if that is in this machine's memory. */
  private FloatBuffer rows(Learned owner, PtNDArray array, Piece piece) {
    Architecture shape = source.architecture();
    FloatBuffer all = array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    int at = Math.toIntExact(fromRow(owner, piece) * shape.columns(piece.part()));
    return all.slice(at, Math.multiplyExact(shape.rows(piece.part()), shape.columns(piece.part())));
  }

  private long fromRow(Learned owner, Piece piece) {
    return owner.pieces.stream().takeWhile(one -> !one.equals(piece)).mapToLong(one -> source.architecture().rows(one.part())).sum();
  }

  private void pour(Learned owner, Kind kind, Piece piece, RowReader reader) {
    Architecture shape = source.architecture();
    int rows = shape.rows(piece.part());
    int columns = shape.columns(piece.part());
    boolean vector = ModelFiles.shape(shape, piece.part()).size() == 1;
    int step = Math.max(1, STAGING / columns);
    ByteBuffer staging = ByteBuffer.allocateDirect(Math.min(step, rows) * columns * Float.BYTES).order(ByteOrder.nativeOrder());
    for (int from = 0; from < rows; from += step) {
      int taken = Math.min(step, rows - from);
      staging.clear().limit(taken * columns * Float.BYTES);
      reader.read(from, staging.asFloatBuffer());
      Shape size = vector ? new Shape(taken) : new Shape(taken, columns);
      try (NDArray some = scope.create(staging, size, DataType.FLOAT32)) {
        ops.effect("fill", array(owner, kind), some, fromRow(owner, piece) + from);
      }
    }
  }
}
