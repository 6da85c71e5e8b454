package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** GSM8K: one JSON object a line with {@code question} and {@code answer}, a worked solution that ends in {@code #### N}. */
final class Gsm8kFile {
  private static final Pattern FINAL_ANSWER = Pattern.compile("#### -?[\\d,.]*\\d\\s*\\z");

  private Gsm8kFile() {}

  /** Questions in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> read(Path file, String idPrefix) {
    List<Question> questions = new ArrayList<>();
    for (Json row : Json.lines(file)) {
      String question = row.text("question");
      String answer = row.text("answer");
      if (question.isBlank()) {
        throw row.refused("a blank question", "a text");
      }
      if (!FINAL_ANSWER.matcher(answer).find()) {
        throw row.refused("an answer without its number", "an answer that ends in a line \"#### N\"");
      }
      questions.add(
          new TextQuestion(
              idPrefix + questions.size(), new Source(file.getFileName().toString(), row.line()), question, List.of(answer)));
    }
    return questions;
  }
}
