package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Generates several texts side by side, a token each a step (continuous batching, Yu et al., Orca, 2022). A text that has ended leaves at
 * once: the last row takes its place, and waiting texts take the free rows, whenever they come.
 *
 * <p>Texts begin in the order in which they came, as far as memory goes: one that needs longer rows than there is room for lets shorter
 * ones pass, for a while.
 */
final class Generator {
  /** For so many steps a text lets others pass. */
  private static final int PATIENCE = 64;

  private final Transformer transformer;
  private final TreeReader reader;
  private final Tokens tokens;
  private final Set<Integer> endTokens;
  private final OptionalInt startToken;
  private final int mostRows;
  private final Rows rows;
  private final PrefixCache cache;
  private final int turn;
  private final SequencedMap<Completion, Waiting> waiting = new LinkedHashMap<>();
  private final List<Active> active = new ArrayList<>();

  private static final class Waiting {
    final Consumer<GenerateOutcome> done;
    int passedOver;

    Waiting(Consumer<GenerateOutcome> done) {
      this.done = done;
    }
  }

  private record Active(Completion completion, Consumer<GenerateOutcome> done) {}

  /**
   * @param turn most tokens of a prompt that are read while others wait for their next token, if the cache can keep them
   */
  Generator(
      Transformer transformer,
      TreeReader reader,
      Tokens tokens,
      Set<Integer> endTokens,
      OptionalInt startToken,
      int mostRows,
      Rows rows,
      PrefixCache cache,
      int turn) {
    this.transformer = transformer;
    this.reader = reader;
    this.tokens = tokens;
    this.endTokens = Set.copyOf(endTokens);
    this.startToken = startToken;
    this.mostRows = mostRows;
    this.rows = rows;
    this.cache = cache;
    this.turn = turn;
  }

  /** Takes a text, which does not depend on the others; its outcome is handed over in this call or a later {@link #advance}. */
  void add(GenerateText text, Consumer<GenerateOutcome> done) {
    Completion completion = completion(text);
    if (completion.done()) {
      done.accept(completion.outcome());
    } else {
      waiting.put(completion, new Waiting(done));
    }
  }

  /** Whether no text is being generated or waits for it. */
  boolean idle() {
    return waiting.isEmpty() && active.isEmpty();
  }

  /** Lets those in for whom there is room, and generates a token of each text. */
  void advance() {
    try (NDManager scope = transformer.scope()) {
      admit(scope);
    }
    leave();
    if (!active.isEmpty()) {
      step();
      leave();
    }
  }

  /** Forgets all texts, whose outcomes are then never handed over. */
  void reset() {
    waiting.clear();
    active.clear();
  }

  private Completion completion(GenerateText text) {
    List<Integer> prompt = new ArrayList<>();
    Arrays.stream(tokens.encode(text.prompt())).forEach(prompt::add);
    if (prompt.isEmpty()) {
      startToken.ifPresent(prompt::add);
    }
    return new Completion(text, List.copyOf(prompt), tokens, endTokens, transformer.shape().context());
  }

  private void admit(NDManager scope) {
    int longest = active.stream().mapToInt(one -> one.completion.mostTokens()).max().orElse(1);
    List<Active> admitted = new ArrayList<>();
    Iterator<Map.Entry<Completion, Waiting>> queue = waiting.entrySet().iterator();
    while (active.size() + admitted.size() < mostRows && queue.hasNext()) {
      Map.Entry<Completion, Waiting> next = queue.next();
      if (readAhead(next.getKey())) {
        break;
      }
      int together = Math.max(longest, next.getKey().mostTokens());
      int count = active.size() + admitted.size() + 1;
      if (count == 1 || count <= rows.capacity(together)) {
        longest = together;
        admitted.add(new Active(next.getKey(), next.getValue().done));
        queue.remove();
      } else if (++next.getValue().passedOver > PATIENCE) {
        break;
      }
    }
    if (!admitted.isEmpty()) {
      int[] held = active.stream().mapToInt(one -> one.completion.read()).toArray();
      rows.reserve(scope, active.size() + admitted.size(), longest, held);
      read(admitted.stream().map(Active::completion).toList(), active.size());
      active.addAll(admitted);
    }
  }

