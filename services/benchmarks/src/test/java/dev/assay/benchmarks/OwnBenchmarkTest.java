package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.assay.records.Choice;
import dev.assay.records.Generation;
import dev.assay.records.OrderRule;
import dev.assay.records.Presentation;
import dev.assay.records.Prompt;
import dev.assay.records.TaskType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A user's own benchmark, as docs/own-benchmark.md describes it; the examples beside that page are asked here. */
class OwnBenchmarkTest {
  private static final Path EXAMPLES = Path.of(System.getProperty("assay.project.root", "../..")).resolve("docs/examples/own");

  @TempDir private Path folder;

  private static PromptBatch prompts(String selector, int shots) {
    EvaluationPlan plan =
        new EvaluationPlan("r", List.of(), shots, OrderRule.CYCLIC, OptionalInt.empty(), 0, PromptFormat.HELM, OptionalInt.empty());
    return Benchmarks.open(Optional.empty()).prompts(TaskSelector.parse(selector), plan);
  }

  private BenchmarkFileException refusal(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    BenchmarkFileException refused = catchThrowableOfType(BenchmarkFileException.class, () -> prompts(file.toString(), 0));
    assertThat(refused).as(text).isNotNull();
    assertThat(refused.file()).endsWith(name);
    return refused;
  }

  @Test
  void multipleChoice_listsItsOptionsAfterItsExamples() {
    PromptBatch batch = prompts(EXAMPLES.resolve("rivers.yaml").toString(), 3);
    assertThat(batch.counts()).containsExactly(new TaskCount("own/rivers", 3, 1, PromptFormat.HELM));
    Prompt prompt = batch.prompts().getFirst();
    assertThat(prompt.getId()).isEqualTo("own/rivers/longest-in-africa");
    assertThat(prompt.getTaskType()).isEqualTo(TaskType.KNOWLEDGE);
    assertThat(prompt.getSource()).isEqualTo("rivers.yaml:11");
    assertThat(Rendered.text(prompt))
        .isEqualTo(
            """
            Questions about rivers, each with one right answer.

            Question: Into which sea does the Danube flow?
            A. The Black Sea
            B. The North Sea
            C. The Baltic Sea
            Answer: A

            Question: Which river of Africa is the longest?
            A. The Congo
            B. The Nile
            C. The Niger
            Answer:""");
    assertThat(((Choice) prompt.getAsk()).getGold()).containsExactly(1);
  }

  @Test
  void generation_isScoredByItsOwnMetrics() {
    List<Prompt> prompts = prompts(EXAMPLES.resolve("sums.jsonl").toString(), 1).prompts();
    Generation apples = (Generation) prompts.getFirst().getAsk();
    assertThat(prompts).hasSize(2).allSatisfy(prompt -> assertThat(prompt.getTaskType()).isEqualTo(TaskType.MATHS));
    assertThat(prompts.getFirst().getPrefix()).isEqualTo("Question: What is three plus four?\nAnswer: 7\n\n");
    assertThat(apples.getInput()).isEqualTo("Question: Ina has five apples and eats two. How many are left?\nAnswer:");
    assertThat(apples.getReferences()).containsExactly("3", "three");
    assertThat(apples.getMetrics()).containsExactly("exact_match", "final_number_exact_match");
    assertThat(apples.getMaxTokens()).isEqualTo(8);
    assertThat(apples.getStop()).containsExactly("\n");
  }

  @Test
  void loglikelihood_scoresTheOptionsThemselves() {
    Prompt prompt = prompts(EXAMPLES.resolve("endings.yaml").toString(), 0).prompts().getFirst();
    Choice choice = (Choice) prompt.getAsk();
    assertThat(prompt.getId()).isEqualTo("own/endings/0");
    assertThat(choice.getPresentation()).isEqualTo(Presentation.SEPARATE);
    assertThat(choice.getQuestionFormat().replace("{question}", choice.getQuestion()) + choice.getCue()).isEqualTo("The kettle boiled, so she");
    assertThat(choice.getContinuationFormat()).isEqualTo(" {option}");
  }

