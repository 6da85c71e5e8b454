package dev.assay.inference.recorded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Declined;
import dev.assay.records.Failure;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Skill;
import dev.assay.records.TaskType;
import dev.assay.records.Text;
import dev.assay.records.Truncation;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecordedModelTest {

  private static final List<Integer> PUBLISHED = List.of(0, 1);
  private static final List<Integer> SWAPPED = List.of(1, 0);

  @TempDir Path folder;

  @Test
  void promptId_winsOverTheQuestion() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"prompt": "p1", "text": "A"}
            {"question": " Q? ", "options": ["x", "y "], "text": "B", "note": "for people"}

            {"prompt": "p3", "question": "Other?", "options": ["x", "y"], "text": "A"}
            """);
    assertThat(ask(file, choice("p1", "Q?", PUBLISHED))).isEqualTo(text("A"));
    assertThat(ask(file, bothOrders("p2", "Q?"))).isEqualTo(text("B"));
    assertThat(ask(file, choice("p9", "Other?", PUBLISHED))).isEqualTo(text("A"));
  }

  @Test
  void absentAnswer_isAFailureThatNamesWhatWasLookedUp() throws IOException {
    Path file = write("a.jsonl", "{\"prompt\": \"p1\", \"text\": \"A\"}\n");
    assertThat(reason(ask(file, choice("p2", "Q?", PUBLISHED)))).contains("prompt p2", "\"Q?\"", "[x, y]", file.toString());
  }

  @Test
  void logProbs_voteForThePublishedOrder_andVotesForTheirOwn() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"prompt": "one", "logprobs": [-0.1, -2.5]}
            {"prompt": "both", "votes": [{"order": [0, 1], "logprobs": [-0.1, -2]}, {"order": [1, 0], "logprobs": [-3, 0]}]}
            """);
    assertThat(ask(file, bothOrders("one", "Q?"))).isEqualTo(new Votes(List.of(new Vote(PUBLISHED, List.of(-0.1, -2.5)))));
    assertThat(ask(file, choice("both", "Q?", SWAPPED))).isEqualTo(new Votes(List.of(new Vote(SWAPPED, List.of(-3.0, 0.0)))));
    assertThat(reason(ask(file, choice("one", "Q?", SWAPPED)))).contains(file + ":1", "[0, 1]");
  }

  @Test
  void storedText_hasNothingToSayAboutOtherOrders() throws IOException {
    Path file = write("a.jsonl", "{\"prompt\": \"p1\", \"text\": \"A\"}\n");
    assertThat(reason(ask(file, choice("p1", "Q?", SWAPPED)))).contains("published order alone");
  }

  @Test
  void generatedText_isFoundByPromptOrSuffix_asItWasStored() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"question": "Add 1 and 2.", "text": "3\\n\\nDone"}
            {"prompt": "p2", "logprobs": [-1, -1]}
            """);
    Generate generate = new Generate("Add 1 and 2.", 1, List.of("\n"), 0.0, 0, 1.0, 0L, 1.0, 1, false);
    assertThat(ask(file, request("p1", generate))).isEqualTo(text("3\n\nDone"));
    assertThat(reason(ask(file, request("p2", generate)))).contains(file + ":2", "expected a text");
  }

  @Test
  void equalQuestions_answeredDifferently_areToldApartByPromptOnly() throws IOException {
    Path file =
        write(
            "a.jsonl",
            """
            {"prompt": "p1", "question": "Q?", "options": ["x", "y"], "text": "A"}
            {"prompt": "p2", "question": "Q?", "options": ["x", "y"], "text": "B"}
            """);
    assertThat(ask(file, choice("p2", "Q?", PUBLISHED))).isEqualTo(text("B"));
    assertThat(reason(ask(file, choice("p3", "Q?", PUBLISHED)))).contains(file + ":1", file + ":2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"prompt\": \"p\", | got no JSON",
        "[1] | expected an object",
        "{\"text\": \"A\"} | neither prompt nor question",
        "{\"prompt\": \"p\"} | expected text, logprobs or votes",
        "{\"prompt\": 7, \"text\": \"A\"} | 7 as prompt",
        "{\"prompt\": \"p\", \"logprobs\": [-1, 0.5]} | 0.5",
        "{\"prompt\": \"p\", \"logprobs\": [-1]} | 1 log-probabilities",
        "{\"prompt\": \"p\", \"votes\": [{\"order\": [0, 0], \"logprobs\": [-1, -1]}]} | permutation",
        "{\"prompt\": \"p\", \"votes\": [{\"order\": [0, 1]}]} | logprobs",
        "{\"question\": \"q\", \"options\": [1], \"text\": \"A\"} | expected texts",
        "{\"prompt\": \"p\", \"text\": \"A\"} {} | got no JSON",
        "{\"prompt\": \"ok\", \"text\": \"B\"} | different answer to prompt ok"
      })
  void malformedLine_isRefusedWithFileAndLine(String line, String problem) throws IOException {
    Path file = write("a.jsonl", "{\"prompt\": \"ok\", \"text\": \"A\"}\n{\"prompt\": \"ok\", \"text\": \"A\"}\n" + line + "\n");
    assertThatThrownBy(() -> RecordedModel.load(file, "m"))
        .isInstanceOf(MalformedRecordingException.class)
        .hasMessageStartingWith(file + ":3: ")
        .hasMessageContaining(problem);
  }

  @Test
  void linesThatAreNotUtf8_areRefusedWithFileAndLine() throws IOException {
    Path lines = Files.write(folder.resolve("a.jsonl"), "\n{\"prompt\": \"\u00e9\", \"text\": \"A\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> RecordedModel.load(lines, "m")).hasMessageStartingWith(lines + ":2: ");
    Path table = Files.write(folder.resolve("a.csv"), "question,choices,m\n\u00e9,\"['a']\",A\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> RecordedModel.load(table, "m")).hasMessageStartingWith(table + ":2: ").hasMessageContaining("UTF-8");
  }

  @Test
  void table_answersByQuestion_fromTheChosenColumn() throws IOException {
    Path file =
        write(
            "t.csv",
            """
            question,choices,big/model,small
            "Which, then?","['x', 'y']",A, B
            "Two
            lines?","['x', ""y""]",B,
            """);
    assertThat(ask(Path.of(file + "#small"), choice("p", "Which, then?", PUBLISHED))).isEqualTo(text(" B"));
    assertThat(ask(Path.of(file + "#big/model"), choice("p", "Two\nlines?", PUBLISHED))).isEqualTo(text("B"));
    assertThat(ask(Path.of(file + "#small"), choice("p", "Two\nlines?", PUBLISHED))).isEqualTo(text(""));
    assertThatThrownBy(() -> RecordedModel.load(file, "m")).hasMessageContainingAll(file + ":1", "big/model, small");
    assertThatThrownBy(() -> RecordedModel.load(Path.of(file + "#none"), "m")).hasMessageContaining("column none");
  }

  @Test
  void brokenTable_isRefusedWithFileAndLine() throws IOException {
    Path short3 = write("short.csv", "question,choices,m\nQ?,\"['x']\",A\nQ2?,\"['x']\"\n");
    assertThatThrownBy(() -> RecordedModel.load(short3, "m")).hasMessageStartingWith(short3 + ":3: ").hasMessageContaining("2 cells");
    Path list = write("list.csv", "question,choices,m\nQ?,\"['x\",A\n");
    assertThatThrownBy(() -> RecordedModel.load(list, "m")).hasMessageStartingWith(list + ":2: ").hasMessageContaining("choices");
    Path header = write("header.csv", "q,c,m\n");
    assertThatThrownBy(() -> RecordedModel.load(header, "m")).hasMessageStartingWith(header + ":1: ");
    Path quote = write("quote.csv", "question,choices,m\n\"Q?\"x,\"['x']\",A\n");
    assertThatThrownBy(() -> RecordedModel.load(quote, "m")).isInstanceOf(MalformedRecordingException.class).hasMessageContaining("CSV");
  }

  @Test
  void folderOfTables_isOneModel_andTheFirstOfTwoAnswersStands() throws IOException {
    write("1.csv", "question,choices,m\nQ?,\"['x', 'y']\",A\n");
    write("2.csv", "question,choices,m\nQ?,\"['x', 'y']\",B\nR?,\"['x', 'y']\",B\n");
    assertThat(ask(folder, choice("p", "Q?", PUBLISHED))).isEqualTo(text("A"));
    assertThat(ask(folder, choice("p", "R?", PUBLISHED))).isEqualTo(text("B"));
  }

  @Test
  void missingFile_isNamed() {
    Path missing = folder.resolve("none.jsonl");
    assertThatThrownBy(() -> RecordedModel.load(missing, "m")).isInstanceOf(NoSuchFileException.class).hasMessageContaining(missing.toString());
  }

  @Test
  void checkpoint_isTheFilesHash() throws IOException {
    Path file = write("a.jsonl", "{\"prompt\": \"p1\", \"text\": \"A\"}\n");
    try (RecordedModel model = RecordedModel.load(file, "m")) {
      // printf '{"prompt": "p1", "text": "A"}\n' | sha256sum
      assertThat(model.card().checkpoint()).isEqualTo("e4adee4fbfba");
      assertThat(model.card().kind()).isEqualTo("recorded");
    }
  }

  @Test
  void hundredThousandLines_loadFast() throws IOException {
    Path file =
        Files.write(
            folder.resolve("many.jsonl"),
            IntStream.range(0, 100_000)
                .mapToObj("{\"prompt\": \"p%1$d\", \"question\": \"What is %1$d?\", \"options\": [\"a\", \"b\", \"c\", \"d\"], \"text\": \"A\"}"::formatted)
                .toList());
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long begin = clock.getCurrentThreadCpuTime();
    RecordedModel.load(file, "m").close();
    Duration computing = Duration.ofNanos(clock.getCurrentThreadCpuTime() - begin);
    System.out.printf("100,000 stored answers loaded in %d ms of computing%n", computing.toMillis());
    assertThat(computing).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void helmTables_asPublished_answerEachOfTheirQuestions() throws IOException {
    Path tables = shared().resolve("data/model_outputs/mmlu_helm_combined");
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(tables).isDirectory();
    }
    Path anatomy = tables.resolve("anatomy.csv");
    try (RecordedModel all = RecordedModel.load(Path.of(tables + "#openai_gpt-4-0613"), "gpt4");
        RecordedModel one = RecordedModel.load(Path.of(anatomy + "#meta_llama-3-70b"), "llama")) {
      assertThat(all.card().checkpoint()).isNotEqualTo(one.card().checkpoint());
      Score score =
          new Score(
              "Which of the following structures is derived from ectomesenchyme?",
              List.of("Motor neurons", "Skeletal muscles", "Melanocytes", "Sweat glands"),
              List.of(new Variant(List.of(0, 1, 2, 3), "", List.of(" A", " B", " C", " D"))));
      assertThat(all.answer(List.of(request("p", score))).getFirst().outcome()).isEqualTo(text("C"));
      assertThat(one.answer(List.of(request("p", score))).getFirst().outcome()).isEqualTo(text(" C"));
    }
  }

  private static Path shared() {
    String named = System.getenv("ASSAY_SHARED");
    return named != null ? Path.of(named) : Path.of(System.getProperty("assay.project.root", ".."), "..", "shared").normalize();
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static Object ask(Path file, Request request) throws IOException {
    try (RecordedModel model = RecordedModel.load(file, "m")) {
      return model.answer(List.of(request)).getFirst().outcome();
    }
  }

  private static Text text(String text) {
    return new Text(text, null, Finish.UNKNOWN, List.of(), List.of());
  }

  private static String reason(Object outcome) {
    return outcome instanceof Declined declined ? declined.getReason() : ((Failure) outcome).getReason();
  }

  private static Request choice(String prompt, String question, List<Integer> order) {
    return choiceOf(prompt, question, List.of(order));
  }

  private static Request bothOrders(String prompt, String question) {
    return choiceOf(prompt, question, List.of(PUBLISHED, SWAPPED));
  }

  private static Request choiceOf(String prompt, String question, List<List<Integer>> orders) {
    List<Variant> variants = orders.stream().map(order -> new Variant(order, "", List.of(" A", " B"))).toList();
    return request(prompt, new Score(question, List.of("x", "y"), variants));
  }

  private static Request request(String prompt, Object work) {
    Envelope envelope =
        new Envelope(
            "run",
            prompt,
            "task",
            TaskType.OTHER,
            Skill.OTHER,
            "",
            -1,
            -1L,
            Instant.EPOCH,
            new ChoiceGold(2, List.of(0), List.of("A", "B"), 1, 0, null),
            List.of(),
            null,
            null);
    return new Request("id", "m", envelope, "", work, Instant.EPOCH, Truncation.REFUSE);
  }
}