  /** Reads the beginning of a long prompt into the memory for what was read, so that the others need not wait for all of it. */
  private boolean readAhead(Completion completion) {
    List<Integer> prompt = completion.prompt();
    int known = cache.known(prompt, prompt.size());
    int ahead = known + turn;
    // What was lost meanwhile is not begun again, lest two prompts go on pushing each other out.
    if (active.isEmpty() || prompt.size() - known <= 2 * turn || ahead > cache.slots() / 2 || known < completion.begun()) {
      return false;
    }
    TokenTrie trie = new TokenTrie();
    trie.add(prompt, ahead);
    BitSet none = new BitSet();
    completion.compute(reader.read(trie, none, none, (_, _, _) -> {}).cardinality());
    completion.begin(ahead);
    return true;
  }

  private void read(List<Completion> admitted, int firstRow) {
    TokenTrie trie = new TokenTrie();
    Sharing sharing = new Sharing();
    BitSet ends = new BitSet();
    Map<Integer, List<Integer>> byEnd = new HashMap<>();
    for (int i = 0; i < admitted.size(); i++) {
      List<Integer> prompt = admitted.get(i).prompt();
      int[] path = trie.add(prompt, prompt.size());
      sharing.begin();
      sharing.touch(path);
      ends.set(path[path.length - 1]);
      byEnd.computeIfAbsent(path[path.length - 1], _ -> new ArrayList<>()).add(i);
    }
    BitSet computed =
        reader.read(
            trie,
            ends,
            sharing.shared(),
            (piece, nodes, hidden) -> {
              try (NDManager scope = transformer.scope()) {
                PtNDArray logits = transformer.logits(scope, hidden);
                for (int node : nodes) {
                  for (int i : byEnd.getOrDefault(node, List.of())) {
                    reader.copyPath(scope, piece, node, rows, firstRow + i);
                  }
                }
                choose(scope, logits, nodes.length, row -> byEnd.getOrDefault(nodes[row], List.of()).stream().map(admitted::get).toList());
              }
            });
    long[] shares = sharing.shares(computed);
    for (int i = 0; i < admitted.size(); i++) {
      admitted.get(i).compute(shares[i]);
    }
  }

  private void step() {
    int length = active.stream().mapToInt(one -> one.completion.length()).max().orElseThrow();
    float[] mask = new float[active.size() * length];
    long[] ids = new long[active.size()];
    long[] positions = new long[active.size()];
    long[] places = new long[active.size()];
    for (int row = 0; row < active.size(); row++) {
      Completion completion = active.get(row).completion;
      ids[row] = completion.last();
      positions[row] = completion.read();
      places[row] = (long) row * rows.length() + positions[row];
      Arrays.fill(mask, row * length + completion.length(), (row + 1) * length, Float.NEGATIVE_INFINITY);
    }
    try (NDManager scope = transformer.scope()) {
      PtNDArray logits =
          transformer.step(
              scope,
              TreeReader.array(scope, ids),
              TreeReader.array(scope, positions),
              TreeReader.array(scope, places),
              (PtNDArray) scope.create(mask, new Shape(active.size(), 1, 1, length)),
              rows.keys(),
              rows.values(),
              rows.length(),
              length);
      choose(scope, logits, active.size(), row -> List.of(active.get(row).completion));
    }
  }

  private void choose(NDManager scope, PtNDArray logits, int count, IntFunction<List<Completion>> owners) {
    float[] chosen = transformer.choose(scope, logits).toFloatArray();
    for (int row = 0; row < count; row++) {
      float logSum = chosen[3 * row + 2];
      for (Completion completion : owners.apply(row)) {
        if (completion.takesTheBest() || !Float.isFinite(logSum)) {
          completion.accept((int) chosen[3 * row], chosen[3 * row + 1]);
        } else {
          float[] line = logits.get(row).toFloatArray();
          int token = completion.next(line);
          completion.accept(token, line[token] - logSum);
        }
      }
    }
  }

  /** Takes out those that are done; the last row moves into each gap. */
  private void leave() {
    List<Active> gone = new ArrayList<>();
    try (NDManager scope = transformer.scope()) {
      for (int row = active.size() - 1; row >= 0; row--) {
        if (active.get(row).completion.done()) {
          gone.add(active.get(row));
          Active last = active.removeLast();
          if (row < active.size()) {
            rows.move(scope, active.size(), row, last.completion.read());
            active.set(row, last);
          }
        }
      }
    }
    gone.reversed().forEach(one -> one.done.accept(one.completion.outcome()));
  }
}
