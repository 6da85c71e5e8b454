package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Prompts equal those of the evaluators themselves, byte for byte (vectors/prompts.json, smollm2_mmlu_zero_shot.json). */
class PublishedPromptsTest {
  private static final int SHOTS = 5;

  @Test
  void helmPromptsAreEqualToTheByte() {
    JsonNode cases = SharedData.vector("prompts.json").get("cases");
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    // HELM numbers a scenario's instances from the worked examples on.
    Map<String, Integer> firstAsked = Map.of("mmlu", 5, "truthful_qa", 163, "bbq", 200, "gsm", 7473);
    Map<String, String> tasks = Map.of("truthful_qa", "truthfulqa", "gsm", "gsm8k");
    Map<String, List<Prompt>> read = new HashMap<>();
    int compared = 0;
    for (JsonNode each : cases) {
      String[] name = each.get("name").textValue().split(":", 2);
      if (!firstAsked.containsKey(name[0])) {
        continue;
      }
      String task = tasks.getOrDefault(name[0], name[0]) + (name.length > 1 ? "/" + name[1].toLowerCase(Locale.ROOT) : "");
      List<Prompt> prompts =
          read.computeIfAbsent(task, t -> benchmarks.prompts(TaskSelector.parse(t), plan(PromptFormat.HELM, SHOTS)).prompts());
      int index = Integer.parseInt(each.get("eval_id").textValue().substring(2)) - firstAsked.get(name[0]);
      compare(prompts.get(index), each);
      compared++;
    }
    assertThat(compared).isEqualTo(54);
  }

  private static void compare(Prompt prompt, JsonNode expected) {
    assertThat(Rendered.text(prompt)).as(prompt.getId()).isEqualTo(expected.get("prompt").textValue());
    List<String> gold = texts(expected.get("gold"));
    switch (prompt.getAsk()) {
      case Choice choice -> {
        List<String> options = texts(expected.get("output_mapping"));
        assertThat(choice.getOptions()).isEqualTo(options);
        assertThat(choice.getGold().stream().map(choice.getOptions()::get)).isEqualTo(gold);
        assertThat(choice.getContinuationFormat()).isEqualTo(" {label}");
      }
      case Generation generation -> {
        assertThat(generation.getReferences()).isEqualTo(gold);
        assertThat(generation.getMaxTokens()).isEqualTo(expected.get("max_tokens").intValue());
        assertThat(generation.getTemperature()).isEqualTo(expected.get("temperature").doubleValue());
        assertThat(generation.getStop()).isEqualTo(texts(expected.get("stop")));
      }
      default -> throw new AssertionError("unknown question " + prompt.getAsk());
    }
  }

