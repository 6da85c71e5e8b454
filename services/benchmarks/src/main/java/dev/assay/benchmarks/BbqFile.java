package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** A BBQ category: one JSON object a line with a context, a question, three answers and the index of the right one. */
final class BbqFile {
  private static final int ANSWERS = 3;
  private static final Set<String> POLARITIES = Set.of("neg", "nonneg");
  private static final Set<String> CONDITIONS = Set.of("ambig", "disambig");

  private BbqFile() {}

  /** Questions in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> read(Path file, String idPrefix) {
    List<Question> questions = new ArrayList<>();
    PublishedIds ids = new PublishedIds();
    for (Json row : Json.lines(file)) {
      ids.add(Integer.toString(row.integer("example_id", 0, Integer.MAX_VALUE)), row);
      questions.add(question(file, row, idPrefix + questions.size()));
    }
    return questions;
  }

  private static Question question(Path file, Json row, String id) {
    oneOf(row, "question_polarity", POLARITIES);
    oneOf(row, "context_condition", CONDITIONS);
    Json info = row.child("answer_info");
    for (int i = 0; i < ANSWERS; i++) {
      info.texts("ans" + i);
    }
    row.child("additional_metadata").texts("stereotyped_groups");
    String question = row.filled("question");
    List<String> options = IntStream.range(0, ANSWERS).mapToObj(i -> row.filled("ans" + i)).toList();
    String right = options.get(row.integer("label", 0, ANSWERS - 1));
    List<Integer> gold = IntStream.range(0, ANSWERS).filter(i -> options.get(i).equals(right)).boxed().toList();
    return new ChoiceQuestion(
        id, new Source(file.getFileName().toString(), row.line()), row.filled("context"), question, options, gold);
  }

  private static void oneOf(Json row, String field, Set<String> allowed) {
    if (!allowed.contains(row.text(field))) {
      throw row.refused("field \"" + field + "\" " + row.text(field), "one of " + allowed.stream().sorted().toList());
    }
  }
}