  @Test
  void linesWithoutAHeader_tellTheirTypeByTheirOptions() throws IOException {
    Path choices = Files.writeString(folder.resolve("a.jsonl"), "{\"question\":\"q\",\"options\":[\"x\",\"y\"],\"answer\":[\"y\"]}\n");
    Path texts = Files.writeString(folder.resolve("b.jsonl"), "{\"question\":\"q\",\"answer\":\"x\"}\n");
    List<Prompt> prompts = prompts(choices + "," + texts, 0).prompts();
    assertThat(prompts.getFirst().getAsk()).isInstanceOf(Choice.class);
    assertThat(prompts.getLast().getAsk()).isInstanceOf(Generation.class);
  }

  @Test
  void filesUnderOwn_areTasksOfTheDataFolder() throws IOException {
    Files.createDirectories(folder.resolve("own"));
    Files.copy(EXAMPLES.resolve("rivers.yaml"), folder.resolve("own/rivers.yaml"));
    Benchmarks benchmarks = Benchmarks.open(Optional.of(folder));
    assertThat(benchmarks.list()).anySatisfy(task -> assertThat(task.task()).isEqualTo("own/rivers"));
    assertThat(benchmarks.missing()).doesNotContain("own");
    assertThat(benchmarks.prompts(TaskSelector.parse("own"), EvaluationPlan.of("r", List.of())).prompts()).hasSize(3);
    Files.copy(EXAMPLES.resolve("endings.yaml"), folder.resolve("own/rivers.yml"));
    BenchmarkFileException refused =
        catchThrowableOfType(
            BenchmarkFileException.class, () -> benchmarks().prompts(TaskSelector.parse("own"), EvaluationPlan.of("r", List.of())));
    assertThat(refused).hasMessageContaining("a second file of the task own/rivers");
  }

  private Benchmarks benchmarks() {
    return Benchmarks.open(Optional.of(folder));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type: multiple_choice~questions:~- question: q~  options: [a, b]~  answer: c | 3 | answer "c"
          type: multiple_choice~questions:~- question: q~  options: [a, b]~- question: q~  options: [a, a]~  answer: a | 3 | field "answer" missing
          type: multiple_choice~questions:~- {question: q, options: [a, a], answer: a} | 3 | field "options" [a, a]
          type: multiple_choice~questions:~- {question: q, options: [1, 2], answer: a} | 3 | field "options" [1,2]
          type: multiple_choice~questions:~- {question: q, optoins: [a, b], answer: a} | 3 | the unknown field "optoins"
          type: multiple_choice~questions:~- {question: q, options: [a, b], answer: a, id: x}~- {question: r, options: [a, b], answer: a, id: x} | 4 | id x
          type: multiple_choice~questions:~- {question: " ", options: [a, b], answer: a} | 3 | field "question" blank
          type: quiz~questions: [] | 1 | field "type" quiz
          questions: [] | 1 | field "type" missing
          type: multiple_choice~metrics: [exact_match]~questions: [] | 1 | field "metrics" with type multiple_choice
          type: generation~questions:~- {question: q, options: [a, b], answer: a} | 3 | field "options" with type generation
          type: generation~type: generation~questions: [] | 2 | the key type twice
          type: generation~questions: [q] | 2 | questions[0] that is no mapping
          type: generation~questions: []~ | 0 | no question
          type: generation~  questions: [ | 2 | no YAML
          - q | 1 | no mapping
          a: &x {b: c}~d: *x | 0 | no YAML
          """)
  void yamlThatIsNoBenchmark(String text, int line, String got) throws IOException {
    BenchmarkFileException refused = refusal("bad.yaml", text.replace('~', '\n'));
    assertThat(refused.got()).contains(got);
    assertThat(refused.line()).as(refused.getMessage()).isEqualTo(line);
  }

  @Test
  void linesThatAreNoQuestions() throws IOException {
    assertThat(refusal("bad.jsonl", "{\"type\":\"generation\"}\n{\"question\":\"q\"}\n").getMessage()).contains("bad.jsonl:2", "\"answer\" missing");
    assertThat(refusal("bad.jsonl", "{\"question\":\"q\",\"answer\":\"a\",\"example\":1}\n").getMessage()).contains("bad.jsonl:1", "true or false");
    assertThat(refusal("b d.jsonl", "{}").getMessage()).contains("the name \"b d\"");
  }
}
