package dev.assay.inference.llm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.assay.inference.llm.weights.AdapterFiles;
import dev.assay.inference.llm.weights.Architecture;
import dev.assay.inference.llm.weights.LoraLayout;
import dev.assay.inference.llm.weights.LoraLayout.Block;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.Part;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * A language model that learns: the loss of texts, and its gradient by the numbers of a LoRA adapter while the weights stand still, or by all
 * weights ({@link WholeModel}). One thread uses it, and the random numbers of the process's PyTorch are its own.
 */
public final class TrainableModel implements AutoCloseable {
  /** Place of the head among the weights, as {@code ops.py} has them. */
  private static final int HEAD = 2;

  private final Path path;
  private final WeightSource source;
  private final Tokens tokens;
  private final NDManager manager;
  private final OpLibrary ops;
  private final PtNDArray table;
  private final List<PtNDArray> weights;
  private final NDArray sizes;
  private final int passTokens;
  private final Optional<ChatTemplate> chatTemplate;

  private TrainableModel(Path path, WeightSource source, Tokens tokens, NDManager manager, OpLibrary ops, LoadOptions options) throws IOException {
    this.path = path;
    this.source = source;
    this.tokens = tokens;
    this.manager = manager;
    this.ops = ops;
    this.passTokens = options.maxPassTokens();
    Transformer.Loading loading = new Transformer.Loading(source, manager, ops, options.precision(), true);
    this.table = loading.matrix(Part.EMBEDDING, 0);
    this.weights = List.copyOf(loading.weights(Optional.of(table)));
    this.sizes = manager.create(Transformer.sizes(source.architecture()));
    this.chatTemplate = ChatTemplate.of(source, tokens);
  }

  /**
   * Loads a GGUF file, or a folder as Hugging Face stores models.
   *
   * @throws ModelFileException when the files are incomplete, damaged, or of a model that cannot be trained here
   */
  public static TrainableModel load(Path path, LoadOptions options) throws IOException {
    return load(path, options, Learning.AN_ADAPTER);
  }

  /** What is to be learned. */
  public enum Learning {
    /** The numbers of a LoRA adapter. */
    AN_ADAPTER,
    /** All weights. */
    ALL_WEIGHTS
  }

