package dev.assay.benchmarks;

import dev.assay.benchmarks.python.PythonText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** {@code TruthfulQA.csv}: seven columns with a header; the best answer becomes option 0, the incorrect answers follow. */
final class TruthfulQaFile {
  private static final List<String> HEADER =
      List.of("Type", "Category", "Question", "Best Answer", "Correct Answers", "Incorrect Answers", "Source");
  private static final int QUESTION = 2;
  private static final int BEST = 3;
  private static final int CORRECT = 4;
  private static final int INCORRECT = 5;

  private TruthfulQaFile() {}

  /** Which answers are the options, and which of them are right. */
  private enum Form {
    BEST_AND_INCORRECT,
    ALL
  }

  /** The best answer and the incorrect ones, questions in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> read(Path file, String idPrefix) {
    return read(file, idPrefix, Form.BEST_AND_INCORRECT);
  }

  /** All correct and all incorrect answers, questions in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> readAll(Path file, String idPrefix) {
    return read(file, idPrefix, Form.ALL);
  }

  private static List<Question> read(Path file, String idPrefix, Form form) {
    String layout = String.join(",", HEADER);
    List<CsvRow> rows = CsvRow.read(file, HEADER.size(), layout);
    if (rows.isEmpty() || !rows.getFirst().cells().equals(HEADER)) {
      String got = rows.isEmpty() ? "an empty file" : "the header " + String.join(",", rows.getFirst().cells());
      throw new BenchmarkFileException(file, 1, got, layout, "fetch the file again");
    }
    List<Question> questions = new ArrayList<>();
    for (CsvRow row : rows.subList(1, rows.size())) {
      questions.add(question(file, row, idPrefix + questions.size(), form));
    }
    return questions;
  }

  private static Question question(Path file, CsvRow row, String id, Form form) {
    String text = PythonText.strip(row.cells().get(QUESTION));
    String best = PythonText.strip(row.cells().get(BEST));
    List<String> correct = form == Form.ALL ? answers(row, CORRECT) : List.of(best);
    List<String> incorrect = answers(row, INCORRECT);
    if (text.isEmpty() || best.isEmpty() || correct.isEmpty() || incorrect.isEmpty()) {
      String missing = text.isEmpty() ? "question" : best.isEmpty() ? "best answer" : correct.isEmpty() ? "correct answer" : "incorrect answer";
      throw new BenchmarkFileException(file, row.line(), "no " + missing, "a question, a best and incorrect answers", "repair the row");
    }
    List<String> options = Stream.concat(correct.stream(), incorrect.stream()).toList();
    if (options.size() > ChoiceQuestion.MOST_OPTIONS) {
      throw new BenchmarkFileException(
          file, row.line(), options.size() + " answers", "at most " + ChoiceQuestion.MOST_OPTIONS, "shorten the lists");
    }
    List<Integer> gold = IntStream.range(0, correct.size()).boxed().toList();
    return new ChoiceQuestion(id, new Source(file.getFileName().toString(), row.line()), "", text, options, gold);
  }

  private static List<String> answers(CsvRow row, int column) {
    return Stream.of(row.cells().get(column).split(";", -1)).map(PythonText::strip).filter(answer -> !answer.isEmpty()).toList();
  }
}
