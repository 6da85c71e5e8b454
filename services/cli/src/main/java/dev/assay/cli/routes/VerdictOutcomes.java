package dev.assay.cli.routes;

import dev.assay.cli.report.Contestant;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.records.ChoiceVerdict;
import dev.assay.records.TextVerdict;
import dev.assay.records.Verdict;
import dev.assay.topology.routing.Votes;
import dev.assay.topology.routing.policy.Outcome;
import dev.assay.topology.routing.policy.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Outcomes from the verdicts of a run: the questions that all its models have answered. */
public final class VerdictOutcomes {
  private VerdictOutcomes() {}

  /**
   * Puts the verdicts together question by question. A cost is the tokens that a reader without sharing would have read, and those generated.
   *
   * @param texts the questions' texts by prompt id, where a policy looks at them
   * @throws CommandFailure when no question has an answer of every model
   */
  public static List<Outcome> of(StandingVerdicts verdicts, Map<String, String> texts) {
    SortedMap<String, SortedMap<String, Verdict>> byPrompt = new TreeMap<>();
    List<Contestant> models = verdicts.contestants().stream().filter(each -> !Votes.isVirtual(each.model())).toList();
    for (Contestant model : models) {
      verdicts.of(model).forEach((prompt, verdict) -> byPrompt.computeIfAbsent(prompt, _ -> new TreeMap<>()).put(model.shortName(), verdict));
    }
    List<Outcome> outcomes = new ArrayList<>();
    byPrompt.forEach(
        (prompt, answers) -> {
          if (answers.size() == models.size() && answers.size() > 1) {
            Verdict any = answers.firstEntry().getValue();
            SortedMap<String, Outcome.Answered> answered = new TreeMap<>();
            answers.forEach((model, verdict) -> answered.put(model, answered(verdict)));
            Query query = new Query(prompt, any.getTaskType(), any.getTask(), texts.getOrDefault(prompt, ""), List.copyOf(answered.keySet()));
            outcomes.add(new Outcome(query, answered));
          }
        });
    if (outcomes.isEmpty()) {
      throw new CommandFailure(
          "got no question that two models or more have all answered; the run has %s".formatted(models.stream().map(Contestant::shortName).toList()));
    }
    return outcomes;
  }

  private static Outcome.Answered answered(Verdict verdict) {
    double cost = (double) verdict.getTokensAsked() + verdict.getTokensGenerated();
    return switch (verdict.getOutcome()) {
      case ChoiceVerdict choice -> new Outcome.Answered(choice.getMeanLogProb().getRight() ? 1 : 0, cost, Votes.margin(choice));
      case TextVerdict text ->
          new Outcome.Answered(text.getScores().entrySet().stream().min(Map.Entry.comparingByKey()).map(Map.Entry::getValue).orElse(0.0), cost, 1);
      default -> throw new IllegalStateException("unknown outcome " + verdict.getOutcome().getClass());
    };
  }
}
