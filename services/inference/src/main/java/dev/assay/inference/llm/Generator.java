package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
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
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Generates several texts side by side, a token each a step (continuous batching, Yu et al., Orca, 2022). A text that has ended leaves at
 * once: the last row takes its place, and waiting texts take the free rows, whenever they come.
 *
 * <p>Texts begin in the order in which they came, as far as memory goes: one that needs longer rows than there is room for lets shorter
 * ones pass, for a while.
 */
final class Generator {
  private static final Logger LOG = LoggerFactory.getLogger(Generator.class);

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
  private int room;
  private boolean spoiled;

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
    this.room = mostRows;
    this.rows = rows;
    this.cache = cache;
    this.turn = turn;
  }

  /** Takes a text, which does not depend on the others; its outcome is handed over in this call or a later {@link #advance}. */
  void add(Adapter adapter, GenerateText text, Consumer<GenerateOutcome> done) {
    add(adapter, text, ids(text.prompt()), Follower.NONE, done);
  }

  /** Takes a text whose prompt is tokens already. */
  void add(Adapter adapter, GenerateText text, List<Integer> prompt, Follower follower, Consumer<GenerateOutcome> done) {
    Completion completion = new Completion(adapter, text, prompt, tokens, endTokens, transformer.shape().context(), follower);
    if (completion.done()) {
      done.accept(completion.outcome());
    } else {
      waiting.put(completion, new Waiting(done));
    }
  }

  /** Whether a text is read with an adapter. */
  boolean uses(Adapter adapter) {
    return waiting.keySet().stream().anyMatch(one -> one.adapter() == adapter)
        || active.stream().anyMatch(one -> one.completion.adapter() == adapter);
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
      try {
        step();
      } catch (RuntimeException | OutOfMemoryError e) {
        giveUpTheLongest(e);
      }
      leave();
    }
  }

  /** When a step does not fit into memory, the longest text ends, so that the others go on. */
  private void giveUpTheLongest(Throwable thrown) {
    Completion longest = active.stream().map(Active::completion).max(Comparator.comparingInt(Completion::length)).orElseThrow();
    refuse(longest, thrown);
  }

  private static void refuse(Completion completion, Throwable thrown) {
    OutOfMemory.rethrowOther(thrown);
    LOG.warn("A text of {} tokens does not fit into memory; it is answered with the failure.", completion.mostTokens(), thrown);
    completion.refuse(
        "there is not enough memory to go on after %d of at most %d tokens: %s"
            .formatted(completion.length(), completion.mostTokens(), thrown.getMessage()));
  }

  /** Forgets all texts, whose outcomes are then never handed over. */
  void reset() {
    waiting.clear();
    active.clear();
    room = mostRows;
  }

  /** The tokens of a prompt; where it has none, the token for the beginning of a text. */
  List<Integer> ids(String text) {
    List<Integer> prompt = new ArrayList<>();
    Arrays.stream(tokens.encode(text)).forEach(prompt::add);
    if (prompt.isEmpty()) {
      startToken.ifPresent(prompt::add);
    }
    return List.copyOf(prompt);
  }

  private void admit(NDManager scope) {
    int longest = active.stream().mapToInt(one -> one.completion.mostTokens()).max().orElse(1);
    List<Active> admitted = new ArrayList<>();
    Iterator<Map.Entry<Completion, Waiting>> queue = waiting.entrySet().iterator();
    while (active.size() + admitted.size() < Math.min(mostRows, room) && queue.hasNext()) {
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
      try {
        rows.reserve(scope, active.size() + admitted.size(), longest, held);
      } catch (RuntimeException | OutOfMemoryError e) {
        postpone(admitted, e);
        return;
      }
      begin(admitted.stream().map(Active::completion).toList());
      active.addAll(admitted);
    }
  }

  /** There are no rows for so many: the first tries again when it is the only new one, and the only one at all gets no other chance. */
  private void postpone(List<Active> admitted, Throwable thrown) {
    OutOfMemory.rethrowOther(thrown);
    if (active.isEmpty() && admitted.size() == 1) {
      refuse(admitted.getFirst().completion, thrown);
      admitted.getFirst().done.accept(admitted.getFirst().completion.outcome());
      return;
    }
    admitted.reversed().forEach(one -> waiting.putFirst(one.completion, new Waiting(one.done)));
    room = active.size() + admitted.size() / 2;
  }

  /** Reads prompts together; and each alone that does not fit with others, or that another may have spoiled with what is no number. */
  private void begin(List<Completion> admitted) {
    int firstRow = active.size();
    if (admitted.size() > 1) {
      try {
        read(admitted, firstRow);
      } catch (RuntimeException | OutOfMemoryError e) {
        if (!OutOfMemory.caused(e)) {
          throw e;
        }
        LOG.warn("{} prompts do not fit into memory together; they are read one after the other.", admitted.size());
      }
    }
    for (int i = 0; i < admitted.size(); i++) {
      Completion completion = admitted.get(i);
      if (!completion.begins() && !completion.done()) {
        try {
          read(List.of(completion), firstRow + i);
        } catch (RuntimeException | OutOfMemoryError e) {
          refuse(completion, e);
        }
      }
    }
  }

  /** Reads the beginning of a long prompt into the memory for what was read, so that the others need not wait for all of it. */
  private boolean readAhead(Completion completion) {
    List<Integer> prompt = completion.prompt();
    int known = cache.known(completion.adapter(), prompt, prompt.size());
    int ahead = known + turn;
    // What was lost meanwhile is not begun again, lest two prompts go on pushing each other out.
    if (active.isEmpty() || prompt.size() - known <= 2 * turn || ahead > cache.slots() / 2 || known < completion.begun()) {
      return false;
    }
    TokenTrie trie = new TokenTrie();
    trie.add(completion.adapter(), prompt, ahead);
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
      int[] path = trie.add(admitted.get(i).adapter(), prompt, prompt.size());
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
                choose(
                    scope,
                    logits,
                    nodes.length,
                    admitted.size() == 1,
                    row -> byEnd.getOrDefault(nodes[row], List.of()).stream().map(admitted::get).toList());
              }
            });
    forgetSpoiled();
    long[] shares = sharing.shares(computed);
    for (int i = 0; i < admitted.size(); i++) {
      admitted.get(i).compute(shares[i]);
    }
  }

  /** What is not finite must not be found again. */
  private void forgetSpoiled() {
    if (spoiled) {
      cache.clear();
      spoiled = false;
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
              length,
              AdapterRows.of(
                  scope, active.size(), row -> active.get(row).completion.adapter(), IntStream.range(0, active.size()).toArray()));
      choose(scope, logits, active.size(), true, row -> List.of(active.get(row).completion));
    }
    forgetSpoiled();
  }

  /**
   * Gives texts their next tokens.
   *
   * @param alone whether a row that is not finite is its text's own fault; else it is passed over
   */
  private void choose(NDManager scope, PtNDArray logits, int count, boolean alone, IntFunction<List<Completion>> owners) {
    float[] chosen = transformer.choose(scope, logits).toFloatArray();
    for (int row = 0; row < count; row++) {
      float logSum = chosen[3 * row + 2];
      if (!Float.isFinite(logSum)) {
        spoiled = true;
        if (!alone) {
          continue;
        }
        owners.apply(row).forEach(completion -> completion.adapter().spoil());
      }
      for (Completion completion : owners.apply(row)) {
        boolean best = completion.takesTheBest() || !Float.isFinite(logSum);
        if (best && completion.alternatives() == 0) {
          completion.accept((int) chosen[3 * row], chosen[3 * row + 1], List.of());
        } else {
          float[] line = logits.get(row).toFloatArray();
          int token = best ? (int) chosen[3 * row] : completion.next(line);
          completion.accept(token, line[token] - logSum, Likely.most(line, logSum, completion.alternatives()));
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
          if (active.get(row).completion.failed()) {
            rows.blank(row);
          }
          Active last = active.removeLast();
          if (row < active.size()) {
            rows.move(scope, active.size(), row, last.completion.read());
            active.set(row, last);
          }
        }
      }
    }
    if (!gone.isEmpty()) {
      room = mostRows;
    }
    gone.reversed().forEach(one -> one.done.accept(one.completion.outcome()));
  }
}
