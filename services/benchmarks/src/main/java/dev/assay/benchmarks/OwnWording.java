package dev.assay.benchmarks;

import dev.assay.benchmarks.PromptStyle.Generating;
import dev.assay.records.Presentation;
import dev.assay.records.TaskType;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * How a user's own benchmark is asked: what its file says before its questions.
 *
 * @param kind what is asked of the model
 * @param taskType for routes and tables
 */
record OwnWording(Kind kind, TaskType taskType, PromptStyle style) implements TaskWording {
  private static final int TOKENS = 64;
  private static final int MOST_TOKENS = 100_000;
  private static final List<String> METRICS = List.of("exact_match", "quasi_exact_match");
  private static final Set<String> FIELDS =
      Set.of("type", "task_type", "instructions", "question_prefix", "answer_cue", "max_tokens", "stop", "metrics");

  /** What is asked of the model. */
  enum Kind {
    /** The label of the right option, with all options listed. */
    MULTIPLE_CHOICE,
    /** A text. */
    GENERATION,
    /** Which option the text goes on with, without a list of them. */
    LOGLIKELIHOOD;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The header of a file that has none. */
  static OwnWording of(Kind kind) {
    boolean continued = kind == Kind.LOGLIKELIHOOD;
    Generating generating = new Generating(TOKENS, List.of("\n"), 0, METRICS);
    return of(kind, TaskType.OTHER, "", continued ? "" : "Question: ", continued ? "" : "Answer:", generating);
  }

  /** Reads a header; throws {@link BenchmarkFileException} at what it does not know. */
  static OwnWording read(Json header) {
    header.requireKnown(FIELDS);
    Kind kind = oneOf(header, "type", header.text("type"), Kind.values());
    TaskType taskType = oneOf(header, "task_type", header.text("task_type", "other"), TaskType.values());
    PromptStyle usual = of(kind).style();
    if (kind != Kind.GENERATION) {
      for (String field : List.of("max_tokens", "stop", "metrics")) {
        if (header.has(field)) {
          throw header.refused("field \"" + field + "\" with type " + kind.label(), "it with type generation only");
        }
      }
    }
    Generating generating =
        new Generating(
            header.has("max_tokens") ? header.integer("max_tokens", 1, MOST_TOKENS) : TOKENS,
            header.has("stop") ? header.texts("stop") : usual.generating().stop(),
            0,
            header.has("metrics") ? header.texts("metrics") : METRICS);
    String instructions = header.text("instructions", "");
    return of(
        kind,
        taskType,
        instructions.isEmpty() ? "" : instructions.stripTrailing() + "\n\n",
        header.text("question_prefix", usual.lead()),
        header.text("answer_cue", usual.cue()),
        generating);
  }

  private static OwnWording of(Kind kind, TaskType taskType, String instructions, String lead, String cue, Generating generating) {
    Presentation presentation = kind == Kind.LOGLIKELIHOOD ? Presentation.SEPARATE : Presentation.LABELLED;
    // A text that goes on by itself has nothing between it and its continuation but a space.
    String end = cue.isEmpty() && kind == Kind.LOGLIKELIHOOD ? "" : "\n";
    return new OwnWording(kind, taskType, new PromptStyle(instructions, lead, end, cue, " ", "\n\n", presentation, generating));
  }

  private static <E extends Enum<E>> E oneOf(Json header, String field, String given, E[] values) {
    return Arrays.stream(values)
        .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(given))
        .findFirst()
        .orElseThrow(
            () ->
                header.refused(
                    "field \"" + field + "\" " + given,
                    "one of " + Arrays.stream(values).map(value -> value.name().toLowerCase(Locale.ROOT)).toList()));
  }
}
