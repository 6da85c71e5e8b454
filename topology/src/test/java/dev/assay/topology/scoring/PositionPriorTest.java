package dev.assay.topology.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.records.Vote;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PositionPriorTest {
  /** PriDe's assumption: what is observed is what the model thinks of the option times what it thinks of the place. */
  @Property(tries = 100)
  void factorisedAnswers_giveBackBothFactors(@ForAll long seed, @ForAll @IntRange(min = 2, max = 6) int options) {
    Random random = new Random(seed);
    double[] place = random.doubles(options, -2, 2).toArray();
    List<List<Double>> questions =
        IntStream.range(0, 3)
            .mapToObj(_ -> random.doubles(options, -2, 2).toArray())
            .map(worth -> PositionPrior.ofQuestion(Orders.rotations(options).stream().map(order -> vote(order, worth, place)).toList(), options))
            .toList();
    List<Double> prior = PositionPrior.of(questions, options);
    double sum = IntStream.range(0, options).mapToDouble(at -> Math.exp(place[at])).sum();
    for (int at = 0; at < options; at++) {
      assertThat(prior.get(at)).isCloseTo(Math.exp(place[at]) / sum, within(1e-9));
    }
    double[] worth = random.doubles(options, -2, 2).toArray();
    double all = IntStream.range(0, options).mapToDouble(option -> Math.exp(worth[option])).sum();
    for (List<Integer> order : Orders.rotations(options)) {
      List<Double> without = PositionPrior.without(prior, vote(order, worth, place));
      for (int option = 0; option < options; option++) {
        assertThat(without.get(option)).isCloseTo(Math.exp(worth[option]) / all, within(1e-9));
      }
    }
  }

  @Test
  void noQuestions_giveAllPositionsAlike_andChangeNothing() {
    List<Double> prior = PositionPrior.of(List.of(), 2);
    assertThat(prior).containsExactly(0.5, 0.5);
    assertThat(PositionPrior.without(prior, new Vote(List.of(1, 0), List.of(Math.log(0.2), Math.log(0.8))))).satisfiesExactly(
        zero -> assertThat(zero).isCloseTo(0.8, within(1e-12)), one -> assertThat(one).isCloseTo(0.2, within(1e-12)));
  }

  @Test
  void positionThatOneOrderRulesOut_keepsAProbability() {
    Vote out = new Vote(List.of(0, 1), List.of(0.0, Double.NEGATIVE_INFINITY));
    Vote even = new Vote(List.of(1, 0), List.of(-0.5, -0.5));
    List<Double> prior = PositionPrior.of(List.of(PositionPrior.ofQuestion(List.of(out, even), 2)), 2);
    assertThat(prior.get(1)).isPositive().isLessThan(0.01);
  }

  @Test
  void votesThatAreNotRotations_areRefused() {
    List<Vote> two = List.of(vote(List.of(0, 1, 2), new double[3], new double[3]), vote(List.of(0, 2, 1), new double[3], new double[3]));
    assertThatThrownBy(() -> PositionPrior.ofQuestion(two, 3)).hasMessageContaining("expected 3 in which every option stands once at every position");
    assertThatThrownBy(() -> PositionPrior.without(List.of(0.5, 0.0), new Vote(List.of(0, 1), List.of(-1.0, -1.0)))).hasMessageContaining("above 0");
    assertThatThrownBy(() -> PositionPrior.without(List.of(Double.NaN, 0.5), new Vote(List.of(0, 1), List.of(-1.0, -1.0)))).hasMessageContaining("NaN");
  }

  private static Vote vote(List<Integer> order, double[] worth, double[] place) {
    return new Vote(order, IntStream.range(0, worth.length).mapToObj(at -> worth[order.get(at)] + place[at] - 30).toList());
  }
}
