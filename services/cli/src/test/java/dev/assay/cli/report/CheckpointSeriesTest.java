package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.SharedFiles;
import dev.assay.records.Checkpoint;
import dev.assay.records.PlannedEvaluation;
import dev.assay.records.TaskType;
import dev.assay.records.Verdict;
import dev.assay.topology.tables.Metrics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class CheckpointSeriesTest {

  private static final Instant START = Verdicts.START;

  private static Verdict by(String model, String version, String prompt, String task, TaskType type, boolean right) {
    return Verdict.newBuilder(Verdicts.choice(prompt, model, task, right ? 1 : 0)).setCheckpoint(version).setTaskType(type).build();
  }

  private static Checkpoint event(String name, long step) {
    return new Checkpoint(name, "base", "file:///x", List.of(), step, step / 100.0, "job", START, Map.of());
  }

  /** Five recorded checkpoints of one fine-tuning, against counts made by other code than ours. */
  @Test
  void recordedTraining_givesTheCountsOfItsFile_andNoFalseAlarm() throws IOException {
    Path file = SharedFiles.data().resolve("model_outputs/mmlu_llama_fed_checkpoints/predictions.jsonl");
    StandingVerdicts verdicts = new StandingVerdicts();
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(file)) {
      JsonNode row = json.readTree(line);
      String subject = row.path("subject").asText();
      boolean right = row.path("prediction").asText().equals("ABCD".substring(row.path("gold").asInt(), row.path("gold").asInt() + 1));
      verdicts.add(by("fed@" + row.path("checkpoint").asInt(), "v", subject + "/" + row.path("row").asInt(), "mmlu/" + subject, TaskType.KNOWLEDGE, right));
    }
    List<Checkpoint> events = List.of(event("fed@200", 200), event("fed@0", 0), event("fed@100", 100), event("fed@50", 50), event("fed@150", 150));

    CheckpointSeries series = only(verdicts, Map.of(), events);

    assertThat(series.points()).extracting(point -> point.version().step()).containsExactly(0L, 50L, 100L, 150L, 200L);
    double[] right = {5791, 5762, 5706, 5725, 5709};
    for (int point = 0; point < right.length; point++) {
      CheckpointSeries.Value value = series.value(point, "mmlu", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow();
      assertThat(value.values().count()).isEqualTo(12_343);
      assertThat(value.values().sum()).isEqualTo(right[point]);
      assertThat(value.isWorse()).as("a fall of 0.7 points of 12,343 questions is no alarm").isFalse();
    }
    PairedSample previous = series.value(2, "mmlu", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow().previous().orElseThrow().sample();
    assertThat(previous.outcomes().firstOnly()).isEqualTo(230);
    assertThat(previous.outcomes().secondOnly()).isEqualTo(286);
    CheckpointSeries.Against best = series.value(4, "mmlu", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow().bestBefore().orElseThrow();
    assertThat(best.point()).isZero();
    assertThat(best.sample().mean()).isCloseTo((593 - 675) / 12_343.0, within(1e-12));
    assertThat(series.best()).singleElement().satisfies(one -> assertThat(one.point()).isZero());
  }

  @Test
  void epoch_thatWinsOneBenchmarkAndLosesAnother_isSaidOfBoth_andEachIsBestAtOne() {
    List<Verdict> all = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      boolean often = i % 10 < 8;
      boolean seldom = i % 10 < 4;
      all.add(by("base", "b0", "m" + i, "mmlu/x", TaskType.KNOWLEDGE, often));
      all.add(by("base", "b0", "t" + i, "truthfulqa", TaskType.TRUTHFULNESS, seldom));
      all.add(by("job@1", "v1", "m" + i, "mmlu/x", TaskType.KNOWLEDGE, often));
      all.add(by("job@1", "v1", "t" + i, "truthfulqa", TaskType.TRUTHFULNESS, seldom));
      all.add(by("job@2", "v2", "m" + i, "mmlu/x", TaskType.KNOWLEDGE, seldom));
      all.add(by("job@2", "v2", "t" + i, "truthfulqa", TaskType.TRUTHFULNESS, often));
    }
    Collections.shuffle(all, new Random(1));

    CheckpointSeries series = only(Verdicts.standing(all), Map.of(), List.of(event("job@2", 2), event("job@1", 1)));

    assertThat(series.points()).extracting(CheckpointSeries.Point::label).containsExactly("base", "job@1", "job@2");
    CheckpointSeries.Value fallen = series.value(2, "mmlu", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow();
    assertThat(fallen.isWorse()).isTrue();
    assertThat(fallen.previous().orElseThrow().point()).isEqualTo(1);
    assertThat(fallen.base().orElseThrow().sample().mean()).isCloseTo(-0.4, within(1e-12));
    assertThat(fallen.interval().low()).isLessThan(0.4).isGreaterThan(0.3);
    CheckpointSeries.Value risen = series.value(2, "truthfulqa", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow();
    assertThat(risen.isWorse()).isFalse();
    assertThat(risen.previous().orElseThrow().isBetter()).isTrue();
    assertThat(series.value(1, "mmlu", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow().previous().orElseThrow().corrected()).isEqualTo(1);
    assertThat(series.best())
        .extracting(one -> one.taskType() + " " + series.points().get(one.point()).label())
        .containsExactly("KNOWLEDGE base", "TRUTHFULNESS job@2");
    Page page = new Page("t", series.sections("t"));
    assertThat(page.lines()).anySatisfy(line -> assertThat(line).matches(" job@2 +2 +0\\.02 +0\\.400 ▼pbt +0\\.800 ▲pbt"));
    assertThat(series.tree().toString()).contains("worse=true", "to_best_before");
  }

  /** 5 % of the series may raise one: 2 of 40. */
  @Test
  void equalCheckpoints_raiseNoAlarm_overMany() {
    Random random = new Random(42);
    int alarms = 0;
    for (int training = 0; training < 40; training++) {
      List<Verdict> all = new ArrayList<>();
      List<Checkpoint> events = new ArrayList<>();
      for (int step = 1; step <= 8; step++) {
        events.add(event("job@" + step, step));
        for (int i = 0; i < 60; i++) {
          all.add(by("job@" + step, "v" + step, "a" + i, "one", TaskType.KNOWLEDGE, random.nextBoolean()));
          all.add(by("job@" + step, "v" + step, "b" + i, "two", TaskType.KNOWLEDGE, random.nextBoolean()));
        }
      }
      CheckpointSeries series = only(Verdicts.standing(all), Map.of(), events);
      alarms += series.cells().stream().anyMatch(CheckpointSeries.Value::isWorse) ? 1 : 0;
    }
    assertThat(alarms).isLessThanOrEqualTo(2);
  }

  @Test
  void plannedRuns_areOneSeries_inStepOrder_withConflictsShown_whateverCameWhen() {
    Map<String, PlannedEvaluation> planned = new TreeMap<>();
    List<Verdict> all = new ArrayList<>();
    String[][] runs = {{"r3", "job@30", "v3", "30"}, {"r1", "job@10", "v1", "10"}, {"r2", "job@20", "v2", "20"}, {"r4", "job@20", "v4", "20"}, {"r0", "base", "b0", "0"}};
    for (String[] run : runs) {
      boolean base = run[1].equals("base");
      planned.put(
          run[0],
          PlannedEvaluation.newBuilder()
              .setRun(run[0]).setPlan("nightly").setCheckpoint(run[1]).setSha256(run[2]).setBase(base ? null : "base").setJob(base ? "" : "job")
              .setStep(Long.parseLong(run[3])).setDecidedAt(START).setQuestions(5).setQuestionsSha256("q").build());
      for (int i = 0; i < 5; i++) {
        all.add(Verdict.newBuilder(by(run[1], run[2], "p" + i, "mmlu/x", TaskType.KNOWLEDGE, i < 3)).setRun(run[0]).build());
      }
    }
    CheckpointSeries inOrder = only(Verdicts.standing(all), planned, List.of());
    for (int seed = 0; seed < 5; seed++) {
      Collections.shuffle(all, new Random(seed));
      assertThat(only(Verdicts.standing(all), planned, List.of())).isEqualTo(inOrder);
    }

    assertThat(inOrder.points()).extracting(CheckpointSeries.Point::label).containsExactly("base", "job@10", "job@20 (v2)", "job@20 (v4)", "job@30");
    assertThat(inOrder.points()).filteredOn(CheckpointSeries.Point::isConflict).hasSize(2);
    assertThat(inOrder.value(3, "mmlu", Metrics.ACCURACY_MEAN_LOGPROB).orElseThrow().previous().orElseThrow().point())
        .as("two of one step are no predecessors of each other")
        .isEqualTo(1);
    assertThat(new Page("t", inOrder.sections("t")).lines()).anySatisfy(line -> assertThat(line).startsWith("CONFLICT").contains("job@20 (v2)", "job@20 (v4)"));
  }

  @Test
  void benchmarks_areTheFirstPartOfATask() {
    assertThat(CheckpointSeries.benchmark("mmlu/anatomy")).isEqualTo("mmlu");
    assertThat(CheckpointSeries.benchmark("starter/mmlu/astronomy")).isEqualTo("starter/mmlu");
    assertThat(CheckpointSeries.benchmark("gsm8k")).isEqualTo("gsm8k");
  }

  private static CheckpointSeries only(StandingVerdicts verdicts, Map<String, PlannedEvaluation> planned, List<Checkpoint> events) {
    List<TrainedVersion.Family> families = TrainedVersion.families(verdicts.contestants(), planned, events);
    assertThat(families).hasSize(1);
    return CheckpointSeries.of(families.getFirst(), verdicts);
  }
}
