package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.assay.topology.tables.Metrics;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RunPageTest {

  private final List<MetricRow> rows = new ArrayList<>();

  private void share(Scope scope, String task, String model, double mean, Double byTask) {
    rows.add(
        new MetricRow(
            "r", model, "c1", null, scope, task, Metrics.ACCURACY_MEAN_LOGPROB, "share", 200L, mean, 0.03, mean - 0.1, mean + 0.1,
            Double.toString(200 * mean), Double.toString(200 * mean), byTask));
  }

  /** Of 200 questions so many that only the second model got right; the first never was alone. */
  private void secondAhead(String first, String second, long questions) {
    double mean = -questions / 200.0;
    rows.add(
        new MetricRow(
            "r", first, "c1", second + "@c1", Scope.RUN, "*", Metrics.DIFFERENCE_RIGHT, "difference", 200L, mean, 0.03, mean - 0.1, mean + 0.1,
            Long.toString(-questions), Long.toString(questions), 0.04));
  }

  private void prompts(String model, long n) {
    rows.add(new MetricRow("r", model, "", null, Scope.RUN, "*", Metrics.FLOW_PROMPTS, "count", n, 1.0, null, null, null, "" + n, "" + n, null));
  }

  @Test
  void decisions_areToldInWords_theBetterFirst() {
    List.of("a", "b", "c").forEach(model -> prompts(model, 500));
    secondAhead("a", "b", 80);
    secondAhead("a", "c", 1);

    List<String> lines = RunPage.of(List.of("r"), rows, List.of()).lines();

    assertThat(lines)
        .anySatisfy(line -> assertThat(line).matches(" b is better than a after 200 of 500 +\\+40\\.0 +\\+\\d.*<0\\.0001"))
        .anySatisfy(line -> assertThat(line).matches(" c and a: open after 200 of 500 +\\+0\\.5 +-\\d.*"));
  }

  @Test
  void leaderboardAndTasks_haveTheErrorsBeside() {
    share(Scope.RUN, "*", "a", 0.5, 0.07);
    share(Scope.TASK, "t", "a", 0.5, null);

    assertThat(RunPage.of(List.of("r"), rows, List.of()).lines())
        .anySatisfy(line -> assertThat(line).matches(" a@c1 +200 +0\\.500 +0\\.400 +0\\.600 +0\\.030 +0\\.070"))
        .anySatisfy(line -> assertThat(line).contains("0.500 ± 0.030 [0.400, 0.600]"));
  }
}
