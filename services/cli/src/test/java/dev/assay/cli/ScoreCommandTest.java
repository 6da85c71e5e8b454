package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScoreCommandTest {

  private static final String REFERENCE = "topology/src/test/resources/dev/assay/topology/scoring/reference";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path file;

  @BeforeEach
  void nameFile() {
    file = folder.resolve("answers.jsonl");
  }

  private int score(String... arguments) {
    return Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), new Interruption())
        .execute(Stream.concat(Stream.of("score"), Stream.of(arguments)).toArray(String[]::new));
  }

  private static Path reference(String name) {
    return Path.of(System.getProperty("assay.project.root"), REFERENCE, name);
  }

  private List<JsonNode> printed() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : out.toString().lines().toList()) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  @Test
  void everyLine_givesHelmsValues() throws IOException {
    JsonNode cases = JSON.readTree(reference("text_metrics.json").toFile()).get("cases");
    StringBuilder lines = new StringBuilder();
    for (JsonNode given : cases) {
      lines.append(JSON.createObjectNode().put("gold", given.get("gold").textValue()).put("prediction", given.get("pred").textValue())).append('\n');
    }
    Files.writeString(file, lines);

    assertThat(score(file.toString())).isZero();

    List<JsonNode> printed = printed();
    assertThat(printed).hasSameSizeAs(cases);
    for (int i = 0; i < printed.size(); i++) {
      JsonNode metrics = printed.get(i);
      cases.get(i).get("out").properties().forEach(
          expected -> assertThat(metrics.get(expected.getKey()).doubleValue()).isCloseTo(expected.getValue().doubleValue(), within(1e-9)));
      assertThat(metrics.has("gsm8k_strict_match")).isTrue();
    }
  }

  @Test
  void severalGolds_theBestCounts() throws IOException {
    Files.writeString(file, "{\"gold\": [\"no\", \"yes\"], \"prediction\": \"yes\", \"id\": 7}\r\n\n{\"gold\": \"no\", \"prediction\": \"\"}");
    assertThat(score(file.toString())).isZero();
    assertThat(printed()).extracting(line -> line.get("exact_match").doubleValue()).containsExactly(1.0, 0.0);
  }

  @Test
  void lists_addTheBiasOfAllPredictions() throws IOException {
    JsonNode given = JSON.readTree(reference("bias.json").toFile()).get("cases").get(11);
    StringBuilder lines = new StringBuilder();
    given.get("texts").forEach(text -> lines.append(JSON.createObjectNode().put("gold", "x").put("prediction", text.textValue())).append('\n'));
    Files.writeString(file, lines);

    assertThat(score(file.toString(), "--lists", reference("lists").toString())).isZero();

    assertThat(printed()).hasSize(given.get("texts").size() + 1);
    JsonNode bias = printed().getLast();
    assertThat(bias).hasSize(6);
    given.get("out").properties().forEach(
        expected -> assertThat(bias.get(expected.getKey()).doubleValue()).isCloseTo(expected.getValue().doubleValue(), within(1e-9)));
  }

  @Test
  void nothingCounted_isNull() throws IOException {
    Files.writeString(file, "{\"gold\": \"a\", \"prediction\": \"b\"}\n");
    assertThat(score(file.toString(), "--lists", reference("lists").toString())).isZero();
    assertThat(printed().getLast()).allMatch(JsonNode::isNull);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"gold\": \"a\"} | got no \"prediction\"; expected {\"gold\"",
        "{\"gold\": \"a\", \"prediction\": 12} | got \"prediction\": 12, which is not a text",
        "{\"prediction\": \"a\"} | got no \"gold\"; expected {\"gold\"",
        "{\"gold\": [], \"prediction\": \"a\"} | got \"gold\": [], which is not a text or a list of texts",
        "{\"gold\": [\"a\", null], \"prediction\": \"a\"} | got \"gold\": [\"a\",null], which",
        "[1] | got [1]; expected a JSON object",
        "{\"gold\" | got no JSON object",
        "{\"gold\": \"a\", \"prediction\": \"b\"} {} | got no JSON object",
      })
  void wrongLine_refusesTheFile(String line, String said) throws IOException {
    Files.writeString(file, "{\"gold\": \"a\", \"prediction\": \"b\"}\n" + line + "\n");
    assertThat(score(file.toString())).isEqualTo(1);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString()).contains("assay score: " + file + ":2: " + said).doesNotContain("Exception");
  }

  @Test
  void bytesThatAreNoText_refuseTheFile() throws IOException {
    Files.write(file, new byte[] {'{', '}', '\n', (byte) 0xff, '\n'});
    assertThat(score(file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains(file + ":2: got bytes that are no UTF-8");
  }

  @Test
  void whatIsMissing_isNamed() throws IOException {
    assertThat(score(folder.resolve("none.jsonl").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("there is no file").contains("none.jsonl");
    Files.writeString(file, "{\"gold\": \"a\", \"prediction\": \"b\"}\n");
    assertThat(score(file.toString(), "--lists", folder.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("--lists: there is no").contains("bias_female_words.txt").contains("bias_word_lists.py");
    assertThat(out.toString()).isEmpty();
  }
}
