package dev.assay.gateway.evaluation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.RecordJson;
import dev.assay.records.MetricRow;
import dev.assay.records.Run;
import dev.assay.records.Scope;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run's questions are: prompts = verdicts + dead letters + pending, a prompt counted once for each model it is put to. A prompt that
 * the tables have not met yet is pending, too.
 *
 * @param prompts how many answers are expected, or more where more were counted
 * @param models each model's part; virtual ones that the run does not ask, since their verdicts are made of the others', are left out
 */
record RunProgress(long prompts, Map<String, Part> models) {

  private static final String PROMPTS = "flow/prompts";
  private static final String VERDICTS = "flow/verdicts";
  private static final String DEAD_LETTERS = "flow/dead-letters";
  private static final String VIRTUAL = "@";

  RunProgress {
    models = new TreeMap<>(models);
  }

  /** A model's counters. */
  record Part(long prompts, long verdicts, long deadLetters) {

    private static final Part NOTHING = new Part(0, 0, 0);

    private Part with(MetricRow row) {
      return switch (row.getMetric()) {
        case PROMPTS -> new Part(prompts + row.getN(), verdicts, deadLetters);
        case VERDICTS -> new Part(prompts, verdicts + row.getN(), deadLetters);
        case DEAD_LETTERS -> new Part(prompts, verdicts, deadLetters + row.getN());
        default -> this;
      };
    }

    long settled() {
      return verdicts + deadLetters;
    }
  }

  /** The progress of a run, by the rows of its tables. */
  static RunProgress of(Run run, List<MetricRow> rows) {
    Map<String, Part> parts = new TreeMap<>();
    run.getModels().forEach(model -> parts.put(model, Part.NOTHING));
    for (MetricRow row : rows) {
      if (row.getScope() == Scope.RUN && (!row.getModel().startsWith(VIRTUAL) || run.getModels().contains(row.getModel())) && row.getMetric().startsWith("flow/")) {
        parts.put(row.getModel(), parts.getOrDefault(row.getModel(), Part.NOTHING).with(row));
      }
    }
    long share = run.getModels().isEmpty() ? 0 : run.getExpected() / run.getModels().size();
    run.getModels().forEach(model -> parts.computeIfPresent(model, (_, part) -> new Part(Math.max(share, part.prompts), part.verdicts, part.deadLetters)));
    long prompts = parts.values().stream().mapToLong(Part::prompts).sum();
    return new RunProgress(Math.max(run.getExpected(), prompts), parts);
  }

  long verdicts() {
    return models.values().stream().mapToLong(Part::verdicts).sum();
  }

  long deadLetters() {
    return models.values().stream().mapToLong(Part::deadLetters).sum();
  }

  /** Whether every question is judged or given up. */
  boolean isDone() {
    return verdicts() + deadLetters() >= prompts;
  }

  /** A run with its progress. */
  static ObjectNode describe(Run run, List<MetricRow> rows) {
    RunProgress progress = of(run, rows);
    ObjectNode body = RecordJson.of(run);
    ObjectNode all = body.putObject("progress");
    put(all, progress.prompts, progress.verdicts(), progress.deadLetters());
    ArrayNode models = all.putArray("models");
    progress.models.forEach(
        (model, part) -> {
          ObjectNode one = Json.object().put("model", model);
          put(one, part.prompts, part.verdicts, part.deadLetters);
          models.add(one);
        });
    return body;
  }

  private static void put(ObjectNode node, long prompts, long verdicts, long deadLetters) {
    node.put("prompts", prompts);
    node.put("verdicts", verdicts);
    node.put("deadLetters", deadLetters);
    node.put("pending", prompts - verdicts - deadLetters);
  }
}
