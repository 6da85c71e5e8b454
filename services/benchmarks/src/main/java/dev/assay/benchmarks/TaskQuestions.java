package dev.assay.benchmarks;

import dev.assay.records.TaskType;
import java.util.List;
import java.util.Optional;

/**
 * What a task's files hold.
 *
 * @param examples questions set apart for worked examples by the layout itself, in file order
 * @param rows the other questions, in file order; a format may still set some apart
 * @param unasked questions that the layout has between the examples and the rows, which are only counted
 * @param wording how the task's own file words its prompts, where it does
 */
record TaskQuestions(TaskFiles files, List<Question> examples, List<Question> rows, int unasked, Optional<TaskWording> wording) {
  TaskQuestions {
    examples = List.copyOf(examples);
    rows = List.copyOf(rows);
  }

  /** The task type that its prompts declare. */
  TaskType taskType() {
    return wording.orElse(null) instanceof OwnWording own ? own.taskType() : files.benchmark().taskType();
  }
}
