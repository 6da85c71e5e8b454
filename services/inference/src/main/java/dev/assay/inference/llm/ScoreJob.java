package dev.assay.inference.llm;

import dev.assay.inference.llm.Continuations.Whole;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The texts of one request while they are scored, a part at a time. */
final class ScoreJob {
  private final Adapter adapter;
  private final List<ScoreText> texts;
  private final List<String> refusals;
  private final List<Whole> wholes = new ArrayList<>();
  private final BitSet firsts = new BitSet();
  private final double[] logProbs;
  private final long asked;
  private final int cut;
  private final int size;
  private long computed;
  private int done;
  private int begun;
  private String failure = "";

  /**
   * @param adapter with which they are read
   * @param encoded the texts' continuations
   * @param refusals why a text cannot be scored; empty when it can
   */
  ScoreJob(Adapter adapter, List<ScoreText> texts, List<List<Whole>> encoded, List<String> refusals) {
    this.adapter = adapter;
    this.texts = texts;
    this.refusals = refusals;
    TokenTrie own = new TokenTrie();
    for (int i = 0; i < texts.size(); i++) {
      if (refusals.get(i).isEmpty()) {
        firsts.set(wholes.size());
        wholes.addAll(encoded.get(i));
        encoded.get(i).forEach(whole -> own.add(adapter, whole.tokens(), whole.read()));
      }
    }
    this.asked = wholes.stream().mapToLong(Whole::read).sum();
    this.cut = wholes.stream().mapToInt(Whole::cut).max().orElse(0);
    this.size = own.size();
    this.logProbs = new double[wholes.size()];
  }

  Adapter adapter() {
    return adapter;
  }

  /** Tokens to be read when nothing of them is in memory. */
  int size() {
    return size;
  }

  boolean finished() {
    return done == wholes.size() || !failure.isEmpty();
  }

  /** How many continuations were scored. */
  int done() {
    return done;
  }

  /** The continuations, refused texts left out. */
  List<Whole> wholes() {
    return wholes;
  }

  /** Whether a continuation is its text's first. */
  boolean beginsText(int whole) {
    return firsts.get(whole);
  }

  /** How many tokens of the next continuation were read ahead of it. */
  int begun() {
    return begun;
  }

  void begin(int tokens) {
    begun = tokens;
  }

  /** Gives up: no text has an outcome but the reason. */
  void fail(String reason) {
    failure = reason;
  }

  void add(int whole, double logProb) {
    logProbs[whole] += logProb;
  }

  /** Continuations up to this one are scored. */
  void advance(int until) {
    done = until;
    begun = 0;
  }

  void compute(long share) {
    computed += share;
  }

  /** What it came to, once it is finished. */
  Reading reading() {
    List<ScoreOutcome> outcomes = new ArrayList<>();
    if (!failure.isEmpty()) {
      texts.forEach(_ -> outcomes.add(new ScoreOutcome.Refused(failure)));
      return new Reading(outcomes, asked, computed, cut);
    }
    int next = 0;
    for (int i = 0; i < texts.size(); i++) {
      if (!refusals.get(i).isEmpty()) {
        outcomes.add(new ScoreOutcome.Refused(refusals.get(i)));
        continue;
      }
      List<Double> scores = new ArrayList<>();
      for (String ignored : texts.get(i).continuations()) {
        scores.add(logProbs[next++]);
      }
      outcomes.add(
          scores.stream().allMatch(Double::isFinite)
              ? new ScoreOutcome.Scored(scores)
              : new ScoreOutcome.Refused("the model gives the log-probabilities " + scores + ", expected finite numbers; check its weights"));
    }
    return new Reading(outcomes, asked, computed, cut);
  }
}
