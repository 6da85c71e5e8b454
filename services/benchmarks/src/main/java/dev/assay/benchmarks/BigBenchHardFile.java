package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A BIG-Bench-Hard task: {@code {"examples": [{"input", "target"}]}}; options, where there are any, stand in the input. */
final class BigBenchHardFile {
  private BigBenchHardFile() {}

  /** Questions in file order; example n has the id {@code idPrefix + n}. The source's line is the document's first. */
  static List<Question> read(Path file, String idPrefix) {
    List<Question> questions = new ArrayList<>();
    for (Json example : Json.document(file).children("examples")) {
      String input = example.text("input");
      String target = example.text("target");
      if (input.isBlank() || target.isBlank()) {
        throw example.refused(input.isBlank() ? "a blank input" : "a blank target", "a text");
      }
      Source source = new Source(file.getFileName().toString(), example.line());
      questions.add(new TextQuestion(idPrefix + questions.size(), source, input, List.of(target)));
    }
    return questions;
  }
}
