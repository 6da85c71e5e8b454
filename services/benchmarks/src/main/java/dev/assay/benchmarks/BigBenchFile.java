package dev.assay.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A BIG-bench JSON task: {@code target_scores} makes a choice whose highest score is right, {@code target} a free text. HELM's rule
 * (big_bench_scenario.py) reads both.
 */
record BigBenchFile(List<Question> questions, BigBenchWording wording) {
  private static final String CHOICE_METRIC = "multiple_choice_grade";

  /** The task; example n has the id {@code idPrefix + n}. The sources' line is the document's first. */
  static BigBenchFile read(Path file, String idPrefix) {
    Json document = Json.document(file);
    List<String> metrics = document.texts("metrics");
    boolean choice = metrics.contains(CHOICE_METRIC);
    List<Question> questions = new ArrayList<>();
    for (Json example : document.children("examples")) {
      String id = idPrefix + questions.size();
      questions.add(choice ? choice(example, id) : text(example, id));
    }
    BigBenchWording wording =
        new BigBenchWording(
            document.text("task_prefix", ""),
            document.text("example_input_prefix", "Question: "),
            document.text("example_output_prefix", "Answer: "),
            document.textIfThere("stop_string"),
            metrics);
    return new BigBenchFile(questions, wording);
  }

  private static Question choice(Json example, String id) {
    Map<String, JsonNode> scores = scores(example);
    List<String> options = List.copyOf(scores.keySet());
    if (options.size() < 2 || options.size() > ChoiceQuestion.MOST_OPTIONS) {
      throw example.refused(options.size() + " target_scores", "2 to " + ChoiceQuestion.MOST_OPTIONS);
    }
    List<String> best = best(scores);
    List<Integer> gold = IntStream.range(0, options.size()).filter(i -> best.contains(options.get(i))).boxed().toList();
    return new ChoiceQuestion(id, source(example), "", input(example), options, gold);
  }

  private static Question text(Json example, String id) {
    List<String> targets = example.has("target") ? example.texts("target") : best(scores(example));
    if (targets.isEmpty() || targets.stream().anyMatch(String::isBlank)) {
      throw example.refused("a blank target", "a target or a list of targets");
    }
    return new TextQuestion(id, source(example), input(example), targets);
  }

  private static Map<String, JsonNode> scores(Json example) {
    Map<String, JsonNode> scores = new LinkedHashMap<>();
    example.child("target_scores").node().properties().forEach(e -> scores.put(e.getKey(), e.getValue()));
    if (scores.isEmpty() || !scores.values().stream().allMatch(JsonNode::isNumber)) {
      throw example.refused("target_scores without a number for each option", "a number for each option");
    }
    return scores;
  }

  private static List<String> best(Map<String, JsonNode> scores) {
    double highest = scores.values().stream().mapToDouble(JsonNode::doubleValue).max().orElseThrow();
    return scores.entrySet().stream().filter(e -> e.getValue().doubleValue() == highest).map(Map.Entry::getKey).toList();
  }

  private static String input(Json example) {
    String input = example.text("input");
    if (input.isBlank()) {
      throw example.refused("a blank input", "a text");
    }
    return input;
  }

  private static Source source(Json example) {
    return new Source(example.file().getFileName().toString(), example.line());
  }
}
