package dev.assay.topology.routing;

import dev.assay.records.Basis;
import dev.assay.records.Member;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.ScorerVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Makes the verdicts of virtual models of what was gathered and decided. Pure. */
final class Merger {
  /** Of the merging and routing rules; stands where a model has its checkpoint. */
  static final String VERSION = "v1";

  static final String UNWEIGHTED = "mean of probabilities";
  static final String WEIGHTED = "mean of probabilities, weighted by log-odds of being right before";
  static final String ORACLE = "the first that is right";

  private Merger() {}

  /** All verdicts that can be made of what was gathered and decided. */
  static List<Verdict> all(Gathering gathering) {
    List<Verdict> made = new ArrayList<>(List.of(ensemble(gathering), oracle(gathering)));
    Decision weighing = gathering.decisions().get(Votes.WEIGHTED);
    if (weighing != null) {
      made.add(merged(Votes.WEIGHTED, gathering, weighing));
    }
    Decision routing = gathering.decisions().get(Votes.ROUTER);
    if (routing != null) {
      made.add(routed(gathering, routing));
    }
    return made;
  }

  /** All models alike. */
  private static Verdict ensemble(Gathering gathering) {
    return merged(Votes.ENSEMBLE, gathering, Decision.none(UNWEIGHTED));
  }

  /** What no router can beat. */
  private static Verdict oracle(Gathering gathering) {
    Ensemble.Merged merged = Ensemble.oracle(gathering.members());
    Decision rule = Decision.none(ORACLE);
    return verdict(Votes.ORACLE, gathering, merged.used(), merged.outcome(), basis(rule, rule.reason(), gathering, merged.used(), Map.of()));
  }

  /** The verdict of the model that was decided for, or of the first one while that has not answered. */
  private static Verdict routed(Gathering gathering, Decision decision) {
    Map<String, Verdict> byModel = gathering.byModel();
    String wanted = decision.chosen().orElse("");
    Verdict chosen = byModel.getOrDefault(wanted, gathering.members().getFirst());
    List<Verdict> asked = new ArrayList<>();
    gathering.members().stream().filter(member -> member.equals(chosen) || decision.weights().containsKey(member.getModel())).forEach(asked::add);
    String reason =
        chosen.getModel().equals(wanted) ? decision.reason() : Decision.NOT_ANSWERED + decision.reason();
    return verdict(Votes.ROUTER, gathering, asked, chosen.getOutcome(), basis(decision, reason, gathering, List.of(chosen), Map.of()));
  }

  private static Verdict merged(String model, Gathering gathering, Decision rule) {
    Map<String, Double> weights = new TreeMap<>(rule.weights());
    if (!weights.isEmpty()) {
      gathering.members().forEach(member -> weights.putIfAbsent(member.getModel(), 0.0));
      if (gathering.members().stream().allMatch(member -> weights.getOrDefault(member.getModel(), 0.0) == 0)) {
        weights.clear();
      }
    }
    Ensemble.Merged merged = Ensemble.merge(gathering.members(), weights);
    return verdict(model, gathering, merged.used(), merged.outcome(), basis(rule, rule.reason(), gathering, merged.used(), weights));
  }

  private static Basis basis(Decision rule, String reason, Gathering gathering, List<Verdict> used, Map<String, Double> weights) {
    List<Member> members =
        gathering.members().stream()
            .map(
                member ->
                    new Member(
                        member.getModel(),
                        member.getCheckpoint(),
                        Ensemble.option(member),
                        used.contains(member) ? weights.getOrDefault(member.getModel(), 1.0) : 0.0))
            .toList();
    return new Basis(
        rule.rule(),
        members,
        gathering.missing(),
        rule.weights(),
        rule.chosen().orElse(null),
        reason,
        rule.evidence(),
        rule.decidedAt(),
        rule.routeDecidedAt());
  }

  /** The time of the answer is that of the prompt, so that every correction replaces the verdict before it. */
  private static Verdict verdict(String model, Gathering gathering, List<Verdict> paid, Object outcome, Basis basis) {
    Verdict first = gathering.members().getFirst();
    return new Verdict(
        first.getRun(),
        first.getPrompt(),
        model,
        VERSION,
        first.getTask(),
        first.getTaskType(),
        first.getSkill(),
        first.getSource(),
        outcome,
        ScorerVersion.SCORER_VERSION,
        sum(paid, Verdict::getTokensAsked),
        sum(paid, Verdict::getTokensComputed),
        sum(paid, Verdict::getTokensGenerated),
        sum(paid, Verdict::getComputeMicros),
        first.getPromptedAt(),
        first.getPromptedAt(),
        first.getAsked(),
        first.getPerturbation(),
        cost(paid),
        basis);
  }

  /** What they cost together; unknown when one's cost is. */
  private static @Nullable Long cost(List<Verdict> verdicts) {
    long sum = 0;
    for (Verdict verdict : verdicts) {
      if (verdict.getCostMicros() == null) {
        return null;
      }
      sum += verdict.getCostMicros();
    }
    return sum;
  }

  private static long sum(List<Verdict> verdicts, ToLongFunction<Verdict> count) {
    return verdicts.stream().mapToLong(count).sum();
  }
}
