package dev.assay.cli;

import dev.assay.cli.terminal.Interruption;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.cli.terminal.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

final class HelpTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Interruption interruption = new Interruption();
  private final CommandLine assay =
      Assay.commandLine(new Console(new PrintWriter(out), new PrintWriter(err), 0), interruption);

  static Stream<List<String>> commands() {
    CommandLine root = Assay.commandLine(Console.system(), new Interruption());
    return paths(root, List.of());
  }

  private static Stream<List<String>> paths(CommandLine at, List<String> path) {
    return at.getSubcommands().entrySet().stream()
        .flatMap(
            entry -> {
              List<String> deeper = Stream.concat(path.stream(), Stream.of(entry.getKey())).toList();
              return Stream.concat(Stream.of(deeper), paths(entry.getValue(), deeper));
            });
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_ofEveryCommand_showsAnExampleOfIt(List<String> command) {
    int status = assay.execute(Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new));

    assertThat(status).isZero();
    assertThat(out.toString()).contains("Examples:").contains("  assay " + String.join(" ", command)).contains("Exit status:");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void noCommand_isWrongUse() {
    assertThat(assay.execute()).isEqualTo(2);
    assertThat(err.toString()).contains("expected a command").contains("assay --help");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "eval --tasks starter --models @ensemble|name these, and add --routing",
        "eval --tasks starter --models @router,@router|two models are called '@router'",
        "eval --tasks starter --models @router --orders pride|ask for other orders",
        "eval --tasks starter --models minilm,@router --until decided|whose answers are those of others",
        "up --models @router|only 'assay eval' asks it",
        "routes explain|expected a task type, or --prompt ID",
        "routes explain MATHS --prompt q1|expected a task type, or --prompt ID"
      })
  void virtualModels_whereTheyCannotBeAsked_areWrongUse_thatSaysWhatToDo(String command, String says) {
    assertThat(assay.execute(command.split(" "))).isEqualTo(2);
    assertThat(err.toString()).contains(says);
  }

  @Test
  void misspeltCommand_isWrongUse_withTheNearest() {
    assertThat(assay.execute("evall")).isEqualTo(2);
    assertThat(err.toString()).contains("evall").contains("assay eval");
  }

  @Test
  void misspeltOption_isWrongUse() {
    assertThat(assay.execute("eval", "--tasks", "starter", "--modles", "minilm")).isEqualTo(2);
    assertThat(err.toString()).contains("--modles").doesNotContain("Exception");
  }

  @Test
  void eval_unknownModel_isWrongUseBeforeAnythingStarts() {
    assertThat(assay.execute("eval", "--models", "gpt-9", "--tasks", "starter")).isEqualTo(2);
    assertThat(err.toString()).contains("gpt-9").contains("smollm2-135m-instruct");
  }

  @Test
  void eval_unknownTask_isWrongUseThatNamesTheNearest() {
    assertThat(assay.execute("eval", "--models", "minilm", "--tasks", "starter/mmlu/astronmy")).isEqualTo(2);
    assertThat(err.toString()).contains("starter/mmlu/astronomy");
  }

  @Test
  void eval_missingDataFolder_fails() {
    assertThat(assay.execute("eval", "--models", "minilm", "--tasks", "mmlu", "--data", "/nowhere/at/all")).isEqualTo(1);
    assertThat(err.toString()).contains("/nowhere/at/all").doesNotContain("\tat ");
  }

  @Test
  void verbose_showsWhereItHappened() {
    assertThat(assay.execute("--verbose", "eval", "--models", "minilm", "--tasks", "mmlu", "--data", "/nowhere/at/all")).isEqualTo(1);
    assertThat(err.toString()).contains("\tat dev.assay");
  }

  @Test
  void eval_sameNameTwice_isWrongUse() {
    assertThat(assay.execute("eval", "--models", "minilm,minilm", "--tasks", "starter")).isEqualTo(2);
    assertThat(err.toString()).contains("'minilm'").contains("NAME=");
  }

  @Test
  void dataList_showsTheStarterBenchmark() {
    assertThat(assay.execute("data", "list")).isZero();
    assertThat(out.toString()).contains("starter/mmlu/").contains("starter/gsm8k").contains("questions");
  }

  @Test
  void dataCheck_theStarterBenchmarkIsSound() {
    assertThat(assay.execute("data", "check")).isZero();
    assertThat(out.toString()).contains(" 0 refused");
  }

  @Test
  void dataCheck_saysWhatIsMissing(@TempDir Path folder) {
    assertThat(assay.execute("data", "check", "--data", folder.toString())).isZero();
    assertThat(out.toString()).contains("missing  bbq: 0 of 11 files as published", "missing  mmlu: 0 of 114 files");
  }

  @Test
  void dataPull_refusesWhatItCannotBring(@TempDir Path folder) {
    assertThat(assay.execute("data", "pull", "cnndm", "--data", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("cnndm", "mmlu, truthfulqa, bbq, gsm8k, bigbench_hard");
    assertThat(assay.execute("data", "pull", "gsm8k", "--data", folder.toString(), "--from", "http://127.0.0.1:9/")).isEqualTo(1);
    assertThat(err.toString()).contains("http://127.0.0.1:9/openai/grade-school-math", "cannot be reached");
  }

  @Test
  void perturb_printsTheSameLinesPerturbed(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("in.jsonl"), "{\"id\":\"id0\",\"text\":\"He is not HERE\",\"refs\":[\"A\"]}\n\n{\"id\":\"id1\",\"text\":\"\"}\n");
    assertThat(assay.execute("perturb", "--name", "contraction", file.toString())).isZero();
    assertThat(out.toString().lines())
        .containsExactly("{\"id\":\"id0\",\"text\":\"He's not HERE\",\"refs\":[\"A\"]}", "{\"id\":\"id1\",\"text\":\"\",\"refs\":[]}");
  }

  @Test
  void perturb_refusesWhatItCannotDo(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("in.jsonl"), "{\"id\":\"a\",\"text\":\"t\"}\n{\"id\":\"a\",\"text\":\"t\"}\n");
    assertThat(assay.execute("perturb", "--name", "upside_down", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("upside_down", "typos_<P>");
    assertThat(assay.execute("perturb", "--name", "lowercase", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("in.jsonl:2", "id a, which line 1 has too");
    assertThat(assay.execute("perturb", "--name", "mild_mix", "--lists", folder.toString(), file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("correct_to_misspelling.json", "stanford-crfm/helm", "--lists");
    assertThat(out.toString()).isEmpty();
  }
}
