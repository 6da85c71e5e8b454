package dev.assay.topology.scoring;

import dev.assay.records.ChoiceGold;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.OrderRule;
import dev.assay.records.OrderVote;
import dev.assay.records.PriorUsed;
import dev.assay.records.Stopping;
import dev.assay.records.Text;
import dev.assay.records.Vote;
import dev.assay.records.Voted;
import dev.assay.records.Votes;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Scores the answer to a multiple-choice question. */
public final class ChoiceScorer {
  private static final int NO_OPTION = -1;

  private ChoiceScorer() {}

  /**
   * The verdict on an answer's outcome, which is {@link Votes}, or {@link Text} that answers the published order.
   *
   * <p>{@code everyOrder} is false when fewer orders were answered than asked for: an order without an answer is not right. A text that
   * names no option decides for option -1 with confidence 0; otherwise its confidence is the probability of the text, 1 when unknown.
   *
   * @throws IllegalArgumentException if the gold contradicts itself, the outcome is neither of the two, or a vote is unusable
   */
  public static ChoiceVerdict score(ChoiceGold gold, Object outcome) {
    requireSound(gold);
    return switch (outcome) {
      case Votes votes -> scoreVotes(gold, votes);
      case Text text -> scoreText(gold, text);
      default ->
          throw new IllegalArgumentException(
              "a multiple-choice question got an outcome of %s, expected Votes or Text".formatted(outcome.getClass().getName()));
    };
  }

  /**
   * The verdict on rounds of orders that ADAPTIVE asked, by mean log-probability over them.
   *
   * @param votes the votes of all rounds
   * @throws IllegalArgumentException as {@link #score} does
   */
  public static ChoiceVerdict adaptive(ChoiceGold gold, List<Vote> votes, Stopping stopping) {
    requireSound(gold);
    ChoiceVerdict merged = scoreVotes(gold, new Votes(votes));
    Voted voted = new Voted(OrderRule.ADAPTIVE, merged.getMeanLogProb(), merged.getProbabilities(), stopping, null);
    boolean rightInAll = merged.getVotes().stream().allMatch(vote -> gold.getRight().contains(vote.getOption()));
    return ChoiceVerdict.newBuilder(merged).setEveryOrder(rightInAll).setVoted(voted).build();
  }

  /** The verdict on a text that answers a question with a rule of its own: there is nothing to merge, and no probability to correct. */
  public static ChoiceVerdict textual(ChoiceGold gold, Text text, OrderRule rule, @Nullable Stopping stopping) {
    ChoiceVerdict verdict = score(gold, text);
    return ChoiceVerdict.newBuilder(verdict).setVoted(new Voted(rule, verdict.getMeanLogProb(), List.of(), stopping, null)).build();
  }

  /**
   * The verdict on votes of a question that PRIDE itself asked in all rotations: their mean log-probability.
   *
   * @throws IllegalArgumentException as {@link #score} does
   */
  public static ChoiceVerdict rotated(ChoiceGold gold, Votes votes) {
    ChoiceVerdict verdict = score(gold, votes);
    return ChoiceVerdict.newBuilder(verdict)
        .setVoted(new Voted(OrderRule.PRIDE, verdict.getMeanLogProb(), verdict.getProbabilities(), null, null))
        .build();
  }

  /**
   * The verdict on the vote of one order, with the prior divided out.
   *
   * @throws IllegalArgumentException as {@link #score} does, if there are several votes, or the prior is of another number of options
   */
  public static ChoiceVerdict debiased(ChoiceGold gold, Votes votes, PriorUsed prior) {
    ChoiceVerdict verdict = score(gold, votes);
    if (verdict.getVotes().size() != 1 || prior.getProbabilities().size() != gold.getOptions()) {
      throw new IllegalArgumentException(
          "got %d orders and a prior of %d positions for %d options, expected one order and as many positions as options"
              .formatted(verdict.getVotes().size(), prior.getProbabilities().size(), gold.getOptions()));
    }
    List<Double> probabilities = PositionPrior.without(prior.getProbabilities(), votes.getVotes().getFirst());
    int option = Voting.argmax(probabilities.stream().mapToDouble(Double::doubleValue).toArray());
    Decision decision = decision(gold, new Voting.Choice(option, Math.min(1, probabilities.get(option))));
    return ChoiceVerdict.newBuilder(verdict).setVoted(new Voted(OrderRule.PRIDE, decision, probabilities, null, prior)).build();
  }

  /** What the rule that a run asked for decided; mean log-probability where the run asked for no rule of its own. */
  public static Decision decision(ChoiceVerdict verdict) {
    return verdict.getVoted() == null ? verdict.getMeanLogProb() : verdict.getVoted().getDecision();
  }

  private static ChoiceVerdict scoreVotes(ChoiceGold gold, Votes votes) {
    Voting.Merged merged = Voting.merge(votes.getVotes(), gold.getOptions());
    boolean rightInAll = merged.votes().stream().allMatch(vote -> gold.getRight().contains(vote.getOption()));
    return new ChoiceVerdict(
        gold.getOptions(),
        gold.getRight(),
        decision(gold, merged.one()),
        decision(gold, merged.maxVote()),
        decision(gold, merged.meanLogProb()),
        rightInAll && merged.votes().size() >= gold.getOrders(),
        merged.votes(),
        merged.probabilities(),
        gold.getHeld(),
        null);
  }

  private static ChoiceVerdict scoreText(ChoiceGold gold, Text text) {
    OptionalInt position = TextChoice.position(text.getText(), gold.getLabels());
    int option = position.orElse(NO_OPTION);
    boolean right = gold.getRight().contains(option);
    Double logProb = text.getLogProb();
    double probability = logProb == null ? 1 : StrictMath.exp(Math.min(0, logProb));
    if (Double.isNaN(probability)) {
      throw new IllegalArgumentException("a text has log-probability NaN, expected a number of at most 0 or null");
    }
    Decision decision = new Decision(option, right, position.isPresent() ? probability : 0);
    Decision byVotes = new Decision(option, right, position.isPresent() ? 1.0 : 0.0);
    List<Integer> published = IntStream.range(0, gold.getOptions()).boxed().toList();
    return new ChoiceVerdict(
        gold.getOptions(),
        gold.getRight(),
        decision,
        byVotes,
        decision,
        right && gold.getOrders() <= 1,
        List.of(new OrderVote(published, option)),
        List.of(),
        gold.getHeld(),
        null);
  }

  private static Decision decision(ChoiceGold gold, Voting.Choice choice) {
    return new Decision(choice.option(), gold.getRight().contains(choice.option()), choice.confidence());
  }

  private static void requireSound(ChoiceGold gold) {
    int options = gold.getOptions();
    Orders.requireOptions(options);
    if (gold.getLabels().size() != options) {
      throw new IllegalArgumentException("got labels %s, expected %d".formatted(gold.getLabels(), options));
    }
    if (gold.getRight().isEmpty() || gold.getRight().stream().anyMatch(right -> right < 0 || right >= options)) {
      throw new IllegalArgumentException(
          "got right options %s, expected at least one of 0 to %d".formatted(gold.getRight(), options - 1));
    }
  }
}
