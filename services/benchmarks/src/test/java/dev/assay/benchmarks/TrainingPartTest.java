package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingPartTest {
  @TempDir private Path folder;

  /** A worked example is a training question with its answer, so that the format has one wording for both. */
  @Test
  void training_isWordedAsTheWorkedExamplesOfWhatIsAsked() throws IOException {
    mmlu();
    gsm8k();
    write("cnndm/train.jsonl", "{\"id\":\"a\",\"article\":\"%s\",\"highlights\":\"It was said.\"}\n".formatted("word ".repeat(60)));
    write("cnndm/test.jsonl", "{\"id\":\"b\",\"article\":\"Another one.\",\"highlights\":\"Other.\"}\n");
    write("bigbench/t/task.json", bigBench(33));
    for (String task : List.of("mmlu", "gsm8k", "cnndm", "bigbench")) {
      List<String> worked = training(task).prompts().stream().map(TrainingPartTest::text).toList();
      List<Prompt> asked = open().prompts(TaskSelector.parse(task), plan(1)).prompts();
      assertThat(asked)
          .as(task)
          .isNotEmpty()
          .allSatisfy(prompt -> assertThat(worked.stream().map(text -> text + "\n\n")).contains(prompt.getPrefix()));
      assertThat(training(task).asked()).isEqualTo(TaskSelector.parse(task));
    }
    assertThat(training("gsm8k").prompts().getFirst().answer()).isEqualTo(" One and one are two. The answer is 2.");
    assertThat(text(training("mmlu/sums").prompts().getFirst()))
        .isEqualTo("The following are multiple choice questions (with answers) about sums.\n\nQuestion: 1 + 1?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: B");
  }

  @Test
  void training_andWhatIsAsked_haveNothingInCommon() throws IOException {
    write("bigbench/t/task.json", bigBench(100));
    List<String> learned = training("bigbench").prompts().stream().map(one -> Rendered.text(one.prompt())).toList();
    List<String> asked = open().prompts(TaskSelector.parse("bigbench"), plan(0)).prompts().stream().map(Rendered::text).toList();
    assertThat(learned).hasSize(60).doesNotContainAnyElementsOf(asked);
    assertThat(asked).hasSize(40);
  }

  @Test
  void training_onQuestionsOfNoSubject_guardsAllSubjects() throws IOException {
    mmlu();
    write("mmlu/auxiliary_train/arc_easy.csv", "2 + 2?,1,2,3,4,D\n");
    TrainingBatch batch = training("mmlu/auxiliary_train");
    assertThat(batch.asked().names()).containsExactly("mmlu");
    assertThat(batch.prompts()).singleElement().satisfies(
        one ->
            assertThat(text(one))
                .isEqualTo("The following are multiple choice questions (with answers).\n\nQuestion: 2 + 2?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: D"));
    assertThat(training("mmlu,mmlu/auxiliary_train").prompts()).hasSize(2);
  }

  @Test
  void training_ofTheStarterBenchmark_isThatOfItsParts() {
    List<TrainingPrompt> prompts = Benchmarks.open(Optional.empty()).training(TaskSelector.parse("starter")).prompts();
    assertThat(prompts).extracting(one -> one.prompt().getTask()).contains("starter/mmlu/astronomy", "starter/gsm8k", "starter/cnndm");
    assertThat(prompts).extracting(one -> one.prompt().getTask()).noneMatch(task -> task.startsWith("starter/truthfulqa") || task.startsWith("starter/bbq"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "starter/truthfulqa|its authors publish questions that are asked alone",
        "starter/bbq|its authors publish none",
        "gsm8k|no training part: there is no",
        "bigbench|none is set apart",
        "gsm9k|did you mean"
      })
  void training_ofWhatHasNone_isRefused(String task, String reason) throws IOException {
    write("gsm8k/test.jsonl", "{\"question\":\"?\",\"answer\":\"#### 1\"}\n");
    write("bigbench/t/task.json", bigBench(20));
    assertThatThrownBy(() -> training("starter/gsm8k," + task)).hasMessageContaining(reason);
  }

  private static String text(TrainingPrompt one) {
    return Rendered.text(one.prompt()) + one.answer();
  }

  private TrainingBatch training(String tasks) {
    return open().training(TaskSelector.parse(tasks));
  }

  private Benchmarks open() {
    return Benchmarks.open(Optional.of(folder));
  }

  private static EvaluationPlan plan(int shots) {
    return new EvaluationPlan("r", List.of(), shots, OrderRule.ONE, OptionalInt.empty(), 0, PromptFormat.HELM, OptionalInt.empty());
  }

  private void mmlu() throws IOException {
    write("mmlu/dev/sums_dev.csv", "1 + 1?,1,2,3,4,B\n");
    write("mmlu/test/sums_test.csv", "1 + 2?,1,2,3,4,C\n");
  }

  private void gsm8k() throws IOException {
    write("gsm8k/train.jsonl", "{\"question\":\"One and one?\",\"answer\":\"One and one are two.\\n#### 2\"}\n");
    write("gsm8k/test.jsonl", "{\"question\":\"One and two?\",\"answer\":\"Three.\\n#### 3\"}\n");
  }

  private static String bigBench(int examples) {
    return IntStream.range(0, examples)
        .mapToObj(i -> "{\"input\":\"i%d\",\"target\":\"t%d\"}".formatted(i, i))
        .collect(Collectors.joining(",", "{\"metrics\":[\"exact_str_match\"],\"examples\":[", "]}"));
  }

  private void write(String file, String content) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }
}
