package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Prompt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No BIG-bench task file is at hand, so the expected texts are written down from HELM's big_bench_scenario.py and adapter. */
class BigBenchTest {
  @TempDir private Path folder;

  private PromptBatch prompts(String task, int shots) throws IOException {
    Path file = folder.resolve("bigbench/t/sub/task.json");
    Files.createDirectories(file.getParent());
    Files.writeString(file, task);
    EvaluationPlan plan =
        new EvaluationPlan("r", List.of(), shots, OrderRule.ONE, OptionalInt.empty(), 0, PromptFormat.HELM, OptionalInt.empty());
    return Benchmarks.open(Optional.of(folder)).prompts(TaskSelector.parse("bigbench"), plan);
  }

  private static String examples(int count, String rest) {
    return IntStream.range(0, count).mapToObj(i -> "{\"input\":\"i" + i + "\"," + rest + "}").collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void choicesHaveHelmsWordingAndSplit() throws IOException {
    String task =
        "{\"metrics\":[\"multiple_choice_grade\"],\"task_prefix\":\"Do it.\",\"examples\":"
            + examples(100, "\"target_scores\":{\"yes\":0,\"no\":1,\"maybe\":1}")
            + "}";
    PromptBatch batch = prompts(task, 1);
    // 100 examples: 20 test, 20 valid, 60 to draw worked examples from.
    assertThat(batch.counts()).containsExactly(new TaskCount("bigbench/t/sub", 40, 1, PromptFormat.HELM));
    Prompt first = batch.prompts().getFirst();
    assertThat(first.getPrefix()).matches("Do it\\.\nQuestion: i\\d+\nA\\. yes\nB\\. no\nC\\. maybe\nAnswer: B\n\n");
    Choice choice = (Choice) first.getAsk();
    assertThat(choice.getGold()).containsExactly(1, 2);
    assertThat(Rendered.text(first)).endsWith("Question: " + choice.getQuestion() + "\nA. yes\nB. no\nC. maybe\nAnswer:");
  }

  @Test
  void textsTakePrefixesAndStopFromTheTask() throws IOException {
    String task =
        "{\"metrics\":[\"exact_str_match\"],\"example_input_prefix\":\"In: \",\"example_output_prefix\":\"\\nOut: \","
            + "\"stop_string\":\";\",\"examples\":"
            + examples(33, "\"target\":[\"a\",\"b\"]")
            + "}";
    PromptBatch batch = prompts(task, 2);
    // 33 examples: 16 test and 16 valid at least, so one is left to draw from.
    assertThat(batch.counts()).containsExactly(new TaskCount("bigbench/t/sub", 32, 1, PromptFormat.HELM));
    Generation generation = (Generation) batch.prompts().getFirst().getAsk();
    assertThat(batch.prompts().getFirst().getPrefix()).matches("In: i\\d+\n\nOut: a\n\n");
    assertThat(generation.getInput()).matches("In: i\\d+\n\nOut:");
    assertThat(generation.getReferences()).containsExactly("a", "b");
    assertThat(generation.getStop()).containsExactly(";");
    assertThat(generation.getMaxTokens()).isEqualTo(64);
    assertThat(generation.getMetrics()).containsExactly("exact_match", "quasi_exact_match");
  }
}
