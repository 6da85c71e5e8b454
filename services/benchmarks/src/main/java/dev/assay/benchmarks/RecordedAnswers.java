package dev.assay.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Published answers of large models, brought into one form ({@link RecordedAnswer}). The layout is told from the folder's name:
 * {@code mmlu_helm_combined}, {@code mmlu_llama_fed_checkpoints}, {@code gsm8k_openai}, {@code bbh_codex_direct}, {@code bbh_codex_cot},
 * {@code bbq_unifiedqa}, {@code cnndm_summeval}.
 *
 * <p>A line carries the prompt's id where the files name the row. HELM's MMLU files quote question and options instead, and hold once
 * what stands twice in 27 places of the published test files: with the data folder at hand every row that has the question and options
 * gets the answer under its own id; without it the line is found by question and options. UnifiedQA's answers repeat the text of an option,
 * SummEval's name their article: both need the data folder.
 */
public final class RecordedAnswers {
  private static final String HELM_LAYOUT = "question, choices, a column a model";
  private static final String HELM_QUESTION = "question";
  private static final String HELM_CHOICES = "choices";
  private static final String JSON_LINES = ".jsonl";
  private static final Set<String> GSM8K_NOT_MODELS = Set.of("question", "ground_truth");
  private static final String CODEX = "code-davinci-002";

  /** The same model, asked to think step by step. */
  private static final String CODEX_COT = CODEX + "-cot";

  /** What stands before the answer where Codex thinks step by step; its authors take what follows, without a full stop at the end. */
  private static final String ANSWER_LEAD = "the answer is ";

  private static final String PREDICTED = "_pred_";
  private static final int BBQ_ANSWERS = 3;
  private static final Pattern NO_LETTER_OR_DIGIT = Pattern.compile("[^a-z0-9]");
  private static final String CHECKPOINT = "checkpoint-";

  private enum Layout {
    MMLU_HELM_COMBINED,
    MMLU_LLAMA_FED_CHECKPOINTS,
    GSM8K_OPENAI,
    BBH_CODEX_DIRECT,
    BBH_CODEX_COT,
    BBQ_UNIFIEDQA,
    CNNDM_SUMMEVAL;

