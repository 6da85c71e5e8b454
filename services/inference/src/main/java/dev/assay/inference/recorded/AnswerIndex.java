package dev.assay.inference.recorded;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Stored answers by prompt id and by what was asked. */
final class AnswerIndex {

  private final Map<String, StoredAnswer> byPrompt = new HashMap<>();
  private final Map<Question, Entry> byQuestion = new HashMap<>();
  private final List<String> contradictions = new ArrayList<>();

  /** What to do with a second, different answer to an equal question. */
  enum Contradiction {
    /** The line says nothing else to tell the two apart. */
    REFUSE,
    /** Prompt ids tell them apart; only a look-up by question cannot. */
    AMBIGUOUS,
    /** A published table that asked twice: the first row stands, and the second is listed. */
    FIRST_STANDS
  }

  /**
   * What was asked; blanks around the texts do not count.
   *
   * @param options in published order; empty for generated text
   */
  record Question(String question, List<String> options) {
    Question {
      question = question.strip();
      options = options.stream().map(String::strip).toList();
    }
  }

  private record Entry(StoredAnswer answer, @Nullable StoredAnswer other) {}

  void add(String prompt, StoredAnswer answer) {
    StoredAnswer earlier = byPrompt.putIfAbsent(prompt, answer);
    if (earlier != null && !earlier.says(answer)) {
      throw new MalformedRecordingException(
          answer.where(), "got a second, different answer to prompt %s; the first is at %s; keep one".formatted(prompt, earlier.where()));
    }
  }

  void add(Question question, StoredAnswer answer, Contradiction rule) {
    Entry earlier = byQuestion.putIfAbsent(question, new Entry(answer, null));
    if (earlier == null || earlier.answer().says(answer)) {
      return;
    }
    switch (rule) {
      case REFUSE ->
          throw new MalformedRecordingException(
              answer.where(),
              "got a second, different answer to the same question without a prompt id; the first is at %s; keep one"
                  .formatted(earlier.answer().where()));
      case AMBIGUOUS -> byQuestion.put(question, new Entry(earlier.answer(), answer));
      case FIRST_STANDS -> contradictions.add(earlier.answer().where() + " and " + answer.where());
    }
  }

  int size() {
    return Math.max(byPrompt.size(), byQuestion.size());
  }

  /** Pairs of places that answer an equal question differently, of which the first stands. */
  List<String> contradictions() {
    return contradictions;
  }

  /** The stored answer, by prompt id first. */
  Found find(String prompt, Question question) {
    StoredAnswer answer = byPrompt.get(prompt);
    if (answer != null) {
      return new Found.One(answer);
    }
    Entry entry = byQuestion.get(question);
    if (entry == null) {
      return new Found.None();
    }
    return entry.other() == null ? new Found.One(entry.answer()) : new Found.Two(entry.answer(), entry.other());
  }

  /** What a look-up found. */
  sealed interface Found {
    record One(StoredAnswer answer) implements Found {}

    record Two(StoredAnswer first, StoredAnswer second) implements Found {}

    record None() implements Found {}
  }
}
