package dev.assay.topology.scoring;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What voting changed, over verdicts: how confidence moved where the published order was right and where it was wrong, what became of
 * accuracy and of the preference for positions, and what that cost. Before is the published order alone; after is what the run's rule
 * decided, or mean log-probability where it had none of its own. Sums of verdicts in any order are equal.
 *
 * @param whenRight confidence after less before, where the published order was right
 * @param whenWrong the same where it was wrong
 * @param accuracy right after less right before
 * @param before the answers by position in the published order before, by number of options
 * @param after the same after
 * @param orders orders asked
 * @param computed tokens that went through the model
 * @param oneOrder tokens of one order, without any sharing
 * @param held questions with options that kept their place, all others of the question moving or not
 * @param every questions right in every order that was asked
 */
public record VotingShift(
    PairedDifference whenRight,
    PairedDifference whenWrong,
    PairedDifference accuracy,
    SortedMap<Integer, PositionTally> before,
    SortedMap<Integer, PositionTally> after,
    long orders,
    long computed,
    double oneOrder,
    long held,
    long every) {
  /** No verdict. */
  public static final VotingShift NONE =
      new VotingShift(PairedDifference.EMPTY, PairedDifference.EMPTY, PairedDifference.EMPTY, new TreeMap<>(), new TreeMap<>(), 0, 0, 0, 0, 0);

  /** Keeps the tallies from change. */
  public VotingShift {
    before = Collections.unmodifiableSortedMap(new TreeMap<>(before));
    after = Collections.unmodifiableSortedMap(new TreeMap<>(after));
  }

  /**
   * One verdict's share.
   *
   * @param tokensAsked see Answer
   * @param tokensComputed see Answer
   */
  public static VotingShift of(ChoiceVerdict verdict, long tokensAsked, long tokensComputed) {
    Decision one = verdict.getOne();
    Decision decided = ChoiceScorer.decision(verdict);
    PairedDifference moved = PairedDifference.of(decided.getConfidence(), one.getConfidence());
    int orders = verdict.getVotes().size();
    return new VotingShift(
        one.getRight() ? moved : PairedDifference.EMPTY,
        one.getRight() ? PairedDifference.EMPTY : moved,
        PairedDifference.of(decided.getRight() ? 1 : 0, one.getRight() ? 1 : 0),
        tally(verdict, one),
        tally(verdict, decided),
        orders,
        tokensComputed,
        orders == 0 ? 0 : (double) tokensAsked / orders,
        verdict.getHeld() > 0 ? 1 : 0,
        verdict.getEveryOrder() ? 1 : 0);
  }

  /** Both's verdicts. */
  public VotingShift merge(VotingShift other) {
    return new VotingShift(
        whenRight.merge(other.whenRight),
        whenWrong.merge(other.whenWrong),
        accuracy.merge(other.accuracy),
        merged(before, other.before),
        merged(after, other.after),
        orders + other.orders,
        computed + other.computed,
        oneOrder + other.oneOrder,
        held + other.held,
        every + other.every);
  }

  /** How many verdicts. */
  public long questions() {
    return accuracy.differences().count();
  }

  /** The number of options that most questions have; of two, the larger; 0 without any. */
  public int mostOptions() {
    int most = 0;
    for (int options : before.keySet()) {
      most = most == 0 || before.get(options).answers() >= before.get(most).answers() ? options : most;
    }
    return most;
  }

  private static SortedMap<Integer, PositionTally> tally(ChoiceVerdict verdict, Decision decision) {
    int chosen = decision.getOption();
    List<Integer> right = verdict.getRight();
    int at = right.contains(chosen) ? chosen : right.getFirst();
    SortedMap<Integer, PositionTally> tally = new TreeMap<>();
    tally.put(verdict.getOptions(), PositionTally.of(verdict.getOptions(), at, chosen < 0 ? OptionalInt.empty() : OptionalInt.of(chosen)));
    return tally;
  }

  private static SortedMap<Integer, PositionTally> merged(SortedMap<Integer, PositionTally> one, SortedMap<Integer, PositionTally> other) {
    SortedMap<Integer, PositionTally> both = new TreeMap<>(one);
    other.forEach((options, tally) -> both.merge(options, tally, PositionTally::merge));
    return both;
  }
}
