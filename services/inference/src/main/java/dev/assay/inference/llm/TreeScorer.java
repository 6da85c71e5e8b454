package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import dev.assay.inference.llm.Continuations.Whole;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;

/** Scores continuations of many texts in one token trie, so that whatever they begin with in common is computed once. */
final class TreeScorer {
  /** Most rows of logits at once: 128 rows of a vocabulary of 49,152 are 25 MB. */
  private static final int LOGIT_ROWS = 128;

  private final Transformer transformer;
  private final TreeReader reader;
  private final PrefixCache cache;
  private final Continuations continuations;

  TreeScorer(Transformer transformer, TreeReader reader, PrefixCache cache, Continuations continuations) {
    this.transformer = transformer;
    this.reader = reader;
    this.cache = cache;
    this.continuations = continuations;
  }

  /**
   * A part of a job.
   *
   * @param until continuations up to this one are scored, from where the job is
   * @param ahead so many tokens of the one after them are read and left in memory
   */
  record Part(ScoreJob job, int until, int ahead) {

    /** The same in two parts, the texts of the first and of the second half; empty where there is one text. */
    List<Part> halves() {
      int middle = (job.done() + until + 1) / 2;
      while (middle < until && !job.beginsText(middle)) {
        middle++;
      }
      return middle >= until ? List.of() : List.of(new Part(job, middle, 0), this);
    }
  }

  /** One wanted log-probability: of a token after a node. */
  private record Wanted(int token, DoubleConsumer sum) {}

  /** Tokenises texts. */
  ScoreJob begin(Adapter adapter, List<ScoreText> texts) {
    List<List<Whole>> encoded = continuations.encode(texts);
    return new ScoreJob(adapter, texts, encoded, encoded.stream().map(this::refusal).toList());
  }

  /**
   * Brings jobs forward together; none depends on the others.
   *
   * @return the parts for which the model gave numbers that are not finite. Such numbers spoil whatever is computed with them, for masked
   *     ones count zero times, and that is no number either: only a part that was alone is to blame, and brought forward. The others are
   *     as they were, and are to be asked again
   */
  List<Part> score(List<Part> parts) {
    TokenTrie trie = new TokenTrie();
    Sharing sharing = new Sharing();
    Map<Integer, List<Wanted>> wanted = new HashMap<>();
    List<double[]> sums = new ArrayList<>();
    for (Part part : parts) {
      ScoreJob job = part.job();
      double[] own = new double[part.until() - job.done()];
      sums.add(own);
      sharing.begin();
      for (int w = job.done(); w < part.until(); w++) {
        int sum = w - job.done();
        Whole whole = job.wholes().get(w);
        int[] path = trie.add(job.adapter(), whole.tokens(), whole.read());
        sharing.touch(path);
        for (int i = whole.from(); i < whole.tokens().size(); i++) {
          wanted.computeIfAbsent(path[i - 1], _ -> new ArrayList<>()).add(new Wanted(whole.tokens().get(i), found -> own[sum] += found));
        }
      }
      if (part.ahead() > 0) {
        sharing.touch(trie.add(job.adapter(), job.wholes().get(part.until()).tokens(), part.ahead()));
      }
    }
    long[] shares = sharing.shares(read(trie, wanted, sharing.shared()));
    List<Part> spoiled = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      Part part = parts.get(i);
      boolean finite = Arrays.stream(sums.get(i)).allMatch(Double::isFinite);
      part.job().compute(shares[i]);
      if (!finite) {
        spoiled.add(part);
      }
      if (finite || parts.size() == 1) {
        for (int sum = 0; sum < sums.get(i).length; sum++) {
          part.job().add(part.job().done() + sum, sums.get(i)[sum]);
        }
        part.job().advance(part.until());
        part.job().begin(part.ahead());
      }
    }
    if (!spoiled.isEmpty()) {
      cache.clear();
    }
    return spoiled;
  }

  /** Log-probability of every token but the first, given all before it. */
  double[] tokenLogProbs(Adapter adapter, int[] ids) {
    if (ids.length < 2) {
      return new double[0];
    }
    TokenTrie trie = new TokenTrie();
    int[] path = trie.add(adapter, Arrays.stream(ids).boxed().toList(), ids.length - 1);
    double[] logProbs = new double[ids.length - 1];
    Map<Integer, List<Wanted>> wanted = new HashMap<>();
    for (int i = 1; i < ids.length; i++) {
      int place = i - 1;
      wanted.put(path[place], List.of(new Wanted(ids[i], found -> logProbs[place] = found)));
    }
    var _ = read(trie, wanted, new BitSet());
    return logProbs;
  }

  private String refusal(List<Whole> wholes) {
    int window = transformer.shape().context();
    for (int i = 0; i < wholes.size(); i++) {
      Whole whole = wholes.get(i);
      if (whole.tokens().size() <= whole.from()) {
        return "continuation " + i + " adds no token to the text, expected at least one; give it a text of its own";
      }
      if (whole.from() == 0 && whole.cut() == 0) {
        return "the text is empty and the model has no token for the beginning of a text; give it a text";
      }
      if (whole.from() == 0) {
        return "continuation %d leaves no room for a text before it: the model's window is %d; shorten it".formatted(i, window);
      }
      if (whole.read() > window) {
        return "the text with continuation %d has %d tokens to read, but the model's window is %d; shorten it"
            .formatted(i, whole.read(), window);
      }
    }
    return "";
  }

  private BitSet read(TokenTrie trie, Map<Integer, List<Wanted>> wanted, BitSet shared) {
    BitSet nodes = new BitSet();
    wanted.keySet().forEach(nodes::set);
    return reader.read(
        trie,
        nodes,
        shared,
        (_, read, hidden) -> {
          for (int from = 0; from < read.length; from += LOGIT_ROWS) {
            int to = Math.min(read.length, from + LOGIT_ROWS);
            List<Wanted> asked = new ArrayList<>();
            List<Integer> rows = new ArrayList<>();
            for (int i = from; i < to; i++) {
              for (Wanted one : wanted.getOrDefault(read[i], List.of())) {
                asked.add(one);
                rows.add(i - from);
              }
            }
            float[] found = distribution(hidden, from, to, rows, asked);
            for (int i = 0; i < found.length; i++) {
              asked.get(i).sum.accept(found[i]);
            }
          }
        });
  }

  private float[] distribution(PtNDArray hidden, int from, int to, List<Integer> rows, List<Wanted> asked) {
    try (NDManager scope = transformer.scope();
        PtNDArray slice = (PtNDArray) hidden.get("{}:{}", from, to);
        PtNDArray scores =
            transformer.score(
                scope,
                slice,
                TreeReader.array(scope, rows.stream().mapToLong(Integer::longValue).toArray()),
                TreeReader.array(scope, asked.stream().mapToLong(Wanted::token).toArray()))) {
      return scores.toFloatArray();
    }
  }
}
