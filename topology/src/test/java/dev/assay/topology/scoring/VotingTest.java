package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.OrderRule;
import dev.assay.records.OrderVote;
import dev.assay.records.Vote;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class VotingTest {
  private static final double NONE = Double.NEGATIVE_INFINITY;

  @Test
  void positionsAreMappedBackToOptions() {
    // Position 0 is the model's favourite in both orders: option 2 stands there first, then option 0.
    Voting.Merged merged = Voting.merge(List.of(vote(List.of(2, 0, 1), -1, -2, -3), vote(List.of(0, 1, 2), -1, -2, -3)), 3);
    assertThat(merged.votes()).containsExactly(new OrderVote(List.of(0, 1, 2), 0), new OrderVote(List.of(2, 0, 1), 2));
    assertThat(merged.one().option()).isZero();
    double e = Math.exp(-1) + Math.exp(-2) + Math.exp(-3);
    assertThat(merged.one().confidence()).isCloseTo(Math.exp(-1) / e, within(1e-15));
  }

  @Test
  void one_withoutThePublishedOrder_isTheFirstOrderAnswered() {
    Voting.Merged merged = Voting.merge(List.of(vote(List.of(2, 1, 0), -1, -9, -9), vote(List.of(1, 2, 0), -1, -9, -9)), 3);
    assertThat(merged.one().option()).isEqualTo(1);
  }

  @Test
  void maxVoteAndMeanDisagree_whenOneOrderIsVerySure() {
    Voting.Merged merged =
        Voting.merge(
            List.of(
                vote(List.of(0, 1, 2), log(0.5, 0.4, 0.1)),
                vote(List.of(1, 2, 0), log(0.4, 0.1, 0.5)),
                vote(List.of(2, 0, 1), log(0.004, 0.001, 0.995))),
            3);
    assertThat(merged.maxVote().option()).isZero();
    assertThat(merged.maxVote().confidence()).isEqualTo(2.0 / 3);
    assertThat(merged.meanLogProb().option()).isEqualTo(1);
    double[] mean = {0.5 * 0.5 * 0.001, 0.4 * 0.4 * 0.995, 0.1 * 0.1 * 0.004};
    double sum = DoubleStream.of(mean).map(Math::cbrt).sum();
    assertThat(merged.meanLogProb().confidence()).isCloseTo(Math.cbrt(mean[1]) / sum, within(1e-12));
    assertThat(merged.probabilities()).hasSize(3);
    for (int option = 0; option < mean.length; option++) {
      assertThat(merged.probabilities().get(option)).isCloseTo(Math.cbrt(mean[option]) / sum, within(1e-12));
    }
  }

  @Test
  void maxVote_tied_goesToTheHigherMeanThenTheLowerIndex() {
    Vote forZero = vote(List.of(0, 1), log(0.6, 0.4));
    assertThat(Voting.merge(List.of(forZero, vote(List.of(1, 0), log(0.9, 0.1))), 2).maxVote())
        .isEqualTo(new Voting.Choice(1, 0.5));
    assertThat(Voting.merge(List.of(forZero, vote(List.of(1, 0), log(0.6, 0.4))), 2).maxVote())
        .isEqualTo(new Voting.Choice(0, 0.5));
  }

  @Test
  void equalLogProbabilities_goToTheLowerIndex() {
    Voting.Merged merged = Voting.merge(List.of(vote(List.of(2, 1, 0), -2, -2, -7)), 3);
    assertThat(merged.one().option()).isEqualTo(1);
    assertThat(merged.meanLogProb().option()).isEqualTo(1);
  }

  @Test
  void eachOrderIsNormalised_soAnUnlikelyLabelSetWeighsNoLess() {
    List<Vote> votes = List.of(vote(List.of(0, 1), -0.5, -1), vote(List.of(1, 0), -0.7, -1));
    List<Vote> shifted = List.of(votes.get(0), vote(List.of(1, 0), -40.7, -41));
    assertThat(Voting.merge(shifted, 2).meanLogProb().confidence())
        .isCloseTo(Voting.merge(votes, 2).meanLogProb().confidence(), within(1e-12));
  }

  @Test
  void impossibleOptions_areAllowedUnlessAllAre() {
    Voting.Merged merged = Voting.merge(List.of(vote(List.of(0, 1), NONE, -3), vote(List.of(1, 0), NONE, -3)), 2);
    assertThat(merged.one()).isEqualTo(new Voting.Choice(1, 1));
    assertThat(merged.meanLogProb()).isEqualTo(new Voting.Choice(0, 0.5));
    assertThatThrownBy(() -> Voting.merge(List.of(vote(List.of(0, 1), NONE, NONE)), 2))
        .hasMessage("order [0, 1] gives every option probability 0, expected one above it");
  }

  @Test
  void sameVoteTwice_countsOnce() {
    Vote first = vote(List.of(0, 1), -1, -2);
    Vote second = vote(List.of(1, 0), -1, -1.5);
    assertThat(Voting.merge(List.of(first, second, first), 2)).isEqualTo(Voting.merge(List.of(first, second), 2));
    assertThatThrownBy(() -> Voting.merge(List.of(first, vote(List.of(0, 1), -1, -2.5)), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("order [0, 1] has two different votes, [-1.0, -2.0] and [-1.0, -2.5], expected one");
  }

  @Test
  void unusableVotes_areRefusedWithTheirOrder() {
    assertRefused("got no vote, expected at least one");
    assertRefused("order [0, 1] has 2 positions and 3 log-probabilities, expected 3 of each", vote(List.of(0, 1), -1, -1, -1));
    assertRefused("order [0, 1, 2] has 3 positions and 2 log-probabilities, expected 3 of each", vote(List.of(0, 1, 2), -1, -1));
    assertRefused("order [0, 1, 1] is no permutation of 0 to 2: see position 2", vote(List.of(0, 1, 1), -1, -1, -1));
    assertRefused("order [0, 3, 1] is no permutation of 0 to 2: see position 1", vote(List.of(0, 3, 1), -1, -1, -1));
    assertRefused("order [-1, 0, 1] is no permutation of 0 to 2: see position 0", vote(List.of(-1, 0, 1), -1, -1, -1));
    assertRefused(
        "order [0, 1, 2] has log-probability NaN at position 1, expected a number of at most 0",
        vote(List.of(0, 1, 2), -1, Double.NaN, -1));
    assertRefused(
        "order [0, 1, 2] has log-probability 0.5 at position 2, expected a number of at most 0",
        vote(List.of(0, 1, 2), -1, -1, 0.5));
    assertRefused(
        "order [0, 1, 2] has log-probability Infinity at position 0, expected a number of at most 0",
        vote(List.of(0, 1, 2), Double.POSITIVE_INFINITY, -1, -1));
  }

  @Property(tries = 300)
  void theListsOrder_changesNoBit(@ForAll @IntRange(min = 2, max = 5) int options, @ForAll long seed) {
    Random random = new Random(seed);
    List<Vote> votes = randomVotes(options, random);
    Voting.Merged merged = Voting.merge(votes, options);
    for (int i = 0; i < 5; i++) {
      Collections.shuffle(votes, random);
      assertThat(Voting.merge(votes, options)).isEqualTo(merged);
    }
  }

  @Property(tries = 300)
  void confidencesAreShares_andVotesAddUp(@ForAll @IntRange(min = 2, max = 5) int options, @ForAll long seed) {
    Voting.Merged merged = Voting.merge(randomVotes(options, new Random(seed)), options);
    double least = 1.0 / options;
    for (Voting.Choice choice : List.of(merged.one(), merged.maxVote(), merged.meanLogProb())) {
      assertThat(choice.option()).isBetween(0, options - 1);
      assertThat(choice.confidence()).isBetween(least * (1 - 1e-12), 1.0);
    }
    long forIt = merged.votes().stream().filter(vote -> vote.getOption() == merged.maxVote().option()).count();
    assertThat(merged.maxVote().confidence()).isEqualTo((double) forIt / merged.votes().size());
  }

  private static List<Vote> randomVotes(int options, Random random) {
    List<Vote> votes = new ArrayList<>();
    for (List<Integer> order : Orders.of(OrderRule.ALL, options)) {
      if (votes.isEmpty() || random.nextInt(3) > 0) {
        // Coarse steps make ties within and between orders common.
        votes.add(vote(order, random.doubles(options).map(x -> -Math.floor(x * 8) / 2).toArray()));
      }
    }
    return votes;
  }

  private static void assertRefused(String message, Vote... votes) {
    assertThatThrownBy(() -> Voting.merge(List.of(votes), 3)).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }

  private static Vote vote(List<Integer> order, double... logProbs) {
    return new Vote(order, DoubleStream.of(logProbs).boxed().toList());
  }

  private static double[] log(double... probabilities) {
    return DoubleStream.of(probabilities).map(Math::log).toArray();
  }
}
