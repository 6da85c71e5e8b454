package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Articles with their summaries: Parquet with the columns {@code id}, {@code article} and {@code highlights}, or one JSON object a line
 * with {@code id}, {@code article}, and {@code references} (the first is the article's own highlights, the only one that is scored
 * against, as in HELM) or {@code highlights}.
 */
final class CnnDmFile {
  private static final String PARQUET = ".parquet";
  private static final List<String> COLUMNS = List.of("id", "article", "highlights");

  private CnnDmFile() {}

  /** Whether a file of that name holds articles. */
  static boolean isNamed(String file) {
    return file.endsWith(".jsonl") || file.endsWith(PARQUET);
  }

  private static boolean isParquet(Path file) {
    return file.getFileName().toString().endsWith(PARQUET);
  }

  /** Articles in file order; row n has the id {@code idPrefix + n}. */
  static List<Question> read(Path file, String idPrefix) {
    List<Question> questions = new ArrayList<>();
    PublishedIds ids = new PublishedIds();
    for (Json row : rows(file)) {
      ids.add(row.text("id"), row);
      String article = row.text("article");
      List<String> references = row.has("highlights") ? row.texts("highlights") : row.texts("references");
      if (article.isBlank() || references.isEmpty() || references.getFirst().isBlank()) {
        throw row.refused(article.isBlank() ? "a blank article" : "no highlights", "an article and its highlights");
      }
      questions.add(
          new TextQuestion(
              idPrefix + questions.size(),
              new Source(file.getFileName().toString(), row.line()),
              article,
              List.of(references.getFirst())));
    }
    return questions;
  }

  /** The ids that the file gives its articles, in its order. */
  static List<String> ids(Path file) {
    return rows(file).stream().map(row -> row.text("id")).toList();
  }

  private static List<Json> rows(Path file) {
    return isParquet(file) ? ParquetRows.read(file, COLUMNS) : Json.lines(file);
  }
}
