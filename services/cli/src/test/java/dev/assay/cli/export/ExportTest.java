package dev.assay.cli.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.report.StandingVerdicts;
import dev.assay.cli.report.Verdicts;
import dev.assay.cli.terminal.CommandFailure;
import dev.assay.records.MetricRow;
import dev.assay.records.Scope;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnSchema;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExportTest {

  private static final CSVFormat CSV = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).get();

  @TempDir private Path folder;

  private static StandingVerdicts verdicts() {
    return Verdicts.standing(
        List.of(
            Verdicts.choice("p1", "org/a", "mmlu/sums", 1),
            Verdicts.choice("p2", "org/a", "mmlu/sums", -1),
            Verdicts.choice("p2", "b", "mmlu/sums", 1),
            Verdicts.text("t", "b", "mmlu_sums", "eins, \"zwei\"\ndrei – ü", Map.of("f1", 1.0 / 3, "exact_match", 0.0))));
  }

  private static List<CSVRecord> read(String text) throws IOException {
    return CSV.parse(new StringReader(text)).getRecords();
  }

  @Test
  void verdicts_asCsv_readBackAsTheyAre() throws IOException {
    StringBuilder out = new StringBuilder();
    CsvTable.write(ExportTable.ofVerdicts(verdicts()), out);

    List<CSVRecord> lines = read(out.toString());

    assertThat(lines).hasSize(4);
    assertThat(lines).allSatisfy(line -> assertThat(line.isConsistent()).isTrue());
    CSVRecord text = lines.stream().filter(line -> line.get("kind").equals("text")).findFirst().orElseThrow();
    assertThat(text.get("text")).isEqualTo("eins, \"zwei\"\ndrei – ü");
    assertThat(text.get("gold")).isEqualTo("[\"acht, \\\"8\\\"\"]");
    assertThat(new ObjectMapper().readTree(text.get("scores")).get("f1").asDouble()).isEqualTo(1.0 / 3);
    assertThat(text.get("oneOption")).isEmpty();
    CSVRecord none = lines.stream().filter(line -> line.get("model").equals("org/a") && line.get("prompt").equals("p2")).findFirst().orElseThrow();
    assertThat(none.get("meanLogProbOption")).isEqualTo("-1");
    assertThat(none.get("meanLogProbRight")).isEqualTo("false");
    assertThat(none.get("oneConfidence")).isEqualTo("0.75");
    assertThat(none.get("tokensComputed")).isEqualTo("60");
    assertThat(none.get("answeredAt")).isEqualTo("2026-01-02T03:04:05Z");
    assertThat(none.get("perturbation")).isEmpty();
    assertThat(none.get("votedOption")).isEmpty();
  }

  @Test
  void verdicts_ofPerturbedCopies_nameThePerturbationAndTheOrigin() throws IOException {
    StringBuilder out = new StringBuilder();
    CsvTable.write(ExportTable.ofVerdicts(perturbed()), out);

    Map<String, CSVRecord> lines = read(out.toString()).stream().collect(Collectors.toMap(line -> line.get("prompt"), line -> line));

    assertThat(lines.get("p1").get("perturbation")).isEmpty();
    assertThat(lines.get("p1").get("origin")).isEmpty();
    assertThat(lines.get("p1~lowercase").get("perturbation")).isEqualTo("lowercase");
    assertThat(lines.get("p1~lowercase").get("origin")).isEqualTo("p1");
  }

  @Test
  void verdictsAndMetrics_asParquet_areWhatTheyAreAsCsv() throws IOException {
    MetricRow row =
        new MetricRow("r", "m", "c", null, Scope.TASK, "t", "f1", "share", 3L, 1.0 / 3, 0.1 + 0.2, null, null, "1", "1", null);

    assertSameInParquet(ExportTable.ofMetrics(List.of(row)));
    assertSameInParquet(ExportTable.ofVerdicts(verdicts()));
    assertSameInParquet(ExportTable.ofVerdicts(perturbed()));
    assertSameInParquet(ExportTable.ofVerdicts(Verdicts.standing(List.of())));
  }

  /** What another library reads from the Parquet file, printed as CSV, is the CSV file. */
  private void assertSameInParquet(ExportTable table) throws IOException {
    ExportFiles files = new ExportFiles(folder);
    files.addWritten(Path.of("t.parquet"), file -> ParquetTable.write(table, file));
    files.write(true);
    StringBuilder csv = new StringBuilder();
    CsvTable.write(table, csv);
    List<List<@Nullable Object>> rows = new ArrayList<>();
    try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(folder.resolve("t.parquet")));
        RowReader in = reader.rowReader()) {
      assertThat(reader.getFileSchema().getColumns().stream().map(ColumnSchema::name))
          .containsExactlyElementsOf(table.columns().stream().map(ExportTable.Column::name).toList());
      while (in.hasNext()) {
        in.next();
        List<@Nullable Object> values = new ArrayList<>();
        for (ExportTable.Column column : table.columns()) {
          values.add(in.isNull(column.name()) ? null : value(in, column));
        }
        rows.add(values);
      }
    }
    StringBuilder read = new StringBuilder();
    CsvTable.write(new ExportTable(table.columns(), rows), read);
    assertThat(read.toString()).isEqualTo(csv.toString());
    assertThat(rows).hasSameSizeAs(table.rows());
  }

  private static Object value(RowReader in, ExportTable.Column column) {
    return switch (column.type()) {
      case TEXT -> in.getString(column.name());
      case WHOLE -> in.getLong(column.name());
      case NUMBER -> in.getDouble(column.name());
      case TRUTH -> in.getBoolean(column.name());
      case TIME -> in.getTimestamp(column.name());
    };
  }

  private static StandingVerdicts perturbed() {
    return Verdicts.standing(
        List.of(
            Verdicts.choice("p1", "a", "mmlu/sums", 1),
            Verdicts.copy(Verdicts.choice("p1~lowercase", "a", "mmlu/sums", 2), "lowercase", "p1"),
            Verdicts.choice("p2", "a", "mmlu/sums", 1)));
  }

  @Test
  void lmEval_perturbedCopies_areATaskOfTheirOwn() throws IOException {
    ExportFiles files = new ExportFiles(folder);
    LmEvalFiles.add(files, "r", Optional.empty(), perturbed(), Map.of(), List.of());
    files.write(false);

    String date = "2026-01-02T03-04-05.000000";
    JsonNode results = new ObjectMapper().readTree(folder.resolve("a/results_" + date + ".json").toFile());
    assertThat(results.at("/results/mmlu_sums/acc,none").asDouble()).isEqualTo(1);
    assertThat(results.at("/results/mmlu_sums_lowercase/acc,none").asDouble()).isEqualTo(0);
    assertThat(results.at("/results/mmlu_sums_lowercase/alias").asText()).isEqualTo("mmlu/sums~lowercase");
    assertThat(results.at("/configs/mmlu_sums_lowercase/metadata/perturbation").asText()).isEqualTo("lowercase");
    assertThat(results.at("/n-samples/mmlu_sums/effective").asInt()).isEqualTo(2);
    JsonNode copy = new ObjectMapper().readTree(Files.readString(folder.resolve("a/samples_mmlu_sums_lowercase_" + date + ".jsonl")));
    assertThat(copy.get("perturbation").asText()).isEqualTo("lowercase");
    assertThat(copy.at("/doc/origin").asText()).isEqualTo("p1");
    assertThat(Files.readAllLines(folder.resolve("a/samples_mmlu_sums_" + date + ".jsonl")))
        .hasSize(2)
        .allSatisfy(line -> assertThat(new ObjectMapper().readTree(line).get("perturbation").asText()).isEmpty());
  }

  @Test
  void metrics_asCsv_areUnrounded() throws IOException {
    MetricRow row =
        new MetricRow("r", "m", "c", null, Scope.TASK, "t", "f1", "share", 3L, 1.0 / 3, 0.1 + 0.2, null, null, "1", "1", null);
    StringBuilder out = new StringBuilder();
    CsvTable.write(ExportTable.ofMetrics(List.of(row)), out);

    CSVRecord line = read(out.toString()).getFirst();

    assertThat(Double.parseDouble(line.get("mean"))).isEqualTo(1.0 / 3);
    assertThat(Double.parseDouble(line.get("standardError"))).isEqualTo(0.1 + 0.2);
    assertThat(line.get("low")).isEmpty();
    assertThat(line.get("scope")).isEqualTo("TASK");
  }

  @Test
  void lmEval_tasksAndModels_haveNamesThatAreFiles() throws IOException {
    ExportFiles files = new ExportFiles(folder);
    LmEvalFiles.add(files, "r", Optional.empty(), verdicts(), Map.of(), List.of());

    List<Path> written = files.write(false);

    String date = "2026-01-02T03-04-05.000000";
    assertThat(written.stream().map(file -> folder.relativize(file).toString()))
        .containsExactlyInAnyOrder(
            "b/results_" + date + ".json",
            "b/samples_mmlu_sums_" + date + ".jsonl",
            "b/samples_mmlu_sums_2_" + date + ".jsonl",
            "org__a/results_" + date + ".json",
            "org__a/samples_mmlu_sums_" + date + ".jsonl");
    JsonNode results = new ObjectMapper().readTree(folder.resolve("org__a/results_" + date + ".json").toFile());
    JsonNode cells = results.at("/results/mmlu_sums");
    assertThat(cells.get("alias").asText()).isEqualTo("mmlu/sums");
    assertThat(cells.get("acc,none").asDouble()).isEqualTo(0.5);
    // Standard deviation √½ of 1 and 0, over √2.
    assertThat(cells.get("acc_stderr,none").asDouble()).isEqualTo(0.5);
    assertThat(results.at("/n-samples/mmlu_sums/effective").asInt()).isEqualTo(2);
    JsonNode b = new ObjectMapper().readTree(folder.resolve("b/results_" + date + ".json").toFile());
    assertThat(b.at("/results/mmlu_sums_2/f1,none").asDouble()).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(b.at("/results/mmlu_sums_2/f1_stderr,none").asText()).isEqualTo("N/A");
    List<String> samples = Files.readAllLines(folder.resolve("b/samples_mmlu_sums_" + date + ".jsonl"));
    assertThat(samples).hasSize(1);
    // The second question of the task, also for a model that did not answer the first.
    assertThat(new ObjectMapper().readTree(samples.getFirst()).get("doc_id").asInt()).isEqualTo(1);
  }

  @Test
  void write_filesThatAreThere_areKeptUnlessForced() throws IOException {
    Path file = Files.writeString(folder.resolve("a.csv"), "old");
    ExportFiles files = new ExportFiles(folder);
    files.add(Path.of("a.csv"), out -> out.append("neu: ü"));

    assertThatThrownBy(() -> files.write(false)).isInstanceOf(CommandFailure.class).hasMessageContaining("a.csv", "--force");
    assertThat(file).hasContent("old");

    files.write(true);
    assertThat(file).hasContent("neu: ü");
  }

  @Test
  void write_aFileThatFails_leavesNothing() throws IOException {
    ExportFiles files = new ExportFiles(folder);
    files.add(Path.of("a.csv"), out -> out.append("whole"));
    files.add(
        Path.of("b.csv"),
        out -> {
          out.append("half");
          throw new IOException("disk full");
        });

    assertThatThrownBy(() -> files.write(false)).hasMessageContaining("disk full");
    assertThat(folder).isEmptyDirectory();
  }
}