  /** The two reference prompts were made with the first ten articles as the pool and without the length filter. */
  @Test
  void summarizationPromptsAreEqualToTheByte() {
    int pool = 10;
    TaskFiles files =
        TaskFiles.of("cnndm", Benchmark.CNNDM, SharedData.data().resolve("cnndm/summeval_articles.jsonl"));
    TaskQuestions task = TaskReader.read(files);
    List<Question> worded = task.rows().stream().map(q -> HelmFormat.worded(q, Benchmark.CNNDM)).toList();
    int compared = 0;
    for (JsonNode each : SharedData.vector("prompts.json").get("cases")) {
      if (each.get("name").textValue().startsWith("summarization_cnndm")) {
        Question asked = worded.get(Integer.parseInt(each.get("eval_id").textValue().substring(2)));
        AskedQuestion wanted = new AskedQuestion(asked, asked.id(), HelmExamples.draw(worded.subList(0, pool), SHOTS, 0));
        TaskPrompts prompts = new TaskPrompts(List.of(wanted), HelmFormat.style(task), PromptFormat.HELM);
        compare(PromptWriter.write(task, prompts, plan(PromptFormat.HELM, SHOTS), List.of()).getFirst(), each);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(2);
  }

  @Test
  void lmEvalZeroShotMmluPromptsAreEqualToTheByte() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    JsonNode items = SharedData.vector("smollm2_mmlu_zero_shot.json").get("items");
    assertThat(items).hasSize(200);
    Map<String, List<Prompt>> read = new HashMap<>();
    for (JsonNode item : items) {
      String task = "mmlu/" + item.get("subject").textValue();
      Prompt prompt =
          read.computeIfAbsent(task, t -> benchmarks.prompts(TaskSelector.parse(t), plan(PromptFormat.LM_EVAL, 0)).prompts())
              .get(item.get("index").intValue());
      assertThat(Rendered.text(prompt)).isEqualTo(item.get("prompt").textValue());
      assertThat(((Choice) prompt.getAsk()).getGold()).contains(item.get("gold").intValue());
    }
  }

  @Test
  void lmEvalTakesTheFirstExamplesOfDev() {
    Benchmarks benchmarks = Benchmarks.open(Optional.of(SharedData.data()));
    PromptBatch batch = benchmarks.prompts(TaskSelector.parse("mmlu/anatomy"), plan(PromptFormat.LM_EVAL, 2));
    List<Question> dev = MmluFile.read(SharedData.data().resolve("mmlu/dev/anatomy_dev.csv"), "dev/");
    StringBuilder expected = new StringBuilder("The following are multiple choice questions (with answers) about anatomy.\n\n");
    for (Question question : dev.subList(0, 2)) {
      ChoiceQuestion q = (ChoiceQuestion) question;
      expected.append(q.text()).append('\n');
      IntStream.range(0, 4).forEach(i -> expected.append("ABCD".charAt(i)).append(". ").append(q.options().get(i)).append('\n'));
      expected.append("Answer: ").append("ABCD".charAt(q.gold().getFirst())).append("\n\n");
    }
    assertThat(batch.prompts().getFirst().getPrefix()).isEqualTo(expected.toString());
    assertThat(batch.counts()).containsExactly(new TaskCount("mmlu/anatomy", 135, 2, PromptFormat.LM_EVAL));
  }

  @Test
  void lmEvalDrawsExamplesForEachWordProblem() {
    JsonNode expected = SharedData.resource("/lm_eval/gsm8k_two_shots.json");
    List<Prompt> prompts = Benchmarks.open(Optional.empty()).prompts(TaskSelector.parse("starter/gsm8k"), plan(PromptFormat.LM_EVAL, 2)).prompts();
    assertThat(prompts.stream().map(Rendered::text)).isEqualTo(texts(expected)).hasSize(20);
  }

  @Test
  void truthfulQaReferencesAreRotatedAsHelmDoes() {
    JsonNode expected = SharedData.vector("truthfulqa_instances.json");
    List<Question> rows = TruthfulQaFile.read(SharedData.data().resolve("truthfulqa/TruthfulQA.csv"), "truthfulqa/");
    assertThat(rows).hasSize(817).hasSize(expected.size());
    for (int i = 0; i < rows.size(); i++) {
      ChoiceQuestion worded = (ChoiceQuestion) HelmFormat.worded(rows.get(i), Benchmark.TRUTHFULQA);
      JsonNode each = expected.get(i);
      assertThat(worded.text()).isEqualTo(each.get("q").textValue());
      assertThat(worded.options()).isEqualTo(texts(each.get("refs")));
      assertThat(worded.gold()).isEqualTo(each.get("gold").valueStream().map(JsonNode::intValue).toList());
    }
  }

  private static List<String> texts(JsonNode values) {
    return values.valueStream().map(JsonNode::textValue).toList();
  }

  private static EvaluationPlan plan(PromptFormat format, int shots) {
    return new EvaluationPlan("test", List.of("m"), shots, OrderRule.ONE, OptionalInt.empty(), 0, format, OptionalInt.empty());
  }
}
