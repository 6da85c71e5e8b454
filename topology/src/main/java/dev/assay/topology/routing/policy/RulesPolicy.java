package dev.assay.topology.routing.policy;

import dev.assay.records.TaskType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A table that somebody wrote: task type → model. {@link #winners} is that of the winners of the NeurIPS 2023 LLM-efficiency challenge, who
 * routed between two checkpoints of one fine-tuning run.
 *
 * @param models the model of each task type
 */
public record RulesPolicy(Map<TaskType, String> models) implements Policy {
  private static final String ANY = "*";

  /**
   * @throws IllegalArgumentException when a task type has no model
   */
  public RulesPolicy {
    models = Map.copyOf(models);
    for (TaskType type : TaskType.values()) {
      if (!models.containsKey(type)) {
        throw new IllegalArgumentException("got rules without %s; name a model for it, or for %s".formatted(type, ANY));
      }
    }
  }

  /** The winners' table: knowledge, bias, summaries, maths and reasoning to the first, truthfulness and all else to the second. */
  public static RulesPolicy winners(String first, String second) {
    Map<TaskType, String> models = new EnumMap<>(TaskType.class);
    for (TaskType type : TaskType.values()) {
      models.put(type, type == TaskType.TRUTHFULNESS || type == TaskType.OTHER ? second : first);
    }
    return new RulesPolicy(models);
  }

  /**
   * Reads {@code TYPE=MODEL,TYPE=MODEL,…}; {@code *=MODEL} is for all that are not named.
   *
   * @throws IllegalArgumentException when it says something else
   */
  public static RulesPolicy parse(String rules) {
    Map<TaskType, String> models = new EnumMap<>(TaskType.class);
    String otherwise = "";
    for (String rule : rules.split(",", -1)) {
      String[] sides = rule.split("=", 2);
      if (sides.length != 2 || sides[1].isBlank()) {
        throw new IllegalArgumentException("got the rule '%s'; expected TYPE=MODEL, such as TRUTHFULNESS=minilm or *=minilm".formatted(rule));
      }
      if (sides[0].equals(ANY)) {
        otherwise = sides[1];
      } else {
        models.put(type(sides[0]), sides[1]);
      }
    }
    for (TaskType type : TaskType.values()) {
      if (!otherwise.isEmpty()) {
        models.putIfAbsent(type, otherwise);
      }
    }
    return new RulesPolicy(models);
  }

  @Override
  public String name() {
    return models.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(rule -> rule.getKey() + "=" + rule.getValue())
        .collect(Collectors.joining(",", "rules:", ""));
  }

  @Override
  public Choice choose(Query query, Known known) {
    String model = models.getOrDefault(query.taskType(), "");
    return Choice.of(model, "the rule for " + query.taskType(), List.of());
  }

  private static TaskType type(String name) {
    return Arrays.stream(TaskType.values())
        .filter(type -> type.name().equals(name.toUpperCase(Locale.ROOT)))
        .findAny()
        .orElseThrow(
            () -> new IllegalArgumentException("got the task type '%s'; expected one of %s or %s".formatted(name, List.of(TaskType.values()), ANY)));
  }
}
