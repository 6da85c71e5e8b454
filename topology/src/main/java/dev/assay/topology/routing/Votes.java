package dev.assay.topology.routing;

import dev.assay.records.ChoiceVerdict;
import dev.assay.schemas.RouteRule;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** What one model's verdict says to those who merge or weigh it. */
public final class Votes {
  /** All models' votes merged, each by its probabilities, unweighted. */
  public static final String ENSEMBLE = "@ensemble";

  /** The same, weighted by how often each model was right before. */
  public static final String WEIGHTED = "@ensemble-weighted";

  /** Right where any model was: what no router can beat. */
  public static final String ORACLE = "@oracle";

  /** The verdict of the model that the route in force names. */
  public static final String ROUTER = RouteRule.ROUTER;

  private static final String VIRTUAL = "@";

  private Votes() {}

  /** Whether no worker serves the model: its verdicts are made of others'. */
  public static boolean isVirtual(String model) {
    return model.startsWith(VIRTUAL);
  }

  /**
   * By how much the first option leads the second, in [0, 1]: of the probability, or of the orders' votes where there are no probabilities. A
   * single vote leads by 1, none by 0.
   */
  public static double margin(ChoiceVerdict verdict) {
    List<Double> shares = verdict.getProbabilities();
    if (shares.isEmpty()) {
      double[] votes = new double[verdict.getOptions()];
      verdict.getVotes().stream().filter(vote -> vote.getOption() >= 0 && vote.getOption() < votes.length).forEach(vote -> votes[vote.getOption()]++);
      double all = Math.max(1, verdict.getVotes().size());
      shares = Arrays.stream(votes).map(count -> count / all).boxed().toList();
    }
    List<Double> ranked = shares.stream().sorted(Comparator.reverseOrder()).toList();
    return ranked.size() < 2 ? 1 : Math.clamp(ranked.get(0) - ranked.get(1), 0, 1);
  }
}
