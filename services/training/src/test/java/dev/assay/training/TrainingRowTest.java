package dev.assay.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingRowTest {
  @TempDir private Path folder;

  @Test
  void read_takesBothKinds_andPassesOverBlankLines() throws IOException {
    List<TrainingRow> rows =
        read(
            """
            {"prompt": "How many moons has Mars?", "answer": " Two."}

            {"messages": [{"role": "user", "content": "And Earth?"}, {"role": "assistant", "content": "One."}]}
            """);
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0)).isEqualTo(new TrainingRow.Answered(folder.resolve("rows.jsonl") + ":1", "How many moons has Mars?", " Two."));
    assertThat(rows.get(1).asked()).containsExactly("And Earth?");
    assertThat(rows.get(1).where()).endsWith(":3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"prompt\": \"a\"}|answer is missing",
        "{\"prompt\": 3, \"answer\": \"b\"}|prompt is 3",
        "{\"prompt\": \"a\", \"answer\": \"\"}|answer is empty",
        "{\"prompt\": |no JSON",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}|no turn of the assistant",
        "{\"messages\": [{\"role\": \"assistant\"}]}|content is missing",
        "[]|prompt is missing"
      })
  void read_whatIsNoRow_isRefusedWithFileAndLine(String line, String reason) {
    assertThatThrownBy(() -> read("{\"prompt\": \"a\", \"answer\": \"b\"}\n" + line + "\n"))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("rows.jsonl:2: ")
        .hasMessageContaining(reason);
  }

  @Test
  void read_noFileAndNoRow_isRefused() {
    assertThatThrownBy(() -> read("\n")).isInstanceOf(TrainingException.class).hasMessageContaining("has no rows");
    assertThatThrownBy(() -> TrainingRow.read(folder.resolve("none"))).isInstanceOf(TrainingException.class).hasMessageContaining("no training data at");
  }

  @Test
  void guard_findsWhatTheEvaluationAsks() throws IOException {
    List<TrainingRow> rows =
        read(
            """
            {"prompt": "how many  MOONS has mars? ", "answer": "Two."}
            {"prompt": "How many moons has Jupiter?", "answer": "Many."}
            {"messages": [{"role": "user", "content": "How many moons has Mars?"}, {"role": "assistant", "content": "Two."}]}
            """);
    ContaminationGuard.Outcome outcome = new ContaminationGuard(List.of("How many moons has Mars?", "")).part(rows);
    assertThat(outcome.kept()).containsExactly(rows.get(1));
    assertThat(outcome.dropped()).containsExactly(rows.get(0).where(), rows.get(2).where());
    assertThatThrownBy(outcome::requireClean).isInstanceOf(TrainingException.class).hasMessageContaining("2 training rows").hasMessageContaining("rows.jsonl:1");
    new ContaminationGuard(List.of("Something else")).part(rows).requireClean();
  }

  private List<TrainingRow> read(String content) throws IOException {
    return TrainingRow.read(Files.writeString(folder.resolve("rows.jsonl"), content));
  }
}
