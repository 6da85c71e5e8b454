package dev.assay.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.ChoiceVerdict;
import dev.assay.records.Decision;
import dev.assay.records.OrderVote;
import dev.assay.records.Verdict;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VotingReportTest {
  @Test
  void report_hasARowATaskAndOneForAll_withIntervalsAndPositions() {
    StandingVerdicts verdicts = new StandingVerdicts();
    verdicts.add(verdict("q1", "planets", 0, 0.9, 1, 0.5));
    verdicts.add(verdict("q2", "planets", 0, 0.8, 0, 0.6));
    verdicts.add(verdict("q3", "rivers", 1, 0.7, 1, 0.9));
    String run = verdicts.contestants().first().run();
    VotingReport report = VotingReport.of(run, verdicts);
    List<String> lines = report.lines();
    assertThat(lines).anyMatch(line -> line.contains("planets") && line.contains("-30.0 [") && line.contains("+50.0 ["));
    assertThat(lines).anyMatch(line -> line.contains("rivers") && line.contains("+20.0"));
    assertThat(lines).anyMatch(line -> line.startsWith(" published order") && line.contains("66.7 %"));
    assertThat(report.tree()).hasSize(3);
    Map<String, Object> all = report.tree().getLast();
    assertThat(all).containsEntry("task", null).containsEntry("questions", 3L).containsEntry("orders", 6L);
    assertThat(VotingReport.of("another", verdicts).lines()).containsExactly("No multiple-choice question of this run has a verdict yet.");
  }

  private static Verdict verdict(String prompt, String task, int before, double sure, int after, double surer) {
    Decision one = new Decision(before, before == 1, sure);
    Decision mean = new Decision(after, after == 1, surer);
    List<OrderVote> votes = List.of(new OrderVote(List.of(0, 1), before), new OrderVote(List.of(1, 0), after));
    ChoiceVerdict outcome = new ChoiceVerdict(2, List.of(1), one, mean, mean, before == 1 && after == 1, votes, List.of(), 0, null);
    Verdict base = Verdicts.choice(prompt, "m", task, after);
    return Verdict.newBuilder(base).setOutcome(outcome).build();
  }
}
