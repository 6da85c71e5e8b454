package dev.assay.topology.routing;

import dev.assay.topology.routing.policy.CascadePolicy;
import dev.assay.topology.routing.policy.Policy;
import dev.assay.topology.routing.policy.RulesPolicy;
import dev.assay.topology.routing.policy.TaskTypePolicy;
import java.time.Duration;

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

  /**
   * @throws IllegalArgumentException if the patience is below 0
   */
  public RouterSettings {
    if (patience.isNegative()) {
      throw new IllegalArgumentException("got a patience of %s; expected 0 or more".formatted(patience));
    }
  }

  /**
   * Reads a policy: {@code task-type}, {@code rules:TYPE=MODEL,…,*=MODEL}, or {@code cascade:CHEAP>STRONG>MARGIN}.
   *
   * @throws IllegalArgumentException when it says something else
   */
  public static RouterSettings parse(String policy, Duration patience, boolean anew) {
    int colon = policy.indexOf(':');
    String kind = colon < 0 ? policy : policy.substring(0, colon);
    String rest = colon < 0 ? "" : policy.substring(colon + 1);
    return switch (kind) {
      case "task-type" -> new RouterSettings(new TaskTypePolicy(), false, patience, anew);
      case "rules" -> new RouterSettings(RulesPolicy.parse(rest), true, patience, anew);
      case "cascade" -> new RouterSettings(cascade(rest), true, patience, anew);
      default ->
          throw new IllegalArgumentException(
              "got the policy '%s'; expected task-type, rules:TYPE=MODEL,…,*=MODEL or cascade:CHEAP>STRONG>MARGIN".formatted(policy));
    };
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
