package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A user's own benchmark: a YAML file with a header and {@code questions}, or a JSON object a line, of which the first may be the header
 * (docs/own-benchmark.md).
 *
 * @param examples the questions marked as worked examples, in file order
 * @param questions the others, in file order
 */
record OwnFile(OwnWording wording, List<Question> examples, List<Question> questions) {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,80}");
  private static final Set<String> FIELDS = Set.of("id", "question", "options", "answer", "example");

  OwnFile {
    examples = List.copyOf(examples);
    questions = List.copyOf(questions);
  }

  /** Whether a file of that name is one. */
  static boolean isNamed(String file) {
    String name = file.toLowerCase(Locale.ROOT);
    return name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".jsonl");
  }

  /** Name of the file's task below {@code own/}: the file's name without its ending. */
  static String task(Path file) {
    String stem = BenchmarkFolder.stem(file);
    if (!ID.matcher(stem).matches()) {
      throw new BenchmarkFileException(file, 0, "the name \"" + stem + "\"", "1 to 80 letters, digits and . _ -", "rename the file");
    }
    return stem;
  }

  /** The file; a question without an id has its place, from 0, for one, after {@code idPrefix}. */
  static OwnFile read(Path file, String idPrefix) {
    boolean lines = file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
    return lines ? ofLines(Json.lines(file), idPrefix) : ofYaml(YamlFile.read(file, "questions"), idPrefix);
  }

  private static OwnFile ofYaml(YamlFile yaml, String idPrefix) {
    return of(OwnWording.read(yaml.header()), yaml.rows(), idPrefix);
  }

  private static OwnFile ofLines(List<Json> lines, String idPrefix) {
    Optional<Json> header = lines.stream().findFirst().filter(first -> !first.has("question"));
    List<Json> rows = header.isPresent() ? lines.subList(1, lines.size()) : lines;
    OwnWording.Kind kind =
        !rows.isEmpty() && rows.getFirst().has("options") ? OwnWording.Kind.MULTIPLE_CHOICE : OwnWording.Kind.GENERATION;
    return of(header.map(OwnWording::read).orElseGet(() -> OwnWording.of(kind)), rows, idPrefix);
  }

  private static OwnFile of(OwnWording wording, List<Json> rows, String idPrefix) {
    List<Question> examples = new ArrayList<>();
    List<Question> questions = new ArrayList<>();
    PublishedIds ids = new PublishedIds();
    for (Json row : rows) {
      row.requireKnown(FIELDS);
      boolean example = row.flag("example");
      List<Question> kin = example ? examples : questions;
      String id = row.text("id", Integer.toString(kin.size()));
      if (!ID.matcher(id).matches()) {
        throw row.refused("field \"id\" " + id, "1 to 80 letters, digits and . _ -");
      }
      ids.add((example ? "example/" : "") + id, row);
      kin.add(question(wording.kind(), row, idPrefix + (example ? "example/" : "") + id));
    }
    return new OwnFile(wording, examples, questions);
  }

  private static Question question(OwnWording.Kind kind, Json row, String id) {
    Source source = new Source(row.file().getFileName().toString(), row.line());
    String text = row.filled("question");
    List<String> answers = row.texts("answer");
    if (answers.isEmpty() || answers.stream().anyMatch(String::isBlank)) {
      throw row.refused("field \"answer\" " + answers, "a text or a list of texts, none blank");
    }
    if (kind == OwnWording.Kind.GENERATION) {
      if (row.has("options")) {
        throw row.refused("field \"options\" with type generation", "a question and its answer");
      }
      return new TextQuestion(id, source, text, answers);
    }
    List<String> options = row.texts("options");
    boolean sound = options.size() >= 2 && options.size() <= ChoiceQuestion.MOST_OPTIONS && options.stream().noneMatch(String::isBlank);
    if (!sound || options.stream().distinct().count() < options.size()) {
      throw row.refused("field \"options\" " + options, "2 to " + ChoiceQuestion.MOST_OPTIONS + " different texts, none blank");
    }
    for (String answer : answers) {
      if (!options.contains(answer)) {
        throw row.refused("answer \"" + answer + "\"", "one of the options " + options);
      }
    }
    List<Integer> gold = IntStream.range(0, options.size()).filter(i -> answers.contains(options.get(i))).boxed().toList();
    return new ChoiceQuestion(id, source, "", text, options, gold);
  }
}
