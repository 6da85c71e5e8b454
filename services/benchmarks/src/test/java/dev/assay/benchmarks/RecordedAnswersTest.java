package dev.assay.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordedAnswersTest {
  private static final int HELM_ROWS = 14_015;
  private static final int MMLU_TEST_ROWS = 14_042;

  /** HELM's rule: the stripped completion must be exactly the letter of an option whose text is the right option's text. */
  private static boolean right(String completion, List<String> options, int gold) {
    String key = completion.strip();
    return key.length() == 1
        && key.charAt(0) >= 'A'
        && key.charAt(0) < 'A' + options.size()
        && options.get(key.charAt(0) - 'A').equals(options.get(gold));
  }

  /** Right answers and answers. */
  private record Tally(int right, int all) {
    Tally plus(boolean isRight) {
      return new Tally(right + (isRight ? 1 : 0), all + 1);
    }

    String accuracy() {
      return "%d/%d = %.6f".formatted(right, all, (double) right / all);
    }
  }

  @Test
  void helmAnswersJoinEveryTestRow_andAgreeWithCountingTheFilesByHand() throws IOException {
    Path data = SharedData.data();
    Path folder = data.resolve("model_outputs/mmlu_helm_combined");
    List<String> models = RecordedAnswers.models(folder);
    assertThat(models).hasSize(10);
    Map<String, List<String>> gold = testRows(data);
    Map<String, Tally> perFileRow = byHand(folder, gold);
    for (String model : models) {
      Set<String> ids = new HashSet<>();
      Tally perPrompt = new Tally(0, 0);
      for (RecordedAnswer answer : RecordedAnswers.convert(folder, model, Optional.of(data)).toList()) {
        String id = answer.prompt().orElseThrow();
        assertThat(ids.add(id)).as(id).isTrue();
        List<String> row = gold.get(id);
        assertThat(answer.options()).isEqualTo(row.subList(1, 5));
        assertThat(answer.question()).contains(row.getFirst());
        perPrompt = perPrompt.plus(right(answer.text(), answer.options(), Integer.parseInt(row.get(5))));
      }
      assertThat(perPrompt.all()).isEqualTo(MMLU_TEST_ROWS);
      assertThat(perFileRow.get(model).all()).isEqualTo(HELM_ROWS);
      // The 27 rows that stand twice in the published test files make the whole difference.
      assertThat(perPrompt.right() - perFileRow.get(model).right()).isBetween(0, MMLU_TEST_ROWS - HELM_ROWS);
      System.out.printf(
          "%-40s by file rows %s; by prompts %s%n", model, perFileRow.get(model).accuracy(), perPrompt.accuracy());
    }
  }

  /** Counts straight from the files with a reader of this test's own, which knows nothing of the classes under test. */
  private static Map<String, Tally> byHand(Path folder, Map<String, List<String>> testRows) throws IOException {
    Map<String, Integer> golds = new HashMap<>();
    testRows.forEach(
        (id, row) -> golds.put(id.split("/", -1)[1] + "\n" + row.getFirst() + "\n" + row.subList(1, 5), Integer.parseInt(row.get(5))));
    Map<String, Tally> tallies = new HashMap<>();
    for (Path file : sorted(folder)) {
      List<List<String>> rows = csv(Files.readString(file));
      String subject = file.getFileName().toString().replace(".csv", "");
      for (List<String> row : rows.subList(1, rows.size())) {
        List<String> options = PythonList.parse(row.get(1));
        Integer gold = golds.get(subject + "\n" + row.getFirst() + "\n" + options);
        assertThat(gold).as(subject + ": " + row.getFirst()).isNotNull();
        for (int column = 2; column < row.size(); column++) {
          String model = rows.getFirst().get(column);
          tallies.put(model, tallies.getOrDefault(model, new Tally(0, 0)).plus(right(row.get(column), options, gold)));
        }
      }
    }
    return tallies;
  }

  private static Map<String, List<String>> testRows(Path data) throws IOException {
    Map<String, List<String>> byId = new HashMap<>();
    for (Path file : sorted(data.resolve("mmlu/test"))) {
      List<List<String>> rows = csv(Files.readString(file));
      String subject = file.getFileName().toString().replace("_test.csv", "");
      for (int i = 1; i < rows.size(); i++) {
        byId.put("mmlu/" + subject + "/test/" + (i - 1), rows.get(i));
      }
    }
    return byId;
  }

  private static List<Path> sorted(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  private static List<List<String>> csv(String text) {
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        cell.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ',' || c == '\n')) {
        row.add(cell.toString());
        cell.setLength(0);
        if (c == '\n') {
          rows.add(List.copyOf(row));
          row.clear();
        }
      } else if (c != '\r') {
        cell.append(c);
      }
    }
    return rows;
  }

  @Test
  void withoutTheDataFolder_helmAnswersQuoteTheirQuestion() {
    Path folder = SharedData.data().resolve("model_outputs/mmlu_helm_combined");
    List<RecordedAnswer> answers = RecordedAnswers.convert(folder, "meta_llama-3-70b", Optional.empty()).toList();
    assertThat(answers).hasSize(HELM_ROWS).allSatisfy(answer -> assertThat(answer.prompt()).isEmpty());
    assertThat(answers.getFirst().toJson()).startsWith("{\"question\":\"Find the degree").endsWith("\"text\":\" B\"}");
  }

  @Test
  void everyOtherAnswerNamesAPromptThatIsThere() {
    Path data = SharedData.data();
    Benchmarks benchmarks = Benchmarks.open(Optional.of(data));
    Map<String, Integer> expected = Map.of("gsm8k_openai", 1319, "bbh_codex_direct", 6511, "mmlu_llama_fed_checkpoints", 12_343);
    Map<String, String> tasks =
        Map.of("gsm8k_openai", "gsm8k", "bbh_codex_direct", "bigbench_hard", "mmlu_llama_fed_checkpoints", "mmlu");
    expected.forEach(
        (layout, count) -> {
          Set<String> ids = new HashSet<>();
          benchmarks
              .prompts(TaskSelector.parse(tasks.get(layout)), EvaluationPlan.of("r", List.of()))
              .prompts()
              .forEach(prompt -> ids.add(prompt.getId()));
          Path folder = data.resolve("model_outputs").resolve(layout);
          for (String model : RecordedAnswers.models(folder)) {
            List<String> named = RecordedAnswers.convert(folder, model, Optional.of(data)).map(a -> a.prompt().orElseThrow()).toList();
            assertThat(named).as(layout + " " + model).hasSize(count);
            assertThat(new HashSet<>(named)).as(layout + " " + model).hasSize(count);
            assertThat(named.stream().filter(id -> !ids.contains(id))).as(layout + " " + model).isEmpty();
          }
        });
  }

  /** The authors publish the accuracy of these very answers: exact match over all 27 tasks. */
  @Test
  void codexAnswersScoreAsPublishedOnTheirTargets() throws IOException {
    Path data = SharedData.data();
    Map<String, String> targets = new HashMap<>();
    for (TaskFiles task : new BenchmarkFolder(data, "").tasks()) {
      if (task.benchmark() == Benchmark.BIGBENCH_HARD) {
        TaskReader.readAsked(task).forEach(q -> targets.put(q.id(), ((TextQuestion) q).references().getFirst()));
      }
    }
    Map<String, Tally> tallies = new HashMap<>();
    RecordedAnswers.convert(data.resolve("model_outputs/bbh_codex_direct"), "code-davinci-002", Optional.empty())
        .forEach(
            a -> {
              String id = a.prompt().orElseThrow();
              String task = id.split("/", -1)[1];
              tallies.merge(
                  task, new Tally(0, 0).plus(a.text().equals(targets.get(id))), (x, y) -> new Tally(x.right() + y.right(), x.all() + y.all()));
            });
    JsonNode published = new JsonMapper().readTree(data.resolve("model_outputs/bbh_published_metrics/eval_metrics.json").toFile());
    assertThat(tallies).hasSize(27);
    tallies.forEach(
        (task, tally) ->
            assertThat(100.0 * tally.right() / tally.all())
                .as(task)
                .isCloseTo(published.at("/direct/" + task + "/accuracy").doubleValue(), within(1e-9)));
  }

  @Test
  void refusesUnknownModelsAndLayouts(@TempDir Path folder) throws IOException {
    Path helm = Files.createDirectory(folder.resolve("mmlu_helm_combined"));
    Files.writeString(helm.resolve("a.csv"), "question,choices,m1,m2\nq,\"['x', 'y\\n', \"\"it's\"\"]\", A,B\n");
    assertThat(RecordedAnswers.convert(helm, "m1", Optional.empty()))
        .containsExactly(new RecordedAnswer(Optional.empty(), Optional.of("q"), List.of("x", "y\n", "it's"), " A"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RecordedAnswers.convert(helm, "m3", Optional.empty()))
        .withMessageContaining("it holds m1, m2");
    assertThatExceptionOfType(BenchmarkFileException.class)
        .isThrownBy(() -> RecordedAnswers.models(folder))
        .withMessageContaining("mmlu_helm_combined");
    Files.writeString(helm.resolve("a.csv"), "question,choices,m1,m2\nq,['x', A,B,C\n");
    assertThatExceptionOfType(BenchmarkFileException.class)
        .isThrownBy(() -> RecordedAnswers.convert(helm, "m1", Optional.empty()).toList())
        .withMessageContaining("a.csv:2");
  }
}
