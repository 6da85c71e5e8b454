package dev.assay.inference.llm;

import dev.assay.records.Finish;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One text while it is generated: its tokens so far, and why it ended when it has. */
final class Completion {
  private final GenerateText settings;
  private final List<Integer> prompt;
  private final Sampler sampler;
  private final Tokens tokens;
  private final Set<Integer> endTokens;
  private final int window;
  private final List<Integer> generated = new ArrayList<>();
  private final List<Double> logProbs = new ArrayList<>();
  private @Nullable GenerateOutcome outcome;

  Completion(GenerateText settings, List<Integer> prompt, Tokens tokens, Set<Integer> endTokens, int window) {
    this.settings = settings;
    this.prompt = prompt;
    this.sampler = new Sampler(settings);
    this.tokens = tokens;
    this.endTokens = endTokens;
    this.window = window;
    if (prompt.isEmpty()) {
      outcome = new GenerateOutcome.Refused("the prompt is empty and the model has no token for the beginning of a text; give it a prompt");
    } else if (prompt.size() > window) {
      outcome =
          new GenerateOutcome.Refused(
              "the prompt has %d tokens, but the model's window is %d; shorten it".formatted(prompt.size(), window));
    } else if (settings.maxTokens() == 0) {
      finish(Finish.LENGTH, "", 0);
    }
  }

  List<Integer> prompt() {
    return prompt;
  }

  boolean greedy() {
    return sampler.greedy();
  }

  boolean done() {
    return outcome != null;
  }

  /** The most tokens that the prompt and its completion can have in the cache. */
  int mostTokens() {
    return Math.min(window, Math.addExact(prompt.size(), settings.maxTokens()));
  }

  /** Tokens in the text so far. */
  int length() {
    return prompt.size() + generated.size();
  }

  /** The newest token: the one that the model reads next. */
  int last() {
    return generated.getLast();
  }

  /** Tokens that were read after the prompt. */
  int fedBack() {
    return Math.max(0, generated.size() - 1);
  }

  int draw(float[] logits) {
    return sampler.draw(logits);
  }

  void refuse(String reason) {
    outcome = new GenerateOutcome.Refused(reason);
  }

  /** Takes the next token, and ends the text when it is an end token, completes a stop text, or is the last that there is room for. */
  void accept(int token, double logProb) {
    if (!Double.isFinite(logProb)) {
      refuse("the model gives the log-probability " + logProb + ", expected a finite number; check its weights");
      return;
    }
    generated.add(token);
    logProbs.add(logProb);
    if (endTokens.contains(token)) {
      finish(Finish.END, text(generated.size() - 1), generated.size() - 1);
      return;
    }
    if (!settings.stop().isEmpty()) {
      String text = text(generated.size());
      int at = settings.stop().stream().mapToInt(text::indexOf).filter(index -> index >= 0).min().orElse(-1);
      if (at >= 0) {
        finish(Finish.STOP, text.substring(0, at), tokensBefore(at));
        return;
      }
    }
    if (generated.size() >= settings.maxTokens() || length() > window) {
      finish(Finish.LENGTH, text(generated.size()), generated.size());
    }
  }

  /** What it came to, once it is done. */
  GenerateOutcome outcome(long promptComputed) {
    return switch (outcome) {
      case GenerateOutcome.Generated g -> new GenerateOutcome.Generated(
          g.text(), g.tokens(), g.logProb(), g.finish(), (long) prompt.size() + fedBack(), promptComputed + fedBack());
      case GenerateOutcome.Refused r -> r;
      case null -> throw new IllegalStateException("the text is still being generated");
    };
  }

  private void finish(Finish why, String text, int counted) {
    double logProb = logProbs.subList(0, counted).stream().mapToDouble(Double::doubleValue).sum();
    outcome = new GenerateOutcome.Generated(text, generated, logProb, why, 0, 0);
  }

  private int tokensBefore(int at) {
    int count = 0;
    while (text(count).length() < at) {
      count++;
    }
    return count;
  }

  private String text(int count) {
    return tokens.decode(generated.subList(0, count).stream().mapToInt(Integer::intValue).toArray());
  }
}