  /**
   * Loads a model to learn something.
   *
   * @throws IllegalArgumentException when all weights are to be learned, but not in float32
   * @throws ModelFileException as above, and when all weights are to be learned, and there is too little memory for it; nothing is loaded then
   */
  public static TrainableModel load(Path path, LoadOptions options, Learning learning) throws IOException {
    WeightSource source = WeightSource.open(path);
    try {
      if (!source.trainable()) {
        throw new ModelFileException(
            "%s cannot be trained here: expected a model of Llama's kind, whose layers have the matrices %s each by itself"
                .formatted(path, LoraLayout.names(LoraLayout.TARGETS)));
      }
      if (learning == Learning.ALL_WEIGHTS) {
        WholeModel.requirePossible(path, source, options);
      }
      Tokens tokens = Tokens.of(source.tokenizerJson(), source.addsStart() ? source.startToken() : OptionalInt.empty());
      NDManager manager = Transformer.manager(options);
      try {
        if (learning == Learning.ALL_WEIGHTS) {
          WholeModel.requireRoom(path, source.architecture(), options.maxPassTokens(), manager.getDevice());
        }
        OpLibrary ops = OpLibrary.load(manager.getDevice());
        JniUtils.setGradMode(true);
        return new TrainableModel(path, source, tokens, manager, ops, options);
      } catch (IOException | RuntimeException e) {
        manager.close();
        tokens.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /** What the model computes. */
  public Architecture architecture() {
    return source.architecture();
  }

  /** First 12 hex digits of the sha256 of the weights. */
  public String checkpoint() throws IOException {
    return source.checkpoint();
  }

  /** Where it computes. */
  public String device() {
    return manager.getDevice().toString();
  }

  /** The tokens of a text, after the token that the model's tokenizer puts before every text, if it does. */
  public int[] encode(String text) {
    return tokens.encode(text);
  }

  /** The text of tokens, special ones included. */
  public String decode(int[] ids) {
    return tokens.decode(ids);
  }

  /** A token that ends a text; empty where the model names none. */
  public OptionalInt endToken() {
    return source.endTokens().stream().mapToInt(id -> id).min();
  }

  /** How the model wants a conversation written; empty for one that was not made for conversations. */
  public Optional<ChatTemplate> chatTemplate() {
    return chatTemplate;
  }

  /**
   * Begins to add up a gradient.
   *
   * @param layout of the adapter
   * @param adapter its numbers, as the layout has them
   * @param dropout the part of what the adapter reads that is left out by chance, in [0, 1)
   */
  public Slope slope(LoraLayout layout, float[] adapter, double dropout) {
    return new Slope(layout, adapter, dropout);
  }

  /** Begins to change all weights, which only one may do at a time. */
  public WholeModel whole() {
    return new WholeModel(path, source, manager, ops, table, weights, this);
  }

  /**
   * Writes an adapter as PEFT does, and sees to it that it is on the disk.
   *
   * @param folder that exists
   * @param base the model's name
   * @param dropout that it was trained with
   */
  public void write(Path folder, LoraLayout layout, float[] adapter, String base, double dropout) throws IOException {
    AdapterFiles.write(folder, source, layout, adapter, base, dropout);
  }

  /** What {@code ops.py} calls reals. */
  NDArray reals(NDManager scope, double dropout, double factor) {
    DoubleStream own = DoubleStream.of(dropout, factor, source.architecture().embeddingScale());
    return scope.create(DoubleStream.concat(DoubleStream.of(Transformer.scalars(source.architecture())), own).toArray());
  }

  /**
   * Goes through texts, forward and back: the gradient of their loss is added to what each array that learns has.
   *
   * @param reals as the method {@code loss} of {@code ops.py} expects them
   * @param leaves the adapter's arrays, empty ones for nothing
   */
  double add(NDManager scope, List<TrainingText> texts, double factor, long seed, NDArray reals, List<PtNDArray> leaves) {
    double loss = 0;
    int from = 0;
    for (int pass = 0; from < texts.size(); pass++) {
      int to = from + 1;
      int length = texts.get(from).length();
      while (to < texts.size() && length + texts.get(to).length() <= passTokens) {
        length += texts.get(to).length();
        to++;
      }
      JniUtils.setSeed(seed * 31 + pass);
      loss += pass(scope, texts.subList(from, to), factor, reals, leaves);
      from = to;
    }
    return loss;
  }

  private double pass(NDManager scope, List<TrainingText> texts, double factor, NDArray reals, List<PtNDArray> leaves) {
    long[] ids = texts.stream().flatMapToInt(text -> IntStream.of(text.tokens())).asLongStream().toArray();
    long[] positions = texts.stream().flatMapToInt(text -> IntStream.range(0, text.length())).asLongStream().toArray();
    long[] lengths = texts.stream().mapToLong(TrainingText::length).toArray();
    List<Long> rows = new ArrayList<>();
    List<Long> answers = new ArrayList<>();
    long at = 0;
    for (TrainingText text : texts) {
      int[] all = text.tokens();
      for (int place : text.learned().stream().toArray()) {
        rows.add(at + place - 1);
        answers.add((long) all[place]);
      }
      at += all.length;
    }
    if (rows.isEmpty()) {
      return 0;
    }
    try (NDManager pass = scope.newSubManager()) {
      PtNDArray loss =
          ops.recorded(
              pass,
              "loss",
              pass.create(ids),
              pass.create(positions),
              pass.create(lengths),
              pass.create(rows.stream().mapToLong(row -> row).toArray()),
              pass.create(answers.stream().mapToLong(token -> token).toArray()),
              pass.create(new double[] {factor}),
              sizes,
              reals,
              table,
              distinct(pass),
              leaves);
      JniUtils.backward(loss, (PtNDArray) loss.onesLike(), false, false);
      return loss.toFloatArray()[0];
    }
  }

  /** The weights, the head under a name of its own: it may be the embedding, and DJL tells arguments apart by names. */
  private List<PtNDArray> distinct(NDManager pass) {
    List<PtNDArray> all = new ArrayList<>(weights);
    NDArray head = all.get(HEAD).reshape(all.get(HEAD).getShape());
    head.attach(pass);
    all.set(HEAD, (PtNDArray) head);
    return all;
  }

  @Override
  public void close() {
    ops.close();
    manager.close();
    tokens.close();
    source.close();
  }

  /** A gradient that is being added up, text by text, while the adapter stands still. */
  public final class Slope implements AutoCloseable {
    private final LoraLayout layout;
    private final NDManager scope = manager.newSubManager();
    private final List<PtNDArray> leaves = new ArrayList<>();
    private final NDArray reals;

    private Slope(LoraLayout layout, float[] adapter, double dropout) {
      this.layout = layout;
      for (Part part : LoraLayout.TARGETS) {
        for (boolean up : new boolean[] {false, true}) {
          leaves.add(
              layout.blocks().stream()
                  .filter(block -> block.part() == part && block.up() == up)
                  .findFirst()
                  .map(block -> leaf(block, adapter))
                  .orElseGet(() -> (PtNDArray) scope.create(new float[0])));
        }
      }
      this.reals = reals(scope, dropout, layout.factor());
    }

    private PtNDArray leaf(Block block, float[] adapter) {
      FloatBuffer numbers = FloatBuffer.wrap(adapter, block.at(), block.size());
      PtNDArray leaf = (PtNDArray) scope.create(numbers, new Shape(block.layers(), block.rows(), block.columns()));
      leaf.setRequiresGradient(true);
      return leaf;
    }

    /**
     * Adds the gradient of texts' loss.
     *
     * @param factor of the loss
     * @param seed of what is left out by chance
     * @return the sum of -log p over the texts' answers, times the factor
     */
    public double add(List<TrainingText> texts, double factor, long seed) {
      return TrainableModel.this.add(scope, texts, factor, seed, reals, leaves);
    }

    /** The gradient of all that was added, as the layout has it. */
    public float[] gradient() {
      float[] gradient = new float[layout.size()];
      List<PtNDArray> learned = leaves.stream().filter(leaf -> !leaf.isEmpty()).toList();
      for (int i = 0; i < learned.size(); i++) {
        Block block = layout.blocks().get(i);
        try (NDArray one = learned.get(i).getGradient()) {
          System.arraycopy(one.toFloatArray(), 0, gradient, block.at(), block.size());
        }
      }
      return gradient;
    }

    @Override
    public void close() {
      scope.close();
    }
  }
}
