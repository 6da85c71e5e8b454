package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.tables.Metrics;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RunReportTest {

  private static final String RUN = "r";

  private static MetricRow share(Scope scope, String task, String model, String metric, long n, double mean, @Nullable String other) {
    return new MetricRow(
        RUN, model, "c1", other, scope, task, metric, "share", n, mean, 0.01, Math.max(0, mean - 0.1), Math.min(1, mean + 0.1),
        Double.toString(mean * n), Double.toString(mean * n), null);
  }

  private static MetricRow flow(String model, String metric, long n) {
    return new MetricRow(RUN, model, "", null, Scope.RUN, "*", metric, "count", n, n == 0 ? 0.0 : 1.0, null, null, null, Long.toString(n), Long.toString(n), null);
  }

  @Test
  void lines_choices_showEveryRuleWithItsInterval() {
    RunReport report =
        RunReport.of(
            RUN,
            List.of(
                share(Scope.TASK, "mmlu/a", "m", Metrics.ACCURACY_ONE, 20, 0.25, null),
                share(Scope.TASK, "mmlu/a", "m", Metrics.ACCURACY_MAX_VOTE, 20, 0.5, null),
                share(Scope.TASK, "mmlu/a", "m", Metrics.ACCURACY_MEAN_LOGPROB, 20, 0.55, null),
                share(Scope.TASK, "mmlu/a", "m", Metrics.ACCURACY_EVERY_ORDER, 20, 0.1, null)));

    assertThat(report.lines())
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains("mmlu/a", " m ", "20", "25.0 [15.0,  35.0]", "50.0 [40.0,  60.0]", "55.0 [45.0,  65.0]", "10.0"));
  }

  @Test
  void lines_generatedText_showsTheMetricsThatThePromptNamed() {
    RunReport report = RunReport.of(RUN, List.of(share(Scope.TASK, "cnndm", "m", "rouge_2", 8, 0.123, null)));

    assertThat(report.lines()).anySatisfy(line -> assertThat(line).contains("cnndm", "rouge_2", "0.123 [0.023, 0.223]"));
  }

  @Test
  void lines_voting_showsHelpedAndHurt() {
    RunReport report =
        RunReport.of(
            RUN,
            List.of(
                share(Scope.RUN, "*", "m", Metrics.CHANGED_HELPED, 100, 0.12, null),
                share(Scope.RUN, "*", "m", Metrics.CHANGED_HURT, 100, 0.07, null)));

    assertThat(report.lines()).anySatisfy(line -> assertThat(line).contains("100", "12", "7", "+5.0 points"));
  }

  @Test
  void lines_pairs_nameBothModels() {
    RunReport report = RunReport.of(RUN, List.of(share(Scope.RUN, "*", "a", Metrics.SAME_WRONG_ANSWER, 40, 0.5, "b@c2")));

    assertThat(report.lines()).anySatisfy(line -> assertThat(line).contains("a and b", "same wrong answer", "40", "50.0"));
  }

  @Test
  void lines_otherRuns_areLeftOut() {
    RunReport report = RunReport.of("another", List.of(share(Scope.RUN, "*", "m", Metrics.ACCURACY_ONE, 1, 1, null)));

    assertThat(report.lines()).isEmpty();
  }

  @Test
  void flow_sumsOverModels_andPendingIsWhatIsLeft() {
    List<MetricRow> rows =
        List.of(
            flow("a", Metrics.FLOW_PROMPTS, 10),
            flow("a", Metrics.FLOW_VERDICTS, 6),
            flow("a", Metrics.FLOW_DEAD_LETTERS, 1),
            flow("b", Metrics.FLOW_PROMPTS, 10),
            flow("b", Metrics.FLOW_VERDICTS, 10));

    assertThat(Flow.byModel(rows)).containsExactly(new Flow("a", 10, 6, 1), new Flow("b", 10, 10, 0));
    assertThat(Flow.total(rows, List.of("a", "b"))).isEqualTo(new Flow("*", 20, 16, 1));
    assertThat(Flow.total(rows, List.of("a", "b")).pending()).isEqualTo(3);
  }
}
