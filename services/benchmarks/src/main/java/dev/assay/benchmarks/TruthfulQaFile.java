package dev.assay.benchmarks;

import dev.assay.benchmarks.python.PythonText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** {@code TruthfulQA.csv}: seven columns with a header; the best answer becomes option 0, the incorrect answers follow. */
final class TruthfulQaFile {
  private static final List<String> HEADER =
      List.of("Type", "Category", "Question", "Best Answer", "Correct Answers", "Incorrect Answers", "Source");
  private static final int QUESTION = 2;
  private static final int BEST = 3;
  private static final int INCORRECT = 5;

  private TruthfulQaFile() {}

  /** Questions in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> read(Path file, String idPrefix) {
    String layout = String.join(",", HEADER);
    List<CsvRow> rows = CsvRow.read(file, HEADER.size(), layout);
    if (rows.isEmpty() || !rows.getFirst().cells().equals(HEADER)) {
      String got = rows.isEmpty() ? "an empty file" : "the header " + String.join(",", rows.getFirst().cells());
      throw new BenchmarkFileException(file, 1, got, layout, "fetch the file again");
    }
    List<Question> questions = new ArrayList<>();
    for (CsvRow row : rows.subList(1, rows.size())) {
      questions.add(question(file, row, idPrefix + questions.size()));
    }
    return questions;
  }

  private static Question question(Path file, CsvRow row, String id) {
    String text = PythonText.strip(row.cells().get(QUESTION));
    String best = PythonText.strip(row.cells().get(BEST));
    List<String> incorrect = Stream.of(row.cells().get(INCORRECT).split(";", -1)).map(PythonText::strip).filter(a -> !a.isEmpty()).toList();
    if (text.isEmpty() || best.isEmpty() || incorrect.isEmpty()) {
      String missing = text.isEmpty() ? "question" : best.isEmpty() ? "best answer" : "incorrect answer";
      throw new BenchmarkFileException(file, row.line(), "no " + missing, "a question, a best and incorrect answers", "repair the row");
    }
    if (incorrect.size() >= ChoiceQuestion.MOST_OPTIONS) {
      throw new BenchmarkFileException(
          file, row.line(), incorrect.size() + " incorrect answers", "at most " + (ChoiceQuestion.MOST_OPTIONS - 1), "shorten the list");
    }
    List<String> options = Stream.concat(Stream.of(best), incorrect.stream()).toList();
    return new ChoiceQuestion(id, new Source(file.getFileName().toString(), row.line()), "", text, options, List.of(0));
  }
}
