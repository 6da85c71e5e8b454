package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.Vote;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CertificationTest {
  private static final int OPTIONS = 4;
  private static final int ALL = 24;

  @Test
  void allOrders_leaveNoRisk_andWinnerIsThatOfTheMean() {
    List<Vote> votes = votes(new Random(3), 1, 1, 1, OPTIONS);
    Certification certified = Certification.of(votes, OPTIONS, ALL);
    assertThat(certified.risk()).isZero();
    assertThat(certified.winner()).isEqualTo(Voting.merge(votes, OPTIONS).meanLogProb().option());
    assertThat(certified.margin()).isGreaterThanOrEqualTo(0);
    assertThat(certified.rival()).isNotEqualTo(certified.winner()).isBetween(0, 3);
  }

  @Test
  void placesAlone_areNoNoise() {
    // Options are worth 1, 0, 0, 0 and the places differ by far more: within a round they cancel, and nothing is left over.
    Certification certified = Certification.of(exact(new double[] {1, 0, 0, 0}, new double[] {5, 0, -4, 2}).subList(0, 4), OPTIONS, ALL);
    assertThat(certified.winner()).isZero();
    assertThat(certified.risk()).isLessThan(1e-9);
    assertThat(certified.margin()).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-9));
  }

  @Test
  void tie_isNeverCertified() {
    Certification certified = Certification.of(exact(new double[] {1, 1, 0, 0}, new double[] {0, 0, 0, 0}).subList(0, 4), OPTIONS, ALL);
    assertThat(certified.winner()).isZero();
    assertThat(certified.rival()).isEqualTo(1);
    assertThat(certified.risk()).isGreaterThanOrEqualTo(0.5);
  }

  @Test
  void loneOrder_tellsNothing() {
    assertThat(Certification.of(exact(new double[] {9, 0, 0, 0}, new double[4]).subList(0, 1), OPTIONS, ALL).risk()).isEqualTo(1);
  }

  @Property(tries = 200)
  void votesInAnyOrderAndTwice_giveTheSameToTheLastBit(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int rounds) {
    List<Vote> votes = new ArrayList<>(votes(new Random(seed), 1, 2, 1, OPTIONS).subList(0, OPTIONS * rounds));
    Certification certified = Certification.of(votes, OPTIONS, ALL);
    votes.add(votes.getFirst());
    Collections.shuffle(votes, new Random(~seed));
    assertThat(Certification.of(votes, OPTIONS, ALL)).isEqualTo(certified);
    assertThat(certified.risk()).isBetween(0.0, 1.0);
    assertThat(certified.margin()).isGreaterThanOrEqualTo(0);
  }

  @Property(tries = 100)
  void moreErrorAllowed_neverAsksMore(@ForAll long seed, @ForAll @DoubleRange(min = 0.01, max = 0.2) double rate) {
    List<Vote> votes = votes(new Random(seed), 1, 2, 1, OPTIONS);
    assertThat(stop(votes, OPTIONS, rate * 2).rounds()).isLessThanOrEqualTo(stop(votes, OPTIONS, rate).rounds());
  }

  /** 2,000 questions a kind of model: from one that hardly knows to one that is sure, from few noise to more noise than knowledge. */
  @Test
  void errorRate_isHeld() {
    for (double knows : new double[] {0.2, 0.5, 1, 2}) {
      for (double noise : new double[] {0.3, 1, 2}) {
        for (int options : new int[] {3, 4}) {
          Random random = new Random(options * 1_000L + (long) (100 * knows + 10 * noise));
          int wrong = 0;
          int questions = 2_000;
          for (int i = 0; i < questions; i++) {
            List<Vote> votes = votes(random, knows, 2, noise, options);
            wrong += stop(votes, options, 0.05).winner() == Voting.merge(votes, options).meanLogProb().option() ? 0 : 1;
          }
          assertThat((double) wrong / questions).as("knows %s, noise %s, %d options", knows, noise, options).isLessThan(0.05);
        }
      }
    }
  }

  @Test
  void noiseWithHeavyTails_isHeldToo() {
    Random random = new Random(8);
    int wrong = 0;
    int questions = 3_000;
    for (int i = 0; i < questions; i++) {
      List<Vote> votes = new ArrayList<>();
      double[] worth = random.doubles(OPTIONS, -1, 1).toArray();
      for (List<Integer> order : rounds(OPTIONS, random.nextLong())) {
        double[] at = new double[OPTIONS];
        for (int place = 0; place < OPTIONS; place++) {
          double uniform = random.nextDouble();
          at[place] = worth[order.get(place)] + place + 0.5 * Math.signum(uniform - 0.5) * -Math.log(1 - 2 * Math.abs(uniform - 0.5));
        }
        votes.add(vote(order, at));
      }
      wrong += stop(votes, OPTIONS, 0.05).winner() == Voting.merge(votes, OPTIONS).meanLogProb().option() ? 0 : 1;
    }
    assertThat((double) wrong / questions).isLessThan(0.05);
  }

  @Test
  void unusableVotes_areRefused() {
    assertThatThrownBy(() -> Certification.of(List.of(), OPTIONS, ALL)).hasMessage("got no vote, expected at least one");
    assertThatThrownBy(() -> Certification.of(List.of(new Vote(List.of(0, 0), List.of(-1.0, -1.0))), 2, 2)).hasMessageContaining("no permutation");
    assertThatThrownBy(() -> Certification.of(List.of(new Vote(List.of(0, 1), List.of(-1.0, Double.NaN))), 2, 2)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> Certification.of(List.of(new Vote(List.of(0, 4), List.of(-1.0, -1.0))), 2, 2)).hasMessageContaining("no permutation");
  }

  private record Stop(int winner, int rounds) {}

  private static Stop stop(List<Vote> votes, int options, double rate) {
    for (int asked = options; ; asked += options) {
      Certification certified = Certification.of(votes.subList(0, asked), options, votes.size());
      if (certified.isEnough(rate, votes.size() / options - 1)) {
        return new Stop(certified.winner(), asked / options);
      }
    }
  }

  private static List<Vote> votes(Random random, double knows, double places, double noise, int options) {
    double[] worth = DoubleStream.generate(() -> knows * random.nextGaussian()).limit(options).toArray();
    double[] at = DoubleStream.generate(() -> places * random.nextGaussian()).limit(options).toArray();
    return rounds(options, random.nextLong()).stream()
        .map(
            order ->
                vote(
                    order,
                    IntStream.range(0, options).mapToDouble(place -> worth[order.get(place)] + at[place] + noise * random.nextGaussian()).toArray()))
        .toList();
  }

  private static List<Vote> exact(double[] worth, double[] places) {
    return rounds(OPTIONS, 1).stream()
        .map(order -> vote(order, IntStream.range(0, OPTIONS).mapToDouble(place -> worth[order.get(place)] + places[place]).toArray()))
        .toList();
  }

  private static List<List<Integer>> rounds(int options, long seed) {
    return OrderRounds.of(options, IntStream.range(0, options).boxed().toList(), seed, "q").first(120);
  }

  private static Vote vote(List<Integer> order, double[] at) {
    return new Vote(order, DoubleStream.of(at).mapToObj(value -> value - 40).toList());
  }
}
