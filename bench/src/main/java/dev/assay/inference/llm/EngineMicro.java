package dev.assay.inference.llm;

import dev.assay.inference.store.ModelSpec;
import dev.assay.inference.store.ModelStore;
import dev.assay.inference.llm.weights.WeightSource;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the engine does in Java around each pass, which stands in this package since the classes are not public: tokens of a request in all
 * 24 orders after five examples, their trie and how it is cut, what is remembered of it, and the choice of a token from SmolLM2's
 * vocabulary.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class EngineMicro {
  private static final int ORDERS = 24;
  private static final int SHARED_TOKENS = 400;
  private static final int OWN_TOKENS = 40;
  private static final int VOCABULARY = 49_152;
  private static final String MODEL = "smollm2-135m-instruct";

  /** The tokenizer, and the strings of one request. */
  @State(Scope.Benchmark)
  public static class Strings {
    private final SequencedSet<String> texts = new LinkedHashSet<>();
    private Tokens tokens;

    /** Reads the tokenizer of the model, which is on this machine. */
    @Setup(Level.Trial)
    public void open() throws IOException {
      try (WeightSource source = WeightSource.open(ModelStore.ofEnvironment().find(ModelSpec.parse(MODEL)))) {
        tokens = Tokens.of(source.tokenizerJson(), OptionalInt.empty());
      }
      String examples =
          IntStream.range(0, 5)
              .mapToObj(i -> "Question " + i + ": which of these towns lies by the sea?\nA. one\nB. two\nC. three\nD. four\nAnswer: B\n\n")
              .collect(Collectors.joining());
      for (int order = 0; order < ORDERS; order++) {
        texts.add(examples + "Question: what is the capital of the " + order + "th country?\nA. Rome\nB. Oslo\nC. Bern\nD. Riga\nAnswer:");
      }
    }

    /** Frees it. */
    @TearDown(Level.Trial)
    public void close() {
      tokens.close();
    }
  }

  /** The tokens of one request. */
  @State(Scope.Benchmark)
  public static class Numbers {
    private List<List<Integer>> texts = List.of();
    private TokenTrie trie = new TokenTrie();
    private int[] preorder = new int[0];
    private final Cutting cutting = new Cutting(512, 3.3e-4, 16);

    /** Draws them. */
    @Setup(Level.Trial)
    public void draw() {
      Random random = new Random(1);
      int[] shared = random.ints(SHARED_TOKENS, 0, VOCABULARY).toArray();
      texts =
          IntStream.range(0, ORDERS)
              .mapToObj(_ -> IntStream.concat(Arrays.stream(shared), random.ints(OWN_TOKENS, 0, VOCABULARY)).boxed().toList())
              .toList();
      trie = trie(texts);
      preorder = trie.preorder();
    }
  }

  /** A distribution over the vocabulary, and a sampler of each kind. */
  @State(Scope.Benchmark)
  public static class Distribution {
    private static final Map<String, Sampling> KINDS =
        Map.of(
            "greedy", Sampling.GREEDY,
            "temperature", new Sampling(1, 0, 1, 1, 1),
            "top-k", new Sampling(1, 50, 1, 1, 1),
            "top-p", new Sampling(1, 0, 0.9, 1, 1));

    /** How the token is chosen. */
    @Param({"greedy", "temperature", "top-k", "top-p"})
    public String kind = "greedy";

    private final float[] logits = new float[VOCABULARY];
    private final BitSet seen = new BitSet();
    private Sampler sampler = new Sampler(Sampling.GREEDY);

    /** Draws it: a few probable tokens and a long tail. */
    @Setup(Level.Trial)
    public void draw() {
      Random random = new Random(1);
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) (3 * random.nextGaussian());
      }
      sampler = new Sampler(KINDS.getOrDefault(kind, Sampling.GREEDY));
    }
  }

  /** 24 strings to tokens. */
  @Benchmark
  public Map<String, int[]> tokenise(Strings strings) {
    return strings.tokens.encode(strings.texts);
  }

  /** 24 texts into a trie, and its preorder. */
  @Benchmark
  public int[] buildTrie(Numbers numbers) {
    return trie(numbers.texts).preorder();
  }

  /** The trie into passes. */
  @Benchmark
  public List<int[]> cutTrie(Numbers numbers) {
    return numbers.cutting.cut(numbers.trie, numbers.preorder);
  }

  /** All nodes into an empty memory, and found there once more. */
  @Benchmark
  public int remember(Numbers numbers) {
    KvIndex index = new KvIndex(numbers.preorder.length);
    index.begin();
    int[] slots = new int[numbers.preorder.length];
    for (int node : numbers.preorder) {
      int parent = numbers.trie.parent(node);
      slots[node] = index.add(parent < 0 ? Adapter.NONE.root() : slots[parent], numbers.trie.token(node), false);
    }
    index.begin();
    int found = 0;
    for (int node : numbers.preorder) {
      int parent = numbers.trie.parent(node);
      found += index.find(parent < 0 ? Adapter.NONE.root() : slots[parent], numbers.trie.token(node));
    }
    return found;
  }

  /** A token from a vocabulary of 49,152. */
  @Benchmark
  public int chooseToken(Distribution distribution) {
    return distribution.sampler.next(distribution.logits, distribution.seen);
  }

  private static TokenTrie trie(List<List<Integer>> texts) {
    TokenTrie trie = new TokenTrie();
    texts.forEach(text -> trie.add(Adapter.NONE, text, text.size()));
    return trie;
  }
}
