package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.OrderRule;
import dev.assay.records.StopReason;
import dev.assay.records.Stopping;
import dev.assay.records.Text;
import dev.assay.records.Verdict;
import dev.assay.records.Vote;
import dev.assay.records.VotingRound;
import dev.assay.records.Votes;
import dev.assay.topology.scoring.Certification;
import dev.assay.topology.scoring.ChoiceScorer;
import dev.assay.topology.scoring.Voting;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a ballot that is asked in rounds needs another one. Pure: what comes out depends on the answers that stand for the rounds
 * alone, since rounds are weighed one after the other from the first, whichever came first.
 */
final class AdaptiveJudge {
  private static final int NO_RIVAL = -1;
  private static final double NOTHING_TELLS = -1;

  private AdaptiveJudge() {}

  /** What is to be done. */
  sealed interface Ruling {
    /** A round is missing. */
    record Ask(int round) implements Ruling {}

    /** It is decided. */
    record Decided(Verdict verdict) implements Ruling {}

    /** Nothing can be done: the first round has no usable answer. */
    record Lost() implements Ruling {}
  }

  /**
   * Refuses an answer that no ballot can use.
   *
   * @throws IllegalArgumentException when it has no usable outcome, or says it is of a round that is none
   */
  static void requireUsable(Answer answer) {
    VotingRound voting = voting(answer);
    if (voting.getRound() < 0 || voting.getRound() >= voting.getRounds() || !(voting.getErrorRate() > 0 && voting.getErrorRate() <= 0.5)) {
      throw new IllegalArgumentException(
          "got round %d of %d at error rate %s; expected a round from 0 and an error rate above 0 and at most 0.5"
              .formatted(voting.getRound(), voting.getRounds(), voting.getErrorRate()));
    }
    Judge.verdict(answer);
  }

  /**
   * The ruling on a ballot.
   *
   * @param answers the usable answer of each round; null where a round was answered without use
   * @param more whether more rounds can be asked for at all
   */
  static Ruling ruling(SortedMap<Integer, @Nullable Answer> answers, boolean more) {
    if (!answers.containsKey(0)) {
      return new Ruling.Ask(0);
    }
    Answer first = answers.get(0);
    if (first == null) {
      return new Ruling.Lost();
    }
    VotingRound plan = voting(first);
    if (first.getOutcome() instanceof Text text) {
      Stopping stopping = new Stopping(StopReason.NO_PROBABILITIES, 1, plan.getErrorRate(), NO_RIVAL, 0.0, NOTHING_TELLS);
      return new Ruling.Decided(Judge.verdict(List.of(first), ChoiceScorer.textual(gold(first), text, OrderRule.ADAPTIVE, stopping)));
    }
    List<Answer> used = new ArrayList<>();
    List<Vote> votes = new ArrayList<>();
    for (int round = 0; round < plan.getRounds(); round++) {
      if (!answers.containsKey(round) && more) {
        return new Ruling.Ask(round);
      }
      Answer answer = answers.get(round);
      if (answer == null || (round > 0 && !belongs(answer, first, votes))) {
        return decided(StopReason.FAILED, plan, used, votes);
      }
      used.add(answer);
      votes.addAll(((Votes) answer.getOutcome()).getVotes());
      if (round + 1 == plan.getAllRounds()) {
        return decided(StopReason.COMPLETE, plan, used, votes);
      }
      if (weighed(plan, first, votes, round + 1).isEnough(plan.getErrorRate(), looks(plan))) {
        return decided(StopReason.CERTIFIED, plan, used, votes);
      }
    }
    return decided(StopReason.BUDGET, plan, used, votes);
  }

  /**
   * The ruling on a ballot whose end is recorded: what its rounds come to, whatever the rules of today would say of when to stop.
   *
   * @param answers the usable answer of each round; null where a round was answered without use
   */
  static Ruling stopped(SortedMap<Integer, @Nullable Answer> answers, Stopping recorded) {
    List<Answer> used = new ArrayList<>();
    for (int round = 0; round < recorded.getRounds(); round++) {
      if (!answers.containsKey(round)) {
        return new Ruling.Ask(round);
      }
      Answer answer = answers.get(round);
      if (answer == null) {
        return new Ruling.Lost();
      }
      used.add(answer);
    }
    Answer first = used.getFirst();
    if (first.getOutcome() instanceof Text text) {
      return new Ruling.Decided(Judge.verdict(List.of(first), ChoiceScorer.textual(gold(first), text, OrderRule.ADAPTIVE, recorded)));
    }
    List<Vote> votes = new ArrayList<>();
    used.forEach(answer -> votes.addAll(((Votes) answer.getOutcome()).getVotes()));
    return new Ruling.Decided(Judge.verdict(used, ChoiceScorer.adaptive(gold(first), votes, recorded)));
  }

  private static Ruling decided(StopReason reason, VotingRound plan, List<Answer> used, List<Vote> votes) {
    Answer first = used.getFirst();
    Certification weighed = weighed(plan, first, votes, used.size());
    Stopping stopping = new Stopping(reason, used.size(), plan.getErrorRate(), weighed.rival(), weighed.margin(), weighed.risk());
    ChoiceVerdict outcome = ChoiceScorer.adaptive(gold(first), votes, stopping);
    return new Ruling.Decided(Judge.verdict(used, outcome));
  }

  private static Certification weighed(VotingRound plan, Answer first, List<Vote> votes, int rounds) {
    // Rounds are equally large; a lone round without rotations is all there is.
    int orders = plan.getAllRounds() == 0 ? 0 : votes.size() / rounds * plan.getAllRounds();
    return Certification.of(votes, gold(first).getOptions(), orders);
  }

  /** How often a ballot is looked at before all orders are there. */
  private static int looks(VotingRound plan) {
    return plan.getRounds() == plan.getAllRounds() ? plan.getRounds() - 1 : plan.getRounds();
  }

  /** Whether an answer's votes can be merged with those before: the same question, no order that was voted on otherwise. */
  private static boolean belongs(Answer answer, Answer first, List<Vote> before) {
    ChoiceGold gold = gold(answer);
    if (!(answer.getOutcome() instanceof Votes votes)
        || gold.getOptions() != gold(first).getOptions()
        || !gold.getRight().equals(gold(first).getRight())
        || votes.getVotes().size() != ((Votes) first.getOutcome()).getVotes().size()) {
      return false;
    }
    List<Vote> together = new ArrayList<>(before);
    together.addAll(votes.getVotes());
    try {
      return Voting.merge(together, gold.getOptions()).votes().size() == together.size();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private static ChoiceGold gold(Answer answer) {
    return (ChoiceGold) answer.getEnvelope().getGold();
  }

  private static VotingRound voting(Answer answer) {
    VotingRound voting = gold(answer).getVoting();
    if (voting == null) {
      throw new IllegalStateException("an answer without rounds is judged by Judge");
    }
    return voting;
  }
}