    static Layout of(Path folder) {
      String name = folder.toAbsolutePath().normalize().getFileName().toString();
      for (Layout layout : values()) {
        if (layout.label().equals(name)) {
          return layout;
        }
      }
      String known = Stream.of(values()).map(Layout::label).collect(Collectors.joining(", "));
      throw new BenchmarkFileException(folder, 0, "a folder called " + name, "one of " + known, "name the folder after its layout");
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private RecordedAnswers() {}

  /** Names of the models whose answers the folder holds, in the files' order. */
  public static List<String> models(Path folder) {
    return switch (Layout.of(folder)) {
      case MMLU_HELM_COMBINED -> {
        Path first = files(folder, ".csv").getFirst();
        yield helmModels(first, CsvRow.read(first, HELM_LAYOUT));
      }
      case MMLU_LLAMA_FED_CHECKPOINTS ->
          files(folder, JSON_LINES).stream()
              .flatMap(file -> Json.lines(file).stream())
              .map(RecordedAnswers::checkpoint)
              .distinct()
              .toList();
      case GSM8K_OPENAI -> gsm8kModels(Json.lines(files(folder, JSON_LINES).getFirst()).getFirst());
      case BBH_CODEX_DIRECT -> List.of(CODEX);
      case BBH_CODEX_COT -> List.of(CODEX_COT);
      case BBQ_UNIFIEDQA -> bbqModels(Json.lines(files(folder, JSON_LINES).getFirst()).getFirst());
      case CNNDM_SUMMEVAL -> files(folder, JSON_LINES).stream().map(file -> Json.lines(file).getFirst().text("model_id")).toList();
    };
  }

  /**
   * All answers of one model, in the files' order; the stream reads file by file.
   *
   * @param dataFolder the benchmarks' folder, to give answers that only quote their question the ids of its prompts
   * @throws IllegalArgumentException when the folder holds no such model; the message lists those it holds; or when the layout needs the
   *     benchmarks' folder and there is none
   * @throws BenchmarkFileException when the folder is no known layout, or, while reading, when a file is broken
   */
  public static Stream<RecordedAnswer> convert(Path folder, String model, Optional<Path> dataFolder) {
    List<String> known = models(folder);
    if (!known.contains(model)) {
      throw new IllegalArgumentException("No answers of \"" + model + "\" in " + folder + "; it holds " + String.join(", ", known));
    }
    return switch (Layout.of(folder)) {
      case MMLU_HELM_COMBINED -> files(folder, ".csv").stream().flatMap(file -> helm(file, model, dataFolder));
      case MMLU_LLAMA_FED_CHECKPOINTS -> checkpoints(folder, model);
      case GSM8K_OPENAI -> gsm8k(files(folder, JSON_LINES).getFirst(), model);
      case BBH_CODEX_DIRECT -> files(folder, JSON_LINES).stream().flatMap(file -> codex(file, UnaryOperator.identity()));
      case BBH_CODEX_COT -> files(folder, JSON_LINES).stream().flatMap(file -> codex(file, RecordedAnswers::concluded));
      case BBQ_UNIFIEDQA -> {
        Path data = required(folder, dataFolder);
        yield files(folder, JSON_LINES).stream().flatMap(file -> unifiedQa(file, model, data));
      }
      case CNNDM_SUMMEVAL -> summaries(folder, model, required(folder, dataFolder));
    };
  }

  private static Path required(Path folder, Optional<Path> dataFolder) {
    return dataFolder.orElseThrow(
        () -> new IllegalArgumentException("The answers in " + folder + " do not name their prompts; name the benchmarks' folder with --data"));
  }

  private static List<String> helmModels(Path file, List<CsvRow> rows) {
    List<String> header = rows.isEmpty() ? List.of() : rows.getFirst().cells();
    if (header.size() < 3 || !header.get(0).equals(HELM_QUESTION) || !header.get(1).equals(HELM_CHOICES)) {
      throw new BenchmarkFileException(file, 1, "the header " + header, "question,choices and a column a model", "fetch the file again");
    }
    return header.subList(2, header.size());
  }

  private static Stream<RecordedAnswer> helm(Path file, String model, Optional<Path> dataFolder) {
    List<CsvRow> rows = CsvRow.read(file, HELM_LAYOUT);
    int column = helmModels(file, rows).indexOf(model) + 2;
    if (column < 2) {
      throw new BenchmarkFileException(file, 1, "no column " + model, "the same models in every file", "fetch the file again");
    }
    String subject = without(".csv", file);
    Map<Quoted, List<String>> ids = dataFolder.map(folder -> mmluIds(folder, subject)).orElse(Map.of());
    return rows.stream().skip(1).flatMap(row -> helm(file, row, column, ids));
  }

  private static Stream<RecordedAnswer> helm(Path file, CsvRow row, int column, Map<Quoted, List<String>> ids) {
    Quoted quoted = new Quoted(row.cells().getFirst(), choices(file, row));
    List<String> prompts = ids.getOrDefault(quoted, List.of());
    Stream<Optional<String>> named = prompts.isEmpty() ? Stream.of(Optional.empty()) : prompts.stream().map(Optional::of);
    return named.map(id -> new RecordedAnswer(id, Optional.of(quoted.question()), quoted.options(), row.cells().get(column)));
  }

  private record Quoted(String question, List<String> options) {}

  private static Map<Quoted, List<String>> mmluIds(Path dataFolder, String subject) {
    Path file = dataFolder.resolve("mmlu").resolve("test").resolve(subject + "_test.csv");
    Map<Quoted, List<String>> ids = new HashMap<>();
    for (Question question : MmluFile.read(file, "mmlu/" + subject + "/test/")) {
      if (question instanceof ChoiceQuestion choice) {
        ids.computeIfAbsent(new Quoted(choice.text(), choice.options()), any -> new ArrayList<>()).add(choice.id());
      }
    }
    return ids;
  }

  private static List<String> choices(Path file, CsvRow row) {
    try {
      return PythonList.parse(row.cells().get(1));
    } catch (IllegalArgumentException e) {
      BenchmarkFileException broken = new BenchmarkFileException(file, row.line(), e.getMessage(), "a list of choices", "repair the row");
      broken.initCause(e);
      throw broken;
    }
  }

  private static Stream<RecordedAnswer> checkpoints(Path folder, String model) {
    return files(folder, JSON_LINES).stream()
        .flatMap(file -> Json.lines(file).stream())
        .filter(row -> checkpoint(row).equals(model))
        .map(
            row ->
                new RecordedAnswer(
                    Optional.of("mmlu/" + row.text("subject") + "/test/" + row.integer("row", 0, Integer.MAX_VALUE)),
                    Optional.empty(),
                    List.of(),
                    row.text("prediction")));
  }

  private static String checkpoint(Json row) {
    return CHECKPOINT + row.integer("checkpoint", 0, Integer.MAX_VALUE);
  }

  private static List<String> gsm8kModels(Json row) {
    Set<String> fields = new LinkedHashSet<>();
    row.node().fieldNames().forEachRemaining(fields::add);
    fields.removeAll(GSM8K_NOT_MODELS);
    return List.copyOf(fields);
  }

  private static Stream<RecordedAnswer> gsm8k(Path file, String model) {
    List<Json> rows = Json.lines(file);
    return IntStream.range(0, rows.size())
        .mapToObj(
            i ->
                new RecordedAnswer(
                    Optional.of("gsm8k/test/" + i),
                    Optional.of(rows.get(i).text("question")),
                    List.of(),
                    rows.get(i).child(model).text("solution")));
  }

  private static Stream<RecordedAnswer> codex(Path file, UnaryOperator<String> answer) {
    String task = without(JSON_LINES, file);
    return Json.lines(file).stream()
        .map(
            row ->
                new RecordedAnswer(
                    Optional.of("bigbench_hard/" + task + "/" + row.integer("i", 0, Integer.MAX_VALUE)),
                    Optional.empty(),
                    List.of(),
                    answer.apply(row.text("prediction"))));
  }

  /** What a chain of thought comes to; all of it where it does not say. */
  private static String concluded(String thought) {
    int lead = thought.indexOf(ANSWER_LEAD);
    if (lead < 0) {
      return thought;
    }
    String rest = thought.substring(lead + ANSWER_LEAD.length());
    int next = rest.indexOf(ANSWER_LEAD);
    String answer = (next < 0 ? rest : rest.substring(0, next)).strip();
    return answer.endsWith(".") ? answer.substring(0, answer.length() - 1) : answer;
  }

  private static List<String> bbqModels(Json row) {
    List<String> fields = new ArrayList<>();
    row.node().fieldNames().forEachRemaining(fields::add);
    return fields.stream().filter(field -> field.contains(PREDICTED)).toList();
  }

  private static Stream<RecordedAnswer> unifiedQa(Path file, String model, Path data) {
    String category = without(JSON_LINES, file).replaceFirst("^preds_", "");
    List<Json> questions = Json.lines(data.resolve("bbq").resolve(category + JSON_LINES));
    Map<Integer, Integer> rows = new HashMap<>();
    for (Json question : questions) {
      rows.put(question.integer("example_id", 0, Integer.MAX_VALUE), rows.size());
    }
    return Json.lines(file).stream()
        .map(
            answer -> {
              Integer row = rows.get(answer.integer("example_id", 0, Integer.MAX_VALUE));
              if (row == null) {
                throw answer.refused("the example_id " + answer.node().get("example_id"), "one of bbq/" + category + JSON_LINES);
              }
              String id = "bbq/" + category.toLowerCase(Locale.ROOT) + "/" + row;
              return new RecordedAnswer(Optional.of(id), Optional.empty(), List.of(), letter(answer.text(model), questions.get(row)));
            });
  }

  /**
   * The letter of the option that the text repeats, but for case and punctuation; the model's output was cut, so the beginning of only one
   * option counts for it. The text itself where it is none.
   */
  private static String letter(String text, Json question) {
    String wanted = plain(text);
    List<String> options = IntStream.range(0, BBQ_ANSWERS).mapToObj(i -> plain(question.text("ans" + i))).toList();
    List<Integer> same = IntStream.range(0, BBQ_ANSWERS).filter(i -> options.get(i).equals(wanted)).boxed().toList();
    List<Integer> found =
        same.isEmpty() ? IntStream.range(0, BBQ_ANSWERS).filter(i -> options.get(i).startsWith(wanted)).boxed().toList() : same;
    return found.size() == 1 ? Character.toString('A' + found.getFirst()) : text;
  }

  private static String plain(String text) {
    return NO_LETTER_OR_DIGIT.matcher(text.toLowerCase(Locale.ROOT)).replaceAll("");
  }

  private static Stream<RecordedAnswer> summaries(Path folder, String model, Path data) {
    Map<String, String> prompts = new HashMap<>();
    for (TaskFiles task : new BenchmarkFolder(data, "").tasks()) {
      if (task.benchmark() == Benchmark.CNNDM) {
        List<String> ids = CnnDmFile.ids(task.asked());
        IntStream.range(0, ids.size()).forEach(row -> prompts.put(ids.get(row), task.task() + "/" + row));
      }
    }
    return files(folder, JSON_LINES).stream()
        .flatMap(file -> Json.lines(file).stream())
        .filter(row -> row.text("model_id").equals(model))
        .map(
            row -> {
              String prompt = prompts.get(row.text("id"));
              if (prompt == null) {
                throw row.refused("the id " + row.text("id"), "the id of an article in " + data.resolve(Benchmark.CNNDM.folder()));
              }
              return new RecordedAnswer(Optional.of(prompt), Optional.empty(), List.of(), row.text("decoded"));
            });
  }

  private static String without(String suffix, Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - suffix.length());
  }

  private static List<Path> files(Path folder, String suffix) {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> found = files.filter(f -> f.getFileName().toString().endsWith(suffix)).sorted().toList();
      if (found.isEmpty()) {
        throw new BenchmarkFileException(folder, 0, "no *" + suffix + " file", "the layout's files", "check the folder");
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot list " + folder, e);
    }
  }
}
