package dev.assay.topology.intake;

import dev.assay.records.ChoiceGold;
import dev.assay.records.Envelope;
import dev.assay.records.Generate;
import dev.assay.records.Prompt;
import dev.assay.records.Score;
import dev.assay.records.TextGold;
import dev.assay.records.Variant;
import dev.assay.topology.Arrival;
import dev.assay.topology.scoring.TaskTyping;
import java.time.Instant;
import java.util.List;

/**
 * What is asked of each model of a prompt: the same work for all.
 *
 * @param arrival the prompt's record
 * @param envelope what the later stages need to know
 * @param prefix text that all variants begin with
 * @param wanted a {@link Score} or a {@link Generate}
 * @param hash 16 hex digits that tell this work from another
 */
record Work(Arrival arrival, Envelope envelope, String prefix, Object wanted, String hash) {
  /** UTF-8 takes at most three bytes for a UTF-16 char. */
  private static final int BYTES_PER_CHAR = 3;

  /** Lengths, orders, numbers and the envelope's fixed part: more than they take, for each variant and position. */
  private static final int BYTES_BESIDE_TEXT = 512;

  /** The work of a round of orders; whatever else is asked has one round, 0. */
  static Work of(Prompt prompt, Arrival arrival, Addressees asked, int round) {
    Object wanted = PromptRenderer.work(prompt, round);
    TaskTyping.Tag typed = typed(prompt);
    Envelope envelope =
        new Envelope(
            prompt.getRun(),
            prompt.getId(),
            prompt.getTask(),
            typed.taskType(),
            typed.skill(),
            prompt.getSource(),
            arrival.partition(),
            arrival.offset(),
            Instant.ofEpochMilli(arrival.record().timestamp()),
            PromptRenderer.gold(prompt, round),
            asked.names(),
            prompt.getPerturbation(),
            asked.routed().orElse(null));
    return new Work(arrival, envelope, prompt.getPrefix(), wanted, RequestIds.hash(prompt.getPrefix(), wanted));
  }

  /** What kind of question a prompt is: as it says, or as its text tells. */
  static TaskTyping.Tag typed(Prompt prompt) {
    return TaskTyping.of(prompt.getTaskType(), prompt.getTaskType() == null ? firstText(prompt) : "");
  }

  /** No request for this work takes more bytes; most take a third of it. */
  long mostBytes() {
    long chars = (long) prefix.length() + envelope.getSource().length() + envelope.getTask().length() + lengths(envelope.getModels());
    if (envelope.getRouted() != null) {
      chars += envelope.getRouted().getReason().length() + lengths(envelope.getRouted().getEvidence());
    }
    long parts = 1;
    switch (wanted) {
      case Score score -> {
        chars += score.getQuestion().length() + lengths(score.getOptions());
        for (Variant variant : score.getVariants()) {
          chars += variant.getSuffix().length() + lengths(variant.getContinuations());
          parts++;
        }
      }
      case Generate generate -> chars += generate.getSuffix().length() + lengths(generate.getStop());
      default -> throw new IllegalStateException("unknown work " + wanted.getClass());
    }
    switch (envelope.getGold()) {
      case ChoiceGold gold -> chars += lengths(gold.getLabels());
      case TextGold gold -> {
        chars += lengths(gold.getReferences()) + lengths(gold.getMetrics());
        parts += gold.getReferences().size() / 16;
      }
      default -> throw new IllegalStateException("unknown gold " + envelope.getGold().getClass());
    }
    return chars * BYTES_PER_CHAR + parts * BYTES_BESIDE_TEXT;
  }

  /** What a model reads in the published order. */
  private static String firstText(Prompt prompt) {
    return switch (PromptRenderer.work(prompt)) {
      case Score score -> prompt.getPrefix() + score.getVariants().getFirst().getSuffix();
      case Generate generate -> prompt.getPrefix() + generate.getSuffix();
      default -> throw new IllegalStateException("unknown ask " + prompt.getAsk().getClass());
    };
  }

  private static long lengths(List<String> texts) {
    long sum = 0;
    for (String text : texts) {
      sum += text.length();
    }
    return sum;
  }
}
