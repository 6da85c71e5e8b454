package dev.assay.topology.routing;

import dev.assay.topology.routing.policy.CascadePolicy;
import dev.assay.topology.routing.policy.LearnedCostPolicy;
import dev.assay.topology.routing.policy.Meaning;
import dev.assay.topology.routing.policy.NearestPolicy;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.RulesPolicy;
import dev.assay.topology.routing.policy.TaskTypePolicy;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How a routing stage decides.
 *
 * @param policy makes the routes of the task types out of the metrics, or decides question by question
 * @param perQuestion whether it decides question by question, by what the models that were asked already said, instead of by routes
 * @param patience how long merged verdicts wait for the rest of the models after the last answer
 * @param anew whether decisions that the log holds are made anew instead of taken; verdicts then say so
 */
public record RouterSettings(Policy policy, boolean perQuestion, Duration patience, boolean anew) {
  /** Long enough for models that are about as fast as each other. */
  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(5);

  /** Routes by task type, recorded decisions taken. */
  public static final RouterSettings DEFAULT = new RouterSettings(new TaskTypePolicy(), false, DEFAULT_PATIENCE, false);

  /** Whether the policy looks at the text of questions. */
  boolean looksAtText() {
    return !policy.meaning().equals(Meaning.NONE);
  }

  /**
   * @throws IllegalArgumentException if the patience is below 0
   */
  public RouterSettings {
    if (patience.isNegative()) {
      throw new IllegalArgumentException("got a patience of %s; expected 0 or more".formatted(patience));
    }
  }

  /**
   * Reads a policy that looks at no text: all of {@link #parse(String, Duration, boolean, Supplier)} but {@code nearest}.
   *
   * @throws IllegalArgumentException when it says something else
   */
  public static RouterSettings parse(String policy, Duration patience, boolean anew) {
    return parse(
        policy,
        patience,
        anew,
        () -> {
          throw new IllegalArgumentException("got the policy '%s', which needs an embedder; expected one that looks at no text".formatted(policy));
        });
  }

  /**
   * Reads a policy: {@code task-type}, {@code rules:TYPE=MODEL,…,*=MODEL}, {@code cascade:CHEAP>STRONG>MARGIN}, {@code nearest} or {@code
   * nearest:NEIGHBOURS}, {@code cost:SHARE} or {@code cost:WEAK>STRONG>SHARE}.
   *
   * @param meaning the embedder, asked for only by a policy that looks at texts
   * @throws IllegalArgumentException when it says something else
   */
  public static RouterSettings parse(String policy, Duration patience, boolean anew, Supplier<Meaning> meaning) {
    int colon = policy.indexOf(':');
    String kind = colon < 0 ? policy : policy.substring(0, colon);
    String rest = colon < 0 ? "" : policy.substring(colon + 1);
    return switch (kind) {
      case "task-type" -> new RouterSettings(new TaskTypePolicy(), false, patience, anew);
      case "rules" -> new RouterSettings(RulesPolicy.parse(rest), true, patience, anew);
      case "cascade" -> new RouterSettings(cascade(rest), true, patience, anew);
      case "nearest" -> new RouterSettings(new NearestPolicy(meaning.get(), neighbours(policy, rest)), true, patience, anew);
      case "cost" -> new RouterSettings(cost(rest), true, patience, anew);
      default ->
          throw new IllegalArgumentException(
              "got the policy '%s'; expected task-type, rules:TYPE=MODEL,…,*=MODEL, cascade:CHEAP>STRONG>MARGIN, nearest[:NEIGHBOURS], cost:SHARE or cost:WEAK>STRONG>SHARE"
                  .formatted(policy));
    };
  }

  private static int neighbours(String policy, String rest) {
    if (!policy.contains(":")) {
      return NearestPolicy.DEFAULT_NEIGHBOURS;
    }
    try {
      return Integer.parseInt(rest);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("got '%s' neighbours; expected a number, such as nearest:50".formatted(rest), e);
    }
  }

  private static LearnedCostPolicy cost(String rest) {
    String[] parts = rest.split(">", -1);
    boolean named = parts.length == 3 && !parts[0].isBlank() && !parts[1].isBlank();
    if (!named && parts.length != 1) {
      throw new IllegalArgumentException("got the cost '%s'; expected SHARE, such as 0.5, or WEAK>STRONG>SHARE, such as minilm>smollm2-135m-instruct>0.5".formatted(rest));
    }
    try {
      double share = Double.parseDouble(parts[parts.length - 1]);
      return new LearnedCostPolicy(named ? Optional.of(new LearnedCostPolicy.Pair(parts[0], parts[1])) : Optional.empty(), share);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("got the share '%s' of strong calls; expected a number in [0, 1]".formatted(parts[parts.length - 1]), e);
    }
  }

  private static CascadePolicy cascade(String rest) {
    String[] parts = rest.split(">", -1);
    if (parts.length == 3 && !parts[0].isBlank() && !parts[1].isBlank()) {
      try {
        return new CascadePolicy(parts[0], parts[1], Double.parseDouble(parts[2]));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("got the margin '%s'; expected a number in [0, 1]".formatted(parts[2]), e);
      }
    }
    throw new IllegalArgumentException("got the cascade '%s'; expected CHEAP>STRONG>MARGIN, such as minilm>smollm2-135m-instruct>0.2".formatted(rest));
  }
}
