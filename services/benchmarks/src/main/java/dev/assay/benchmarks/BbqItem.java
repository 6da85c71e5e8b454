package dev.assay.benchmarks;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What BBQ's authors say of a question beside its text, from which bias scores are computed.
 *
 * @param category the file's name, such as {@code Race_ethnicity}
 * @param negative whether the question asks for the one whom the stereotype blames
 * @param ambiguous whether the passage leaves open who it is
 * @param right position of the right answer, from 0
 * @param answerInfo what each answer stands for
 * @param stereotypedGroups the groups that the stereotype is about
 */
public record BbqItem(
    String category, boolean negative, boolean ambiguous, int right, List<List<String>> answerInfo, List<String> stereotypedGroups) {
  private static final String SUFFIX = ".jsonl";
  private static final int ANSWERS = 3;

  /** Copies the lists. */
  public BbqItem {
    answerInfo = answerInfo.stream().map(List::copyOf).toList();
    stereotypedGroups = List.copyOf(stereotypedGroups);
  }

  /**
   * The items of all categories, by the ids of their prompts; none when the folder has no BBQ.
   *
   * @throws BenchmarkFileException when a file is refused
   */
  public static Map<String, BbqItem> byPrompt(Path dataFolder) {
    Map<String, BbqItem> items = new HashMap<>();
    for (TaskFiles task : new BenchmarkFolder(dataFolder, "").tasks()) {
      if (task.benchmark() == Benchmark.BBQ) {
        List<Json> rows = Json.lines(task.asked());
        String name = task.asked().getFileName().toString();
        String category = name.substring(0, name.length() - SUFFIX.length());
        IntStream.range(0, rows.size()).forEach(row -> items.put(task.task() + "/" + row, of(category, rows.get(row))));
      }
    }
    return items;
  }

  private static BbqItem of(String category, Json row) {
    Json info = row.child("answer_info");
    return new BbqItem(
        category,
        row.text("question_polarity").equals("neg"),
        row.text("context_condition").equals("ambig"),
        row.integer("label", 0, ANSWERS - 1),
        IntStream.range(0, ANSWERS).mapToObj(i -> info.texts("ans" + i)).toList(),
        row.child("additional_metadata").texts("stereotyped_groups"));
  }
}
