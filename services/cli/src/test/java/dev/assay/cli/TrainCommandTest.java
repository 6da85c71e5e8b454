package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.benchmarks.Benchmarks;
import dev.assay.benchmarks.TaskSelector;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.training.TrainingRow;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What 'assay train' refuses before it loads a model, and the rows it makes of benchmarks. */
final class TrainCommandTest {

  @TempDir private Path folder;

  private record Said(int status, String err) {}

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--full|got nothing to learn; expected --data FILE.jsonl, or --tasks",
        "--tasks starter/gsm8k --full --rank 8|got --full and --rank, which is of an adapter",
        "--tasks starter/gsm8k --full --targets q_proj|got --full and --targets",
        "--tasks starter/gsm8k --full --dtype bfloat16|expected float32",
        "--tasks starter/truthfulqa|has no training part",
        "--tasks starter/gsm9k|did you mean"
      })
  void train_whatMakesNoSense_isRefused(String arguments, String reason) {
    Said said = train(arguments.split(" "));
    assertThat(said.status()).isNotZero();
    assertThat(said.err()).contains(reason);
  }

  /** The tasks that are learned are guarded without being named twice. */
  @Test
  void train_onAQuestionThatIsAskedToo_isRefused() throws IOException {
    write("mmlu/dev/sums_dev.csv", "What  is 1 + 1?,1,2,3,4,B\n");
    write("mmlu/test/sums_test.csv", "What is 1 + 1?,1,2,3,4,B\n");
    Said said = train("--tasks", "mmlu", "--data-dir", folder.toString());
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.err()).contains("1 training rows ask what the evaluation asks, such as mmlu/sums/dev/0 (sums_dev.csv:1)");
  }

  @Test
  void rows_ofTasks_readAsTheEvaluationAsks() {
    List<TrainingRow> rows = TaskRows.of(Benchmarks.open(Optional.empty()).training(TaskSelector.parse("starter/mmlu,starter/gsm8k")));
    assertThat(rows).anySatisfy(row -> assertThat(text(row)).startsWith("The following are multiple choice").matches("(?s).*\nD\\. .*\nAnswer: [A-D]"));
    assertThat(rows).anySatisfy(row -> assertThat(text(row)).startsWith("Q: ").matches("(?s).*\nA: .* The answer is [0-9]+\\."));
  }

  private static String text(TrainingRow row) {
    TrainingRow.Answered answered = (TrainingRow.Answered) row;
    return answered.prompt() + answered.answer();
  }

  private Said train(String... arguments) {
    StringWriter err = new StringWriter();
    int status =
        Assay.commandLine(new Console(new PrintWriter(new StringWriter()), new PrintWriter(err), 0), new Interruption())
            .execute(
                Stream.concat(
                        Stream.of("train", "--base", "tiny=" + folder, "--no-events", "--dir", folder.resolve("stack").toString()), Stream.of(arguments))
                    .toArray(String[]::new));
    return new Said(status, err.toString());
  }

  private void write(String file, String content) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }
}
