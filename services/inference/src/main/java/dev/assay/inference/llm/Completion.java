package dev.assay.inference.llm;

import dev.assay.records.Finish;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One text while it is generated: its tokens so far, and why it ended when it has. */
final class Completion {
  /** A decoder may treat the first tokens of what it is given in its own way; so many more are decoded than a stop text can have. */
  private static final int DECODE_MARGIN = 8;

  private final Adapter adapter;
  private final GenerateText settings;
  private final List<Integer> prompt;
  private final int cut;
  private final Sampler sampler;
  private final BitSet seen = new BitSet();
  private final Tokens tokens;
  private final Set<Integer> endTokens;
  private final int window;
  private final Follower follower;
  private final int tail;
  private final List<Integer> generated = new ArrayList<>();
  private final List<Double> logProbs = new ArrayList<>();
  private @Nullable GenerateOutcome outcome;
  private long promptComputed;
  private int begun;

  Completion(
      Adapter adapter, GenerateText settings, List<Integer> whole, Tokens tokens, Set<Integer> endTokens, int window, Follower follower) {
    this.adapter = adapter;
    this.settings = settings;
    this.follower = follower;
    this.prompt = fitted(whole, settings, window);
    this.cut = whole.size() - prompt.size();
    this.sampler = new Sampler(settings.sampling());
    this.tokens = tokens;
    this.endTokens = endTokens;
    this.window = window;
    // Every token but a decoder's first has at least one byte.
    this.tail = DECODE_MARGIN + settings.stop().stream().mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length).max().orElse(0);
    if (sampler.penalises()) {
      prompt.forEach(seen::set);
    }
    if (whole.isEmpty()) {
      refuse("the prompt is empty and the model has no token for the beginning of a text; give it a prompt");
    } else if (prompt.isEmpty()) {
      refuse("%d tokens are to be generated, but the model's window is %d; ask for fewer".formatted(settings.maxTokens(), window));
    } else if (prompt.size() > window) {
      refuse("the prompt has %d tokens, but the model's window is %d; shorten it".formatted(prompt.size(), window));
    } else if (settings.maxTokens() == 0) {
      finish(Finish.LENGTH, "", 0);
    }
  }

  private static List<Integer> fitted(List<Integer> whole, GenerateText settings, int window) {
    int room = Math.max(0, window - settings.maxTokens());
    if (whole.size() <= room) {
      return whole;
    }
    return switch (settings.truncation()) {
      case REFUSE -> whole;
      case LEFT -> List.copyOf(whole.subList(whole.size() - room, whole.size()));
      case RIGHT -> List.copyOf(whole.subList(0, room));
    };
  }

  Adapter adapter() {
    return adapter;
  }

  /** Whether it ended without a text. */
  boolean failed() {
    return outcome instanceof GenerateOutcome.Refused;
  }

  /** Whether its first token was chosen. */
  boolean begins() {
    return !generated.isEmpty();
  }

  List<Integer> prompt() {
    return prompt;
  }

  boolean takesTheBest() {
    return sampler.takesTheBest();
  }

  boolean done() {
    return outcome != null;
  }

  /** So many most probable tokens are wanted in the place of each. */
  int alternatives() {
    return follower.alternatives();
  }

  /** The most tokens that the prompt and its completion can have in the cache. */
  int mostTokens() {
    return (int) Math.min(window, (long) prompt.size() + settings.maxTokens());
  }

  /** Tokens in the text so far. */
  int length() {
    return prompt.size() + generated.size();
  }

  /** Tokens in the text so far that the model has read: all but the newest. */
  int read() {
    return length() - 1;
  }

  /** The newest token: the one that the model reads next. */
  int last() {
    return generated.getLast();
  }

  int next(float[] logits) {
    return sampler.next(logits, seen);
  }

  /** So many tokens of the prompt went through the model for this text. */
  void compute(long share) {
    promptComputed += share;
  }

  /** How many tokens of the prompt were read ahead. */
  int begun() {
    return begun;
  }

  void begin(int count) {
    begun = count;
  }

  void refuse(String reason) {
    outcome = new GenerateOutcome.Refused(reason);
  }

  /** Takes the next token, and ends the text when it is an end token, completes a stop text, or is the last that there is room for. */
  void accept(int token, double logProb, List<Likely> alternatives) {
    if (!Double.isFinite(logProb)) {
      refuse("the model gives the log-probability " + logProb + ", expected a finite number; check its weights");
      return;
    }
    generated.add(token);
    logProbs.add(logProb);
    if (sampler.penalises()) {
      seen.set(token);
    }
    if (endTokens.contains(token)) {
      finish(Finish.END, text(0, generated.size() - 1), generated.size() - 1);
    } else if (stopped()) {
      String text = text(0, generated.size());
      int at = firstStop(text);
      finish(Finish.STOP, text.substring(0, at), tokensBefore(at));
    } else if (generated.size() >= settings.maxTokens() || length() > window || follower.leaves()) {
      finish(Finish.LENGTH, text(0, generated.size()), generated.size());
    }
    follower.took(new ScoredToken(token, logProb, alternatives), done());
  }

  /** What it came to, once it is done. */
  GenerateOutcome outcome() {
    int fedBack = Math.max(0, generated.size() - 1);
    return switch (outcome) {
      case GenerateOutcome.Generated g -> new GenerateOutcome.Generated(
          g.text(), g.tokens(), g.logProb(), logProbs, g.finish(), (long) prompt.size() + fedBack, promptComputed + fedBack, cut);
      case GenerateOutcome.Refused r -> r;
      case null -> throw new IllegalStateException("the text is still being generated");
    };
  }

  private void finish(Finish why, String text, int counted) {
    double logProb = logProbs.subList(0, counted).stream().mapToDouble(Double::doubleValue).sum();
    outcome = new GenerateOutcome.Generated(text, generated, logProb, logProbs, why, 0, 0, cut);
  }

  /** Whether the newest token completes a stop text: it is looked for near the end, and then in the whole, which decides. */
  private boolean stopped() {
    return !settings.stop().isEmpty()
        && firstStop(text(Math.max(0, generated.size() - tail), generated.size())) >= 0
        && firstStop(text(0, generated.size())) >= 0;
  }

  private int firstStop(String text) {
    return settings.stop().stream().mapToInt(text::indexOf).filter(index -> index >= 0).min().orElse(-1);
  }

  private int tokensBefore(int at) {
    int count = 0;
    while (text(0, count).length() < at) {
      count++;
    }
    return count;
  }

  private String text(int from, int to) {
    return tokens.decode(Arrays.copyOfRange(generated.stream().mapToInt(Integer::intValue).toArray(), from, to));
  }
}
