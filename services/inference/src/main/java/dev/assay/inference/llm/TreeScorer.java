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

/** Scores continuations of many texts in one token trie, so that whatever they begin with in common is computed once. */
final class TreeScorer {
  /** Most rows of logits at once: 128 rows of a vocabulary of 49,152 are 25 MB. */
  private static final int LOGIT_ROWS = 128;

  private final Transformer transformer;
  private final TreeReader reader;
  private final Continuations continuations;

  TreeScorer(Transformer transformer, TreeReader reader, Continuations continuations) {
    this.transformer = transformer;
    this.reader = reader;
    this.continuations = continuations;
  }

  /** One wanted log-probability: of a token after a node, added to the sum of a continuation. */
  private record Wanted(int token, int sum) {}

  /** Scores groups of texts; each group's result does not depend on the others. */
  List<Reading> score(List<List<ScoreText>> groups) {
    List<List<Whole>> encoded = continuations.encode(groups.stream().flatMap(List::stream).toList());
    TokenTrie trie = new TokenTrie();
    Sharing sharing = new Sharing();
    Map<Integer, List<Wanted>> wanted = new HashMap<>();
    List<List<String>> refusals = new ArrayList<>();
    long[] asked = new long[groups.size()];
    int sums = 0;
    int text = 0;
    for (int group = 0; group < groups.size(); group++) {
      List<String> reasons = new ArrayList<>();
      sharing.begin();
      for (ScoreText ignored : groups.get(group)) {
        List<Whole> wholes = encoded.get(text++);
        String reason = refusal(wholes);
        reasons.add(reason);
        for (Whole whole : reason.isEmpty() ? wholes : List.<Whole>of()) {
          asked[group] += whole.read();
          int[] path = trie.add(whole.tokens(), whole.read());
          sharing.touch(path);
          for (int i = whole.from(); i < whole.tokens().size(); i++) {
            wanted.computeIfAbsent(path[i - 1], _ -> new ArrayList<>()).add(new Wanted(whole.tokens().get(i), sums));
          }
          sums++;
        }
      }
      refusals.add(reasons);
    }
    double[] logProbs = read(trie, wanted, sums);
    return assemble(groups, refusals, logProbs, asked, sharing.shares());
  }

  /** Log-probability of every token but the first, given all before it. */
  double[] tokenLogProbs(int[] ids) {
    if (ids.length < 2) {
      return new double[0];
    }
    TokenTrie trie = new TokenTrie();
    int[] path = trie.add(Arrays.stream(ids).boxed().toList(), ids.length - 1);
    Map<Integer, List<Wanted>> wanted = new HashMap<>();
    for (int i = 1; i < ids.length; i++) {
      wanted.put(path[i - 1], List.of(new Wanted(ids[i], i - 1)));
    }
    return read(trie, wanted, ids.length - 1);
  }

  private String refusal(List<Whole> wholes) {
    int window = transformer.shape().context();
    for (int i = 0; i < wholes.size(); i++) {
      Whole whole = wholes.get(i);
      if (whole.tokens().size() <= whole.from()) {
        return "continuation " + i + " adds no token to the text, expected at least one; give it a text of its own";
      }
      if (whole.from() == 0) {
        return "the text is empty and the model has no token for the beginning of a text; give it a text";
      }
      if (whole.read() > window) {
        return "the text with continuation %d has %d tokens to read, but the model's window is %d; shorten it"
            .formatted(i, whole.read(), window);
      }
    }
    return "";
  }

  private double[] read(TokenTrie trie, Map<Integer, List<Wanted>> wanted, int sums) {
    double[] logProbs = new double[sums];
    BitSet nodes = new BitSet();
    wanted.keySet().forEach(nodes::set);
    reader.read(
        trie,
        nodes,
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
              logProbs[asked.get(i).sum] += found[i];
            }
          }
        });
    return logProbs;
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

  private static List<Reading> assemble(
      List<List<ScoreText>> groups, List<List<String>> refusals, double[] logProbs, long[] asked, long[] computed) {
    List<Reading> readings = new ArrayList<>();
    int next = 0;
    for (int group = 0; group < groups.size(); group++) {
      List<ScoreOutcome> outcomes = new ArrayList<>();
      for (int i = 0; i < groups.get(group).size(); i++) {
        String reason = refusals.get(group).get(i);
        if (!reason.isEmpty()) {
          outcomes.add(new ScoreOutcome.Refused(reason));
          continue;
        }
        List<Double> scores = new ArrayList<>();
        for (String ignored : groups.get(group).get(i).continuations()) {
          scores.add(logProbs[next++]);
        }
        outcomes.add(
            scores.stream().allMatch(Double::isFinite)
                ? new ScoreOutcome.Scored(scores)
                : new ScoreOutcome.Refused("the model gives the log-probabilities " + scores + ", expected finite numbers; check its weights"));
      }
      readings.add(new Reading(outcomes, asked[group], computed[group]));
    }
    return readings;
  }
}
