package dev.assay.cli.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.cli.report.DecisionReport;
import dev.assay.cli.report.PairStanding;
import dev.assay.records.Generation;
import dev.assay.records.MetricRow;
import dev.assay.records.Perturbed;
import dev.assay.records.PerturbationFamily;
import dev.assay.records.Prompt;
import dev.assay.records.Scope;
import dev.assay.topology.tables.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RaceTest {

  /** A pair of which the first got so many right that the second did not, and so on. */
  private static MetricRow pair(String first, String second, long n, long firstOnly, long secondOnly) {
    return new MetricRow(
        "r", first, "c1", second + "@c1", Scope.RUN, "*", Metrics.DIFFERENCE_RIGHT, "difference", n, (double) (firstOnly - secondOnly) / n, null, null,
        null, Long.toString(firstOnly - secondOnly), Long.toString(firstOnly + secondOnly), null);
  }

  private static Prompt prompt(String id, Perturbed perturbed) {
    return Prompt.newBuilder()
        .setId(id)
        .setAsk(Generation.newBuilder().setInput("How many?").setReferences(List.of("8")).build())
        .setPerturbation(perturbed)
        .build();
  }

  @Test
  void race_isOverWhenEveryPairIsDecided_correctedOverAllPairs() {
    Race race = new Race(List.of("a", "b", "c"));
    race.look(List.of(pair("a", "b", 40, 14, 1), pair("a", "c", 40, 15, 0), pair("b", "c", 40, 3, 2)));
    assertThat(race.isOver()).isFalse();
    assertThat(race.decided()).extracting(PairStanding::second).contains("c@c1");

    race.look(List.of(pair("a", "b", 200, 60, 10), pair("a", "c", 200, 70, 0), pair("b", "c", 200, 50, 10)));
    assertThat(race.isOver()).isTrue();
    assertThat(race.decided()).allMatch(PairStanding::isDecided).hasSize(3);
  }

  @Test
  void race_aDecidedPairStaysSo_andAnUnseenOneCountsAsOpen() {
    Race race = new Race(List.of("a", "b", "c"));
    race.look(List.of(pair("a", "b", 100, 30, 0)));
    race.look(List.of(pair("a", "b", 200, 30, 25)));
    assertThat(race.decided()).hasSize(1);
    assertThat(race.decided().getFirst().questions()).isEqualTo(100);
    assertThat(race.isOver()).isFalse();
  }

  @Test
  void race_virtualModels_areNotItsPairs() {
    Race race = new Race(List.of("a", "b"));
    race.look(List.of(pair("@ensemble", "a", 100, 40, 0)));
    assertThat(race.decided()).isEmpty();
  }

  @Test
  void lines_sayWhoIsBetterAfterHowManyOfHowMany_andWhatWasSaved() {
    List<PairStanding> decided = PairStanding.of(List.of(pair("a", "b", 100, 5, 35)));
    assertThat(DecisionReport.lines(decided, List.of("a", "b"), 400, 300))
        .anySatisfy(line -> assertThat(line).startsWith("b is better than a, after 100 of 400: by 30.0 points"))
        .anySatisfy(line -> assertThat(line).contains("Asked 100 of 400 questions, saved 300 (75 %)"));
  }

  @Test
  void waves_holdEveryPromptOnce_copiesWithTheirQuestion_inAnOrderOfTheSeed() {
    List<Prompt> prompts = new ArrayList<>();
    IntStream.range(0, 100).forEach(i -> prompts.add(prompt("q" + i, null)));
    IntStream.range(0, 50).forEach(i -> prompts.add(prompt("q" + i + "~typos", new Perturbed("typos", PerturbationFamily.ROBUSTNESS, "q" + i, ""))));

    List<List<Prompt>> waves = Waves.of(prompts, 7);

    assertThat(waves.stream().flatMap(List::stream).map(Prompt::getId)).hasSize(150).doesNotHaveDuplicates();
    assertThat(waves.getFirst().stream().filter(prompt -> prompt.getPerturbation() == null)).hasSize(Waves.FIRST);
    for (List<Prompt> wave : waves) {
      List<String> ids = wave.stream().map(Prompt::getId).toList();
      assertThat(wave.stream().filter(prompt -> prompt.getPerturbation() != null).map(prompt -> prompt.getPerturbation().getOrigin())).isSubsetOf(ids);
    }
    assertThat(Waves.of(prompts, 7)).isEqualTo(waves);
    assertThat(Waves.of(prompts, 8)).isNotEqualTo(waves);
  }
}
