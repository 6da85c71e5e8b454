package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.records.Verdict;
import dev.assay.topology.tables.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AnalysisReportTest {

  private final List<MetricRow> rows = new ArrayList<>();
  private final List<Verdict> verdicts = new ArrayList<>();

  private void share(String model, @Nullable String other, Scope scope, String task, String metric, long n, double mean) {
    rows.add(
        new MetricRow(
            "r", model, model.equals("*") ? "" : "c0ffee123456", other, scope, task, metric, Metrics.unit(metric), n, mean, 0.02, Math.max(0, mean - 0.1),
            Math.min(1, mean + 0.1), Double.toString(mean * n), Double.toString(mean * n), 0.05));
  }

  private List<String> lines(Analysis analysis) {
    return new AnalysisReport("r", rows, () -> Verdicts.standing(verdicts), 2).lines(analysis);
  }

  @Test
  void agreement_isAMatrixWithItsMean() {
    share("a", "b@c0ffee123456", Scope.RUN, "*", Metrics.SAME_ANSWER, 100, 0.5);
    share("a", "c@c0ffee123456", Scope.RUN, "*", Metrics.SAME_ANSWER, 300, 0.7);
    share("b", "c@c0ffee123456", Scope.RUN, "*", Metrics.SAME_ANSWER, 100, 0.9);
    share("a", "b@c0ffee123456", Scope.RUN, "*", Metrics.SAME_WRONG_ANSWER, 10, 0.4);

    assertThat(lines(Analysis.AGREEMENT))
        .anySatisfy(line -> assertThat(line).matches(" +2 +b +50\\.0 +90\\.0"))
        .anySatisfy(line -> assertThat(line).matches(" +3 +c +70\\.0 +90\\.0"))
        .contains("Mean over 3 pairs 70.0 %; over all 500 questions that both answered, counted once a pair, 70.0 %.")
        .anySatisfy(line -> assertThat(line).matches(" +1 +a +40\\.0"));
  }

  @Test
  void positions_showWhatWasChosenAndTheSpreadOfRecalls() {
    for (String right : List.of("A", "B")) {
      share("m", null, Scope.POSITION, right + " of 2", Metrics.CHOSEN_ONE + "A", 10, right.equals("A") ? 0.9 : 0.5);
      share("m", null, Scope.POSITION, right + " of 2", Metrics.CHOSEN_ONE + "B", 10, right.equals("A") ? 0.1 : 0.4);
      share("m", null, Scope.POSITION, right + " of 2", Metrics.CHOSEN_ONE + Metrics.CHOSEN_NONE, 10, right.equals("A") ? 0 : 0.1);
    }

    // Recalls 0.9 and 0.4: their standard deviation is 0.25.
    assertThat(lines(Analysis.POSITIONS))
        .anySatisfy(line -> assertThat(line).matches(" m +one +20 +70\\.0 \\(50\\.0\\) +25\\.0 \\(50\\.0\\) +5\\.0 +25\\.0"))
        .anySatisfy(line -> assertThat(line).matches(" m +one +B +10 +50\\.0 +40\\.0 +10\\.0"));
  }

  @Test
  void calibration_weighsTenthsByTheirAnswers_andHelmsBinsAreReadFromVerdicts() {
    share("m", null, Scope.CONFIDENCE, "0.7-0.8", Metrics.CONFIDENCE_MEAN_LOGPROB, 2, 0.75);
    share("m", null, Scope.CONFIDENCE, "0.7-0.8", Metrics.ACCURACY_MEAN_LOGPROB, 2, 0.5);
    verdicts.add(Verdicts.choice("q1", "m", "t", 1));
    verdicts.add(Verdicts.choice("q2", "m", "t", 2));

    assertThat(lines(Analysis.CALIBRATION)).anySatisfy(line -> assertThat(line).matches(" m +2 +75\\.0 +50\\.0 +25\\.0 +25\\.0"));
  }

  @Test
  void calibration_ofAnswersWithoutProbabilities_isNotTold() {
    share("m", null, Scope.CONFIDENCE, "0.9-1.0", Metrics.CONFIDENCE_MEAN_LOGPROB, 8, 1);
    share("m", null, Scope.CONFIDENCE, "0.9-1.0", Metrics.ACCURACY_MEAN_LOGPROB, 8, 0.5);
    share("m", null, Scope.CONFIDENCE, "0.0-0.1", Metrics.CONFIDENCE_MEAN_LOGPROB, 2, 0);
    share("m", null, Scope.CONFIDENCE, "0.0-0.1", Metrics.ACCURACY_MEAN_LOGPROB, 2, 0);

    assertThat(lines(Analysis.CALIBRATION)).anySatisfy(line -> assertThat(line).matches(" m +10 +– +40\\.0 +– +–"));
  }

  @Test
  void questions_hardestAndMostDisputed_areAtMostSoMany() {
    share("*", null, Scope.TASK, "t", Metrics.QUESTION_WRONG, 3, 0.5);
    share("*", null, Scope.TASK, "t", Metrics.QUESTION_ALL_WRONG, 3, 0.25);
    share("*", null, Scope.TASK, "t", Metrics.QUESTION_DISPUTED, 3, 0.75);
    int[][] answers = {{1, 1, 1}, {0, 0, 0}, {0, 1, 2}, {1, 1, 2}};
    for (int question = 0; question < answers.length; question++) {
      for (int model = 0; model < 3; model++) {
        verdicts.add(Verdicts.choice("q" + question, "m" + model, "t", answers[question][model]));
      }
    }
    verdicts.add(Verdicts.choice("q0", "@ensemble", "t", 3));

    List<String> lines = lines(Analysis.QUESTIONS);

    assertThat(lines).anySatisfy(line -> assertThat(line).matches(" t +3 +50\\.0 +25\\.0 +75\\.0"));
    assertThat(lines.stream().filter(line -> line.matches(" q\\d .*")).map(line -> line.substring(1, 3))).containsExactly("q1", "q2", "q2", "q3");
    assertThat(lines).anySatisfy(line -> assertThat(line).matches(" q1 +t +3 +3 +1 +3.*"));
  }

  @Test
  void skillsAndCost_comeFromRowsAlone() {
    share("m", null, Scope.SKILL, "REASONING", Metrics.ACCURACY_MEAN_LOGPROB, 50, 0.4);
    share("m", null, Scope.RUN, "*", Metrics.ANSWERED, 50, 1);
    share("m", null, Scope.RUN, "*", Metrics.TOKENS_ASKED, 50, 100);
    share("m", null, Scope.RUN, "*", Metrics.TOKENS_COMPUTED, 50, 25);
    share("m", null, Scope.RUN, "*", Metrics.ACCURACY_MEAN_LOGPROB, 50, 0.5);

    assertThat(lines(Analysis.SKILLS)).anySatisfy(line -> assertThat(line).contains("reasoning", "40.0 [30.0,  50.0]", "2.0", "5.0"));
    share("paid", null, Scope.RUN, "*", Metrics.ANSWERED, 50, 1);
    share("paid", null, Scope.RUN, "*", Metrics.ACCURACY_MEAN_LOGPROB, 50, 0.5);
    share("paid", null, Scope.RUN, "*", Metrics.COST, 50, 300);

    assertThat(lines(Analysis.COST))
        .anySatisfy(line -> assertThat(line).matches(" m +50 +5,000 +1,250 +75\\.0 % +0 +25 +50 .* +– +– +–"))
        // 50 answers at 300 millionths; half of them right.
        .anySatisfy(line -> assertThat(line).matches(" paid +50 .* 0\\.0150 +0\\.3000 +0\\.0006"));
  }

  @Test
  void analysisOfNothing_saysSo() {
    assertThat(lines(Analysis.AGREEMENT)).containsExactly("nothing to tell of agreement in run r yet");
  }

  @Test
  void leaderboard_givesRankRangesThatOnlySureDifferencesNarrow() {
    for (int i = 0; i < 120; i++) {
      verdicts.add(Verdicts.choice("q" + i, "best", "t" + i % 2, 1));
      verdicts.add(Verdicts.choice("q" + i, "near", "t" + i % 2, i % 40 == 0 ? 0 : 1));
      verdicts.add(Verdicts.choice("q" + i, "poor", "t" + i % 2, i % 4 == 0 ? 1 : 2));
    }

    Leaderboard board = Leaderboard.of("r", Verdicts.standing(verdicts), Optional.empty());

    assertThat(board.lines())
        .anySatisfy(line -> assertThat(line).matches(" +1–2 +best@c0ffee12 +120 +100\\.0 .*"))
        .anySatisfy(line -> assertThat(line).matches(" +1–2 +near@c0ffee12 +120 .*"))
        .anySatisfy(line -> assertThat(line).matches(" +3 +poor@c0ffee12 +120 .* 0 +2"))
        .anySatisfy(line -> assertThat(line).contains("corrected over 3 comparisons", "Holm"));
    assertThatThrownBy(() -> Leaderboard.of("r", Verdicts.standing(verdicts), Optional.of("rouge_9"))).hasMessageContaining("accuracy/mean-logprob");
  }
}
