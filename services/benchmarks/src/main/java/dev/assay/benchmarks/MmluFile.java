package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * An MMLU file: {@code question,A,B,C,D,letter} without a header as its authors publish it, or with the header
 * {@code question,choice0,choice1,choice2,choice3,answer} and the answer as 0 to 3 or as a letter.
 */
final class MmluFile {
  private static final int COLUMNS = 6;
  private static final int OPTIONS = 4;
  private static final String LAYOUT = "question, four options, answer as A to D or 0 to 3";

  private MmluFile() {}

  /** Questions in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> read(Path file, String idPrefix) {
    List<CsvRow> rows = CsvRow.read(file, COLUMNS, LAYOUT);
    boolean header = !rows.isEmpty() && gold(rows.getFirst().last()).isEmpty();
    if (header) {
      checkHeader(file, rows.getFirst());
    }
    List<Question> questions = new ArrayList<>();
    for (CsvRow row : rows.subList(header ? 1 : 0, rows.size())) {
      questions.add(question(file, row, idPrefix + questions.size()));
    }
    return questions;
  }

  private static void checkHeader(Path file, CsvRow row) {
    String first = row.cells().getFirst().strip().toLowerCase(Locale.ROOT);
    String last = row.last().strip().toLowerCase(Locale.ROOT);
    if (!first.equals("question") || !last.equals("answer")) {
      throw new BenchmarkFileException(
          file,
          row.line(),
          "a first row that ends in \"" + row.last() + "\"",
          "a question whose answer is A to D or 0 to 3, or the header question,choice0,choice1,choice2,choice3,answer",
          "repair the first row");
    }
  }

  private static Question question(Path file, CsvRow row, String id) {
    OptionalInt gold = gold(row.last());
    if (gold.isEmpty()) {
      throw new BenchmarkFileException(file, row.line(), "answer \"" + row.last() + "\"", "A to D or 0 to 3", "repair the answer");
    }
    String text = row.cells().getFirst();
    List<String> options = row.cells().subList(1, 1 + OPTIONS);
    if (text.isBlank()) {
      throw new BenchmarkFileException(file, row.line(), "a blank question", "a text", "repair the row");
    }
    String right = options.get(gold.getAsInt());
    // HELM counts every option whose text equals the right one's text as right.
    List<Integer> golds = IntStream.range(0, OPTIONS).filter(i -> options.get(i).equals(right)).boxed().toList();
    return new ChoiceQuestion(id, new Source(file.getFileName().toString(), row.line()), "", text, options, golds);
  }

  private static OptionalInt gold(String answer) {
    String key = answer.strip();
    int index = key.length() == 1 ? Math.max("ABCD".indexOf(key), "0123".indexOf(key)) : -1;
    return index < 0 ? OptionalInt.empty() : OptionalInt.of(index);
  }
}
