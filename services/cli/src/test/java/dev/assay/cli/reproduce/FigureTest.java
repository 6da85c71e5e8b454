package dev.assay.cli.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.benchmarks.BbqItem;
import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.EvaluationPlan;
import dev.assay.benchmarks.RecordedAnswer;
import dev.assay.benchmarks.RecordedAnswers;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.cli.SharedFiles;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.MetricRow;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import dev.assay.records.Scope;
import dev.assay.topology.scoring.BbqQuestion;
import dev.assay.topology.scoring.BbqTally;
import dev.assay.topology.scoring.ExactStatistic;
import dev.assay.topology.scoring.TextMetrics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FigureTest {

  private static Figure figure(String text) {
    return new Figure(Experiment.GSM8K, "m", "*", "exact_match", text, Figure.Basis.PUBLISHED, "somewhere");
  }

  @Test
  void agrees_decimal_withWhatRoundsToIt() {
    assertThat(figure("0.217").agrees(new Measured(1319, 286 / 1319.0))).isTrue();
    assertThat(figure("0.217").agrees(new Measured(1319, 285 / 1319.0))).isFalse();
    assertThat(figure("0.2165").agrees(new Measured(1319, 286 / 1319.0))).isFalse();
  }

  @Test
  void agrees_count_onlyWithTheSameOfAsMany() {
    assertThat(figure("286/1319").agrees(new Measured(1319, 286 / 1319.0))).isTrue();
    assertThat(figure("286/1319").agrees(new Measured(1318, 286 / 1318.0))).isFalse();
    assertThat(figure("286/1319").agrees(new Measured(1319, 287 / 1319.0))).isFalse();
  }

  @Test
  void shown_sharesInPercent_countsAsTheyAre() {
    assertThat(figure("0.217").shown()).isEqualTo("21.7 %");
    assertThat(figure("0.217").shown(new Measured(1319, 286 / 1319.0))).isEqualTo("21.68 %");
    assertThat(figure("286/1319").shown(new Measured(1319, 286 / 1319.0))).isEqualTo("286/1319");
  }

  @Test
  void all_everyExperimentHasFigures_andNamesTheirSource() {
    List<Figure> figures = Figure.all();

    assertThat(figures.stream().map(Figure::experiment).distinct()).containsExactlyInAnyOrder(Experiment.values());
    assertThat(figures).allSatisfy(figure -> assertThat(figure.source()).isNotBlank());
    // 27 tasks, each answered at once and step by step.
    assertThat(figures.stream().filter(figure -> figure.experiment() == Experiment.BBH)).hasSize(2 * 27);
    assertThatIllegalArgumentException().isThrownBy(() -> Experiment.of("mmlu")).withMessageContaining("mmlu-helm");
  }

  /** Every answer of every file, scored without Kafka. */
  @ParameterizedTest
  @EnumSource
  void figures_ofTheWholeFiles_comeOut(Experiment experiment) {
    Path data = SharedFiles.data();
    EvaluationPlan plan =
        new EvaluationPlan("r", List.of(), 0, OrderRule.ONE, OptionalInt.empty(), 0, experiment.format(), OptionalInt.empty());
    Map<String, Prompt> prompts =
        Benchmarks.open(Optional.of(data)).prompts(TaskSelector.parse(experiment.tasks()), plan).prompts().stream()
            .collect(Collectors.toMap(Prompt::getId, prompt -> prompt));
    Map<String, BbqItem> items = BbqItem.byPrompt(data);
    Measurements measurements = new Measurements();
    Recording.rounds(experiment, data.resolve("model_outputs")).stream()
        .flatMap(List::stream)
        .forEach(recording -> add(measurements, recording, prompts, items, data));

    assertThat(Figure.all().stream().filter(figure -> figure.experiment() == experiment))
        .isNotEmpty()
        .allSatisfy(
            figure ->
                assertThat(measurements.of(figure)).as(figure.toString()).hasValueSatisfying(ours -> assertThat(figure.agrees(ours)).as(ours.toString()).isTrue()));
  }

  private static void add(
      Measurements measurements, Recording recording, Map<String, Prompt> prompts, Map<String, BbqItem> items, Path data) {
    Map<String, Map<String, ExactStatistic>> cells = new HashMap<>();
    Map<String, BbqTally> tallies = new HashMap<>();
    RecordedAnswers.convert(recording.folder(), recording.model(), Optional.of(data))
        .forEach(
            answer -> {
              Prompt prompt = prompts.get(answer.prompt().orElseThrow());
              scores(prompt, answer)
                  .forEach(
                      (metric, value) -> {
                        for (String task : List.of(prompt.getTask(), "*")) {
                          cells.computeIfAbsent(task, _ -> new HashMap<>()).merge(metric, ExactStatistic.of(value), ExactStatistic::merge);
                        }
                      });
              BbqItem item = items.get(prompt.getId());
              if (item != null) {
                BbqQuestion question =
                    BbqQuestion.of(item.category(), item.negative(), item.ambiguous(), item.right(), item.answerInfo(), item.stereotypedGroups());
                tallies.merge(prompt.getTask(), BbqTally.of(question, letter(answer.text(), 3)), BbqTally::merge);
              }
            });
    List<MetricRow> rows = new ArrayList<>();
    cells.forEach(
        (task, metrics) ->
            metrics.forEach(
                (metric, value) ->
                    rows.add(
                        new MetricRow(
                            "r", recording.figureName(), "c", null, task.equals("*") ? Scope.RUN : Scope.TASK, task, metric, "share",
                            value.count(), value.mean(), null, null, null, value.sumDecimal(), value.sumOfSquaresDecimal(), null))));
    measurements.add(rows, UnaryOperator.identity());
    tallies.forEach((task, tally) -> measurements.add(recording.figureName(), task, tally));
  }

  private static Map<String, Double> scores(Prompt prompt, RecordedAnswer answer) {
    return switch (prompt.getAsk()) {
      case Choice choice -> {
        OptionalInt chosen = letter(answer.text(), choice.getOptions().size());
        boolean right =
            chosen.isPresent()
                && choice.getGold().stream().anyMatch(gold -> choice.getOptions().get(gold).equals(choice.getOptions().get(chosen.getAsInt())));
        yield Map.of("accuracy/one", right ? 1.0 : 0.0);
      }
      case Generation generation ->
          generation.getMetrics().stream()
              .collect(
                  Collectors.toMap(
                      metric -> metric, metric -> TextMetrics.byName(metric).best(generation.getReferences(), answer.text().strip())));
      default -> throw new IllegalStateException("unknown ask " + prompt.getAsk().getClass());
    };
  }

  private static OptionalInt letter(String text, int options) {
    String key = text.strip();
    return key.length() == 1 && key.charAt(0) >= 'A' && key.charAt(0) < 'A' + options ? OptionalInt.of(key.charAt(0) - 'A') : OptionalInt.empty();
  }
}
