package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * The probability of every token of a text, and the most probable ones in each place: what a client calls an echo. A text is read a turn at
 * a time; what was read of it stays in memory.
 */
final class PromptScorer {
  /** Most rows of logits at once: 128 rows of a vocabulary of 49,152 are 25 MB. */
  private static final int LOGIT_ROWS = 128;

  private final Transformer transformer;
  private final TreeReader reader;
  private final PrefixCache cache;
  private final int turn;
  private final List<Job> jobs = new ArrayList<>();

  /**
   * What came of a text.
   *
   * @param tokens all but the first, which nothing stands before
   * @param computed tokens that went through the model
   * @param failure why there is nothing; empty when there is
   */
  record Scored(List<ScoredToken> tokens, long computed, String failure) {
    Scored {
      tokens = List.copyOf(tokens);
    }
  }

  private static final class Job {
    final Adapter adapter;
    final List<Integer> ids;
    final int alternatives;
    final Consumer<Scored> done;
    final List<ScoredToken> scored = new ArrayList<>();
    long computed;

    Job(Adapter adapter, List<Integer> ids, int alternatives, Consumer<Scored> done) {
      this.adapter = adapter;
      this.ids = ids;
      this.alternatives = alternatives;
      this.done = done;
    }

    boolean finished() {
      return scored.size() + 1 >= ids.size();
    }
  }

  /**
   * @param turn tokens read in a turn
   */
  PromptScorer(Transformer transformer, TreeReader reader, PrefixCache cache, int turn) {
    this.transformer = transformer;
    this.reader = reader;
    this.cache = cache;
    this.turn = turn;
  }

  /**
   * Takes a text.
   *
   * @param ids at least one token, and not more than the window
   */
  void add(Adapter adapter, List<Integer> ids, int alternatives, Consumer<Scored> done) {
    jobs.add(new Job(adapter, List.copyOf(ids), alternatives, done));
  }

  /** Whether a text is read with an adapter. */
  boolean uses(Adapter adapter) {
    return jobs.stream().anyMatch(job -> job.adapter == adapter);
  }

  boolean idle() {
    return jobs.isEmpty();
  }

  /** Forgets all texts. */
  void reset() {
    jobs.clear();
  }

  /** Reads as much as a turn has room for, of the oldest text at least a little. */
  void advance() {
    int room = turn;
    for (Job job : List.copyOf(jobs)) {
      if (room <= 0) {
        break;
      }
      if (!job.finished()) {
        int from = job.scored.size();
        int to = Math.min(job.ids.size() - 1, from + room);
        String failure = tried(job, from, to);
        if (!failure.isEmpty()) {
          jobs.remove(job);
          job.done.accept(new Scored(List.of(), job.computed, failure));
          continue;
        }
        room -= to - from;
      }
      if (job.finished()) {
        jobs.remove(job);
        job.done.accept(new Scored(job.scored, job.computed, ""));
      }
    }
  }

  /** Reads a part of a text; why that did not go, or nothing. */
  private String tried(Job job, int from, int to) {
    try {
      read(job, from, to);
    } catch (RuntimeException | OutOfMemoryError e) {
      OutOfMemory.rethrowOther(e);
      return "there is not enough memory to read a prompt of %d tokens: %s".formatted(job.ids.size(), e.getMessage());
    }
    if (!job.scored.subList(from, to).stream().allMatch(token -> Double.isFinite(token.logProb()))) {
      cache.clear();
      job.adapter.spoil();
      return "the model gives log-probabilities that are not finite; check its weights";
    }
    return "";
  }

  private void read(Job job, int from, int to) {
    TokenTrie trie = new TokenTrie();
    int[] path = trie.add(job.adapter, job.ids, to);
    BitSet wanted = new BitSet();
    ScoredToken[] found = new ScoredToken[to - from];
    int[] places = new int[trie.size()];
    for (int i = from; i < to; i++) {
      wanted.set(path[i]);
      places[path[i]] = i;
    }
    BitSet computed =
        reader.read(
            trie,
            wanted,
            new BitSet(),
            (_, nodes, hidden) -> {
              for (int first = 0; first < nodes.length; first += LOGIT_ROWS) {
                int end = Math.min(nodes.length, first + LOGIT_ROWS);
                int[] standing = IntStream.range(first, end).map(i -> places[nodes[i]]).toArray();
                score(job, standing, hidden, first, found, from);
              }
            });
    job.computed += computed.cardinality();
    job.scored.addAll(List.of(found));
  }

  /** Scores the tokens that follow those standing at the given places of the text, whose hidden states are the rows from {@code first} on. */
  private void score(Job job, int[] standing, PtNDArray hidden, int first, ScoredToken[] found, int from) {
    try (NDManager scope = transformer.scope();
        PtNDArray slice = (PtNDArray) hidden.get("{}:{}", first, first + standing.length)) {
      PtNDArray logits = transformer.logits(scope, slice);
      float[] chosen = transformer.choose(scope, logits).toFloatArray();
      for (int row = 0; row < standing.length; row++) {
        float logSum = chosen[3 * row + 2];
        float[] line = logits.get(row).toFloatArray();
        int token = job.ids.get(standing[row] + 1);
        found[standing[row] - from] = new ScoredToken(token, line[token] - logSum, Likely.most(line, logSum, job.alternatives));
      }
    }
  }
}
