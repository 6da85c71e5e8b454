package dev.assay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.cli.terminal.Console;
import dev.assay.cli.terminal.Interruption;
import dev.assay.platform.TestStack;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Known figures, the challenge's table and reports, from end to end on a real broker and registry. */
final class ReportIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  @TempDir private Path folder;

  /** What a command said. */
  private record Said(int status, String out, String err) {}

  private Said assay(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] onStack =
        Stream.concat(
                Stream.of(arguments),
                Stream.of(
                    "--dir", folder.resolve("stack").toString(),
                    "--bootstrap-servers", STACK.settings().bootstrapServers(),
                    "--schema-registry", STACK.settings().registryUrl()))
            .toArray(String[]::new);
    int status = Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), new Interruption()).execute(onStack);
    return new Said(status, out.toString(), err.toString());
  }

  @Test
  void reproduce_publishedAnswers_giveTheKnownFigures() {
    Said said = assay("reproduce", "--data", SharedFiles.data().toString(), "--only", "gsm8k,cnndm");

    assertThat(said.status()).as(said.out() + said.err()).isZero();
    assertThat(said.out().lines()).anySatisfy(line -> assertThat(line).matches(" 175b_verification +gsm8k +final_number_exact_match +56\\.25 % +56\\.3 % +published +OK"));
    assertThat(said.out().lines().filter(line -> line.endsWith("OK"))).hasSize(2 * 4 + 3 * 12);
  }

  @Test
  void reproduce_anAnswerChanged_differs() throws IOException {
    Path data = SharedFiles.data();
    Path changed = folder.resolve("changed");
    copy(data.resolve("cnndm"), changed.resolve("cnndm"));
    Path answers = changed.resolve("model_outputs/cnndm_summeval");
    copy(data.resolve("model_outputs/cnndm_summeval"), answers);
    Path file = answers.resolve("M8_outputs.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    lines.set(0, lines.getFirst().replaceFirst("\"decoded\": \"[^\"]*\"", "\"decoded\": \"nothing of the kind\""));
    Files.write(file, lines);

    Said said = assay("reproduce", "--data", changed.toString(), "--only", "cnndm");

    assertThat(said.status()).as(said.err()).isEqualTo(1);
    assertThat(said.out().lines().filter(line -> line.endsWith("differs"))).hasSize(3).allSatisfy(line -> assertThat(line).startsWith(" M8 "));
    assertThat(assay("reproduce", "--data", changed.toString()).err()).contains("gsm8k_openai", "--only");
  }

  @Test
  void report_ofPerturbedQuestions_countsTheWorstCopy_andCellsDoNotMix() throws IOException {
    Path test = Files.createDirectories(folder.resolve("data/mmlu/test"));
    Files.write(test.resolve("sums_test.csv"), List.of("What is one plus one?,1,2,3,4,B", "what is two plus one?,1,2,3,4,C"));
    Files.write(test.resolve("words_test.csv"), List.of("Which is a Fruit?,pear,brick,shoe,cloud,A", "Which is a Tool?,pear,saw,joy,cloud,B"));
    // One question is lower case already and has no copy; one copy is answered wrong.
    Path answers =
        Files.write(
            folder.resolve("answers.jsonl"),
            List.of(
                "{\"prompt\": \"mmlu/sums/test/0\", \"text\": \"B\"}",
                "{\"prompt\": \"mmlu/sums/test/0~lowercase\", \"text\": \"B\"}",
                "{\"prompt\": \"mmlu/sums/test/1\", \"text\": \"C\"}",
                "{\"prompt\": \"mmlu/words/test/0\", \"text\": \"A\"}",
                "{\"prompt\": \"mmlu/words/test/0~lowercase\", \"text\": \"D\"}",
                "{\"prompt\": \"mmlu/words/test/1\", \"text\": \"A\"}",
                "{\"prompt\": \"mmlu/words/test/1~lowercase\", \"text\": \"B\"}"));

    Said eval =
        assay(
            "eval", "--models", "<b>bold|=recorded:" + answers, "--tasks", "mmlu", "--data", folder.resolve("data").toString(),
            "--perturbations", "lowercase", "--run", "copies");

    assertThat(eval.status()).as(eval.err()).isZero();
    assertThat(eval.out().lines()).anySatisfy(line -> assertThat(line).matches(" all +<b>bold\\| +4 +75\\.0 .*"));
    assertThat(eval.out().lines()).anySatisfy(line -> assertThat(line).matches(" all +<b>bold\\| +3 +accuracy/one~lowercase +0\\.667 .*"));

    JsonNode rows = new ObjectMapper().readTree(assay("report", "--layout", "challenge", "--run", "copies", "--json").out());
    assertThat(rows).hasSize(11);
    // Subjects weigh alike: (1 + 1/2) / 2 as published, (1 + 0) / 2 by the worst copy.
    assertThat(rows.get(0).get("mmlu_accuracy").asDouble()).isEqualTo(0.75);
    assertThat(rows.get(0).get("mmlu_robustness").asDouble()).isEqualTo(0.5);
    assertThat(rows.get(0).get("mmlu_fairness").isNull()).isTrue();
    assertThat(rows.get(0).get("bbq").isNull()).isTrue();

    Path html = folder.resolve("report.html");
    assertThat(assay("report", "--run", "copies", "--output", html.toString()).status()).isZero();
    assertThat(Files.readString(html)).contains("&lt;b&gt;bold|", "<svg", "mmlu/words").doesNotContain("<b>", "src=", "href=", "url(", "<script");
    assertThat(assay("report", "--run", "copies", "--output", html.toString()).err()).contains("--force");
    Path markdown = folder.resolve("report.md");
    assertThat(assay("report", "--run", "copies", "--layout", "challenge", "--output", markdown.toString()).status()).isZero();
    assertThat(Files.readAllLines(markdown)).anySatisfy(line -> assertThat(line).startsWith("| \\<b\\>bold\\| | 0.750 | 0.500 | – |"));
    assertThat(assay("report", "--run", "copies", "--output", "report.doc").status()).isEqualTo(2);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.write(to.resolve(file.getFileName()), Files.readAllBytes(file));
      }
    }
  }
}
