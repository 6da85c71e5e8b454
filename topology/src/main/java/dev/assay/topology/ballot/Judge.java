package dev.assay.topology.ballot;

import dev.assay.records.Answer;
import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Failure;
import dev.assay.records.Text;
import dev.assay.records.TextGold;
import dev.assay.records.Verdict;
import dev.assay.topology.scoring.ChoiceScorer;
import dev.assay.topology.scoring.ScorerVersion;
import dev.assay.topology.scoring.TextScorer;
import java.util.List;
import java.util.function.ToLongFunction;

/** Scores an answer against the gold in its envelope. Pure. */
final class Judge {
  private Judge() {}

  /**
   * The verdict on an answer.
   *
   * @throws IllegalArgumentException when it has no usable outcome; the message says what was got, what was expected and what to do
   */
  static Verdict verdict(Answer answer) {
    return verdict(List.of(answer), outcome(answer));
  }

  /**
   * The verdict with this outcome on one ballot's answers, the first of which says what they are about; what they took is added up.
   *
   * @throws IllegalArgumentException when what they say they took is below 0
   */
  static Verdict verdict(List<Answer> answers, Object outcome) {
    answers.forEach(Judge::requireCounts);
    Answer first = answers.getFirst();
    Envelope envelope = first.getEnvelope();
    return new Verdict(
        envelope.getRun(),
        envelope.getPrompt(),
        first.getModel(),
        first.getCheckpoint(),
        envelope.getTask(),
        envelope.getTaskType(),
        envelope.getSkill(),
        envelope.getSource(),
        outcome,
        ScorerVersion.SCORER_VERSION,
        sum(answers, Answer::getTokensAsked),
        sum(answers, Answer::getTokensComputed),
        sum(answers, Answer::getTokensGenerated),
        sum(answers, Answer::getComputeMicros),
        envelope.getPromptedAt(),
        first.getAnsweredAt(),
        envelope.getModels(),
        envelope.getPerturbation(),
        answers.stream().anyMatch(answer -> answer.getCostMicros() == null) ? null : Long.valueOf(sum(answers, Answer::getCostMicros)),
        null);
  }

  private static long sum(List<Answer> answers, ToLongFunction<Answer> value) {
    long sum = 0;
    for (Answer answer : answers) {
      sum = Math.addExact(sum, value.applyAsLong(answer));
    }
    return sum;
  }

  private static Object outcome(Answer answer) {
    if (answer.getOutcome() instanceof Failure failure) {
      throw new IllegalArgumentException("the model could not answer: " + failure.getReason());
    }
    return switch (answer.getEnvelope().getGold()) {
      case ChoiceGold gold -> ChoiceScorer.score(gold, answer.getOutcome());
      case TextGold gold when answer.getOutcome() instanceof Text text -> TextScorer.score(gold, text.getText());
      case TextGold _ ->
          throw new IllegalArgumentException(
              "got an outcome of %s to a question that asks for text; expected Text".formatted(answer.getOutcome().getClass().getSimpleName()));
      default -> throw new IllegalStateException("unknown gold " + answer.getEnvelope().getGold().getClass());
    };
  }

  private static void requireCounts(Answer answer) {
    if (answer.getTokensAsked() < 0 || answer.getTokensComputed() < 0 || answer.getTokensGenerated() < 0 || answer.getComputeMicros() < 0) {
      throw new IllegalArgumentException(
          "got tokensAsked %d, tokensComputed %d, tokensGenerated %d, computeMicros %d; expected none below 0"
              .formatted(answer.getTokensAsked(), answer.getTokensComputed(), answer.getTokensGenerated(), answer.getComputeMicros()));
    }
    if (answer.getCostMicros() != null && answer.getCostMicros() < 0) {
      throw new IllegalArgumentException("got costMicros %d; expected 0 or more, or null where no price is known".formatted(answer.getCostMicros()));
    }
  }
}
