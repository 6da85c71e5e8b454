package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.assay.records.Generation;
import dev.assay.records.Prompt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Articles as Parquet, in the layout of the Hugging Face hub (src/test/resources/cnndm, with the script that made it). */
class CnnDmFileTest {
  @TempDir private Path folder;
  private byte[] parquet;

  @BeforeEach
  void read() throws IOException {
    try (InputStream in = CnnDmFileTest.class.getResourceAsStream("/cnndm/articles.parquet")) {
      parquet = in.readAllBytes();
    }
    Files.createDirectories(folder.resolve("cnndm"));
  }

  private List<Prompt> prompts() {
    return Benchmarks.open(Optional.of(folder)).prompts(TaskSelector.parse("cnndm"), EvaluationPlan.of("r", List.of())).prompts();
  }

  @Test
  void parquetRowsBecomeArticles_andOtherSplitsAreNotAsked() throws IOException {
    for (String name : List.of("test-00000-of-00001", "train-00000-of-00003", "validation-00000-of-00001")) {
      Files.write(folder.resolve("cnndm/" + name + ".parquet"), parquet);
    }
    List<Prompt> prompts = prompts();
    assertThat(prompts).extracting(Prompt::getId).containsExactly("cnndm/0", "cnndm/1", "cnndm/2");
    assertThat(prompts.get(2).getSource()).isEqualTo("test-00000-of-00001.parquet:3");
    Generation first = (Generation) prompts.getFirst().getAsk();
    assertThat(first.getInput()).contains("stopped at noon. Storm winds had torn a rope — no one was hurt.");
    assertThat(first.getReferences()).containsExactly("Storm stops the island ferry . Nobody is hurt .");
  }

  @Test
  void aBrokenParquetFileIsRefused() throws IOException {
    Path file = folder.resolve("cnndm/test.parquet");
    for (byte[] broken : List.of(Arrays.copyOf(parquet, parquet.length - 20), new byte[0], new byte[100])) {
      Files.write(file, broken);
      BenchmarkFileException refused = catchThrowableOfType(BenchmarkFileException.class, this::prompts);
      assertThat(refused).hasMessageContaining("test.parquet: got no Parquet").hasMessageContaining("highlights");
    }
  }

  @Test
  void otherColumnsAreRefused() throws IOException {
    Path file = Files.write(folder.resolve("cnndm/test.parquet"), parquet);
    BenchmarkFileException refused =
        catchThrowableOfType(BenchmarkFileException.class, () -> ParquetRows.read(file, List.of("article", "summary")));
    assertThat(refused).hasMessageContaining("the columns [article, highlights, id]").hasMessageContaining("[article, summary]");
  }
}
