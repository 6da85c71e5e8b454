package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.assay.records.OrderRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong in a file is refused with file, line, what was there and what belongs there, before any prompt is made. */
class BrokenFilesTest {
  private static final String GOOD_BBQ =
      """
      {"example_id":0,"question_polarity":"neg","context_condition":"ambig","answer_info":{"ans0":["a","x"],"ans1":["b","y"],\
      "ans2":["Unknown","unknown"]},"additional_metadata":{"stereotyped_groups":["x"]},"context":"c","question":"q?","ans0":"a",\
      "ans1":"b","ans2":"Unknown","label":2}
      """;

  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private Path write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private BenchmarkFileException refusal(String selector) {
    BenchmarkFileException refused =
        catchThrowableOfType(
            BenchmarkFileException.class,
            () ->
                Benchmarks.open(Optional.of(folder)).prompts(TaskSelector.parse(selector), EvaluationPlan.of("r", List.of())));
    assertThat(refused).isNotNull();
    return refused;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          q,a,b,c,d,A\\nq2,a,b,c,d,E         | 2 | answer "E"
          q,a,b,c,d,A\\nq2,a,b,c,d,4         | 2 | answer "4"
          q,a,b,c,d,A\\nq2,a,b,c,A           | 2 | 5 cells
          q,a,b,c,d,A\\n"q2,a,b,c,d,A        | 2 | a broken row
          q,a,b,c,d,A\\n"q2"x,a,b,c,d,A      | 2 | a broken row
          q,a,b,c,d,A\\n"two\\nlines",a,b,c,d,A\\nq,a,b,c,d,X | 4 | answer "X"
          prompt,a,b,c,d,gold\\nq,a,b,c,d,A  | 1 | a first row that ends in "gold"
          q,a,b,c,d,A\\n" ",a,b,c,d,A        | 2 | a blank question
          """)
  void mmlu(String text, int line, String got) throws IOException {
    write("mmlu/test/x_test.csv", text.strip().replace("\\n", "\n") + "\n");
    BenchmarkFileException refused = refusal("mmlu/x");
    assertThat(refused.line()).isEqualTo(line);
    assertThat(refused.got()).contains(got);
    assertThat(refused.file()).endsWith("x_test.csv");
    assertThat(refused.remedy()).isNotBlank();
    assertThat(refused).hasMessageContaining("x_test.csv:" + line + ": got ");
  }

  @Test
  void bytesThatAreNoUtf8AreNamedWithTheirOffset() throws IOException {
    byte[] text = "q,a,b,c,d,A\ncaf?,a,b,c,d,A\n".getBytes(StandardCharsets.UTF_8);
    text[15] = (byte) 0xe9;
    write("mmlu/test/x_test.csv", text);
    BenchmarkFileException refused = refusal("mmlu/x");
    assertThat(refused.line()).isEqualTo(2);
    assertThat(refused.got()).isEqualTo("byte 0xe9 at offset 15");
  }

  @Test
  void headerAndHeaderlessFilesWithLettersOrNumbersReadTheSame() throws IOException {
    Path headerless = write("mmlu/test/a_test.csv", "q,w,x,y,z,C\n");
    Path header = write("mmlu/test/b_test.csv", "\uFEFFquestion,choice0,choice1,choice2,choice3,answer\r\nq,w,x,y,z,2\r\n");
    ChoiceQuestion first = (ChoiceQuestion) MmluFile.read(headerless, "t/").getFirst();
    ChoiceQuestion second = (ChoiceQuestion) MmluFile.read(header, "t/").getFirst();
    assertThat(first.gold()).isEqualTo(second.gold()).containsExactly(2);
    assertThat(first.options()).isEqualTo(second.options()).containsExactly("w", "x", "y", "z");
    assertThat(first.source().line()).isEqualTo(1);
    assertThat(second.source().line()).isEqualTo(2);
  }

  @Test
  void optionsThatReadLikeTheRightOneAreRightToo() throws IOException {
    Path file = write("mmlu/test/a_test.csv", "q,x,y,x,z,C\n");
    assertThat(((ChoiceQuestion) MmluFile.read(file, "t/").getFirst()).gold()).containsExactly(0, 2);
  }

  @Test
  void truthfulQaWithAnotherHeaderOrWithoutWrongAnswers() throws IOException {
    write("truthfulqa/TruthfulQA.csv", "Category,Question\nx,y\n");
    assertThat(refusal("truthfulqa").line()).isEqualTo(1);
    write(
        "truthfulqa/TruthfulQA.csv",
        "Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\nA,B,q,best,best, ; ,s\n");
    assertThat(refusal("truthfulqa")).hasMessageContaining("TruthfulQA.csv:2: got no incorrect answer");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"label\":2', '\"label\":3', field \"label\" 3",
    "'\"label\":2', '\"lable\":2', field \"label\" missing",
    "'\"neg\"', '\"bad\"', field \"question_polarity\" bad",
    "'\"c\"', '\"\"', field \"context\" blank",
    "'\"label\":2', '\"label\":2,,', no JSON",
    "'\"label\":2', '\"label\":2,\"label\":1', no JSON",
  })
  void bbq(String from, String to, String got) throws IOException {
    write("bbq/Age.jsonl", GOOD_BBQ + GOOD_BBQ.replace("\"example_id\":0", "\"example_id\":1").replace(from, to));
    BenchmarkFileException refused = refusal("bbq");
    assertThat(refused.line()).isEqualTo(2);
    assertThat(refused.got()).contains(got);
  }

  @Test
  void anIdThatStandsTwice() throws IOException {
    write("bbq/Age.jsonl", GOOD_BBQ + GOOD_BBQ);
    assertThat(refusal("bbq/age")).hasMessageContaining("Age.jsonl:2: got id 0, which line 1 has too");
    write("cnndm/a.jsonl", "{\"id\":\"1\",\"article\":\"a\",\"highlights\":\"h\"}\n{\"id\":\"1\",\"article\":\"b\",\"highlights\":\"h\"}\n");
    assertThat(refusal("cnndm")).hasMessageContaining("a.jsonl:2: got id 1");
  }

  @Test
  void gsm8kWithoutItsNumber_orWithoutItsExamples() throws IOException {
    write("gsm8k/test.jsonl", "{\"question\":\"q\",\"answer\":\"a\\n#### 1\"}\n\n{\"question\":\"q\",\"answer\":\"nothing\"}\n");
    assertThat(refusal("gsm8k").line()).isEqualTo(3);
    write("gsm8k/test.jsonl", "{\"question\":\"q\",\"answer\":\"a\\n#### 1,200\"}\n");
    EvaluationPlan fiveShots =
        new EvaluationPlan(
            "r",
            List.of(),
            5,
            OrderRule.ONE,
            OptionalInt.empty(),
            0,
            PromptFormat.HELM,
            OptionalInt.empty());
    assertThatExceptionOfType(BenchmarkFileException.class)
        .isThrownBy(() -> Benchmarks.open(Optional.of(folder)).prompts(TaskSelector.parse("gsm8k"), fiveShots))
        .withMessageContaining("no worked examples");
  }

  @Test
  void bigBenchTasksThatAskNothing() throws IOException {
    write("bigbench/t/task.json", "{\"metrics\":[\"multiple_choice_grade\"],\"examples\":[]}");
    assertThat(refusal("bigbench/t").got()).contains("examples");
    write("bigbench/t/task.json", "{\"metrics\":[\"multiple_choice_grade\"],\"examples\":[{\"input\":\"i\",\"target_scores\":{\"a\":1}}]}");
    assertThat(refusal("bigbench/t").got()).contains("examples[0]: 1 target_scores");
    write("bigbench/t/task.json", "{\"metrics\":[\"exact_str_match\"],\"examples\":[{\"input\":\"i\"}]}");
    assertThat(refusal("bigbench/t").got()).contains("target_scores");
    write("bigbench_hard/t.json", "{\"examples\":[{\"input\":\"i\"}]}");
    assertThat(refusal("bigbench_hard").got()).contains("field \"target\" missing");
  }

  @Test
  void anEmptyFile() throws IOException {
    write("gsm8k/test.jsonl", "");
    assertThat(refusal("gsm8k")).hasMessageContaining("no question");
  }

  @Test
  void checkSaysOfEachFileWhetherItIsSound() throws IOException {
    write("mmlu/test/x_test.csv", "q,a,b,c,d,A\n");
    write("mmlu/dev/x_dev.csv", "q,a,b,c,d,Z\nq,a,b,c,d,A\n");
    List<FileCheck> checks = Benchmarks.open(Optional.of(folder)).check();
    assertThat(checks.stream().filter(c -> c.task().equals("mmlu/x")).map(c -> c.problem().isPresent())).containsExactly(false, true);
    assertThat(checks.stream().filter(c -> c.task().startsWith(Starter.PREFIX))).hasSizeGreaterThan(13).allMatch(c -> c.problem().isEmpty());
    TaskListing listing =
        Benchmarks.open(Optional.of(folder)).list().stream().filter(l -> l.task().equals("mmlu/x")).findFirst().orElseThrow();
    assertThat(listing.problem().orElseThrow()).contains("x_dev.csv:1");
  }
}
