package dev.assay.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/**
 * Which tasks are meant: a task's name ({@code mmlu/anatomy}), the beginning of names up to a slash ({@code mmlu},
 * {@code starter/bbq}, {@code starter}), {@code all}, the path of a user's own benchmark ({@code quiz.yaml}), or several of them separated by commas.
 *
 * @param names at least one, none blank
 */
public record TaskSelector(List<String> names) {
  /** Every task of the data folder, or of the starter benchmark when there is no data folder. */
  static final String ALL = "all";

  /** Copies the list and refuses an empty one. */
  public TaskSelector {
    names = List.copyOf(names);
    if (names.isEmpty() || names.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("No task named; name tasks such as mmlu/anatomy, starter or all");
    }
  }

  /** Reads names separated by commas. */
  public static TaskSelector parse(String text) {
    return new TaskSelector(Stream.of(text.split(",", -1)).map(String::strip).filter(n -> !n.isEmpty()).toList());
  }

  /** Whether a name means this task. */
  static boolean means(String name, String task) {
    return task.equals(name) || task.startsWith(name + "/");
  }
}
