package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Generates several texts side by side, a token each a step. Prompts are read as one tree; each text then has a row of a preallocated
 * cache of keys and values. A text that has ended leaves at once: the last row takes its place, and waiting texts take the free rows.
 */
final class Generator {
  private final Transformer transformer;
  private final TreeReader reader;
  private final Tokens tokens;
  private final Set<Integer> endTokens;
  private final OptionalInt startToken;
  private final int mostRows;

  Generator(
      Transformer transformer, TreeReader reader, Tokens tokens, Set<Integer> endTokens, OptionalInt startToken, int mostRows) {
    this.transformer = transformer;
    this.reader = reader;
    this.tokens = tokens;
    this.endTokens = Set.copyOf(endTokens);
    this.startToken = startToken;
    this.mostRows = mostRows;
  }

  /** Completes the texts; each completion does not depend on the others. */
  List<GenerateOutcome> generate(List<GenerateText> texts) {
    List<Completion> completions = texts.stream().map(this::completion).toList();
    Deque<Completion> waiting = new ArrayDeque<>(completions.stream().filter(c -> !c.done()).toList());
    Map<Completion, Long> shares = new HashMap<>();
    if (!waiting.isEmpty()) {
      int rows = Math.min(mostRows, waiting.size());
      int slots = waiting.stream().mapToInt(Completion::mostTokens).max().orElseThrow();
      try (Cache cache = new Cache(rows, slots)) {
        List<Completion> active = new ArrayList<>();
        while (!waiting.isEmpty() || !active.isEmpty()) {
          List<Completion> admitted = new ArrayList<>();
          while (active.size() + admitted.size() < rows && !waiting.isEmpty()) {
            admitted.add(waiting.remove());
          }
          if (!admitted.isEmpty()) {
            admit(admitted, active.size(), cache, shares);
            active.addAll(admitted);
            leave(active, cache);
          }
          if (!active.isEmpty()) {
            step(active, cache);
            leave(active, cache);
          }
        }
      }
    }
    return completions.stream().map(c -> c.outcome(shares.getOrDefault(c, 0L))).toList();
  }

  /** Keys and values of the rows, {@code [layers, rows, slots, key-value heads, head size]} each. */
  private final class Cache implements AutoCloseable {
    final int slots;
    final PtNDArray keys;
    final PtNDArray values;

    Cache(int rows, int slots) {
      this.slots = slots;
      long[] size = {
        transformer.shape().layers(), rows, slots, transformer.shape().kvHeads(), transformer.shape().headDim()
      };
      this.keys = transformer.cache(size);
      this.values = transformer.cache(size);
    }

    @Override
    public void close() {
      keys.close();
      values.close();
    }
  }

  private Completion completion(GenerateText text) {
    List<Integer> prompt = new ArrayList<>();
    Arrays.stream(tokens.encode(text.prompt())).forEach(prompt::add);
    if (prompt.isEmpty()) {
      startToken.ifPresent(prompt::add);
    }
    return new Completion(text, List.copyOf(prompt), tokens, endTokens, transformer.shape().context());
  }

  private void admit(List<Completion> admitted, int firstRow, Cache cache, Map<Completion, Long> shares) {
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
    reader.read(
        trie,
        ends,
        (piece, nodes, hidden) -> {
          try (NDManager scope = transformer.scope()) {
            PtNDArray logits = transformer.logits(scope, hidden);
            for (int row = 0; row < nodes.length; row++) {
              for (int i : byEnd.getOrDefault(nodes[row], List.of())) {
                reader.copyPath(scope, piece, nodes[row], cache.keys, cache.values, firstRow + i);
              }
            }
            choose(scope, logits, nodes.length, row -> byEnd.getOrDefault(nodes[row], List.of()).stream().map(admitted::get).toList());
          }
        });
    long[] computed = sharing.shares();
    for (int i = 0; i < admitted.size(); i++) {
      shares.put(admitted.get(i), computed[i]);
    }
  }

  private void step(List<Completion> active, Cache cache) {
    int length = active.stream().mapToInt(Completion::length).max().orElseThrow();
    float[] mask = new float[active.size() * length];
    long[] ids = new long[active.size()];
    long[] positions = new long[active.size()];
    long[] places = new long[active.size()];
    for (int row = 0; row < active.size(); row++) {
      Completion completion = active.get(row);
      ids[row] = completion.last();
      positions[row] = completion.length() - 1L;
      places[row] = (long) row * cache.slots + positions[row];
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
              cache.keys,
              cache.values,
              length);
      choose(scope, logits, active.size(), row -> List.of(active.get(row)));
    }
  }

  private void choose(NDManager scope, PtNDArray logits, int rows, IntFunction<List<Completion>> owners) {
    float[] chosen = transformer.choose(scope, logits).toFloatArray();
    for (int row = 0; row < rows; row++) {
      float logSum = chosen[3 * row + 2];
      for (Completion completion : owners.apply(row)) {
        if (completion.greedy() || !Float.isFinite(logSum)) {
          completion.accept((int) chosen[3 * row], chosen[3 * row + 1]);
        } else {
          float[] line = logits.get(row).toFloatArray();
          int token = completion.draw(line);
          completion.accept(token, line[token] - logSum);
        }
      }
    }
  }

  /** Takes out those that are done; the last row moves into each gap. */
  private void leave(List<Completion> active, Cache cache) {
    for (int row = active.size() - 1; row >= 0; row--) {
      if (active.get(row).done()) {
        Completion last = active.removeLast();
        if (row < active.size()) {
          // The newest token is not in the cache yet.
          transformer.move(cache.keys, cache.values, active.size(), row, last.length() - 1);
          active.set(row, last);
        }
      }
    }
  }
}
