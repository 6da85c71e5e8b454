package dev.assay.inference.llm;

import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.llm.GenerateOutcome.Generated;
import dev.assay.records.Alternative;
import dev.assay.records.Complete;
import dev.assay.records.Completed;
import dev.assay.records.Conversation;
import dev.assay.records.DescribeTokenizer;
import dev.assay.records.Detokenize;
import dev.assay.records.Ending;
import dev.assay.records.Interactive;
import dev.assay.records.Piece;
import dev.assay.records.PlainText;
import dev.assay.records.Sample;
import dev.assay.records.Token;
import dev.assay.records.TokenIds;
import dev.assay.records.TokenizerCard;
import dev.assay.records.Tokenize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Work for clients who wait: completions with the detail that they ask for, in pieces where they want to see the text grow. */
final class Interactions {
  /** A text to stand before a token, so that a decoder does not take it for a text's first. */
  private static final String BEFORE = "a";

  private final Tokens tokens;
  private final Generator generator;
  private final PromptScorer prompts;
  private final Optional<ChatTemplate> chatTemplate;
  private final TokenizerCard tokenizer;
  private final Map<Integer, String> texts = new HashMap<>();
  private final int[] before;
  private final int beforeLength;

  Interactions(
      Tokens tokens, Generator generator, PromptScorer prompts, Optional<ChatTemplate> chatTemplate, TokenizerCard tokenizer) {
    this.tokens = tokens;
    this.generator = generator;
    this.prompts = prompts;
    this.chatTemplate = chatTemplate;
    this.tokenizer = tokenizer;
    this.before = tokens.encodePlain(BEFORE);
    this.beforeLength = tokens.decode(before).length();
  }

  /** Begins the work, or declines it at once. */
  void begin(Adapter adapter, Interactive interactive, Truncation truncation, Inbox.Task task) {
    try {
      switch (interactive.getAsk()) {
        case Complete complete -> complete(adapter, complete, truncation, task);
        case Tokenize ask -> {
          int[] ids = ask.getSpecial() ? tokens.encode(ask.getText()) : tokens.encodePlain(ask.getText());
          Object found = new dev.assay.records.Tokens(Arrays.stream(ids).boxed().toList(), tokenizer.getWindow());
          task.answer().accept(new ModelAnswer(found, 0, 0, 0));
        }
        case Detokenize ask ->
            task.answer().accept(new ModelAnswer(new PlainText(tokens.decode(known(ask.getIds()))), 0, 0, 0));
        case DescribeTokenizer _ -> task.answer().accept(new ModelAnswer(tokenizer, 0, 0, 0));
        default ->
            throw new IllegalArgumentException(
                "the request asks for " + interactive.getAsk() + ", expected Complete, Tokenize, Detokenize or DescribeTokenizer");
      }
    } catch (IllegalArgumentException e) {
      task.answer().accept(ModelAnswer.refused(String.valueOf(e.getMessage())));
    }
  }

  private void complete(Adapter adapter, Complete ask, Truncation truncation, Inbox.Task task) {
    String text =
        switch (ask.getPrompt()) {
          case String prompt -> prompt;
          case TokenIds prompt -> tokens.decode(known(prompt.getIds()));
          case Conversation conversation -> render(conversation);
          default -> throw new IllegalArgumentException("the prompt is a " + ask.getPrompt().getClass() + ", expected a text, tokens or messages");
        };
    List<Integer> ids = ask.getPrompt() instanceof TokenIds given ? List.copyOf(given.getIds()) : generator.ids(text);
    int window = tokenizer.getWindow();
    if (ids.size() > window) {
      throw new IllegalArgumentException("the prompt has %d tokens, but the model's window is %d; shorten it".formatted(ids.size(), window));
    }
    int maxTokens = ask.getMaxTokens() < 0 ? Math.max(0, window - ids.size()) : ask.getMaxTokens();
    if (maxTokens > 0 && ids.size() + (long) maxTokens > window + 1L) {
      throw new IllegalArgumentException(
          "the prompt has %d tokens and %d are to be generated, but the model's window is %d; shorten the prompt or ask for fewer"
              .formatted(ids.size(), maxTokens, window));
    }
    if (ask.getSamples() < 1) {
      throw new IllegalArgumentException("the request asks for " + ask.getSamples() + " samples, expected at least 1");
    }
    Sampling sampling =
        new Sampling(ask.getTemperature(), ask.getTopK(), ask.getTopP(), ask.getRepetitionPenalty(), ask.getSeed());
    List<GenerateText> wanted =
        IntStream.range(0, ask.getSamples())
            .mapToObj(number -> new GenerateText(text, maxTokens, ask.getStop(), sampling.sample(number), truncation))
            .toList();
    Exchange exchange = new Exchange(adapter, ask, text, ids, task);
    if (ask.getEcho() && ask.getAlternatives() >= 0 && !ids.isEmpty()) {
      prompts.add(
          adapter,
          ids,
          ask.getAlternatives(),
          scored -> {
            if (!scored.failure().isEmpty()) {
              task.answer().accept(ModelAnswer.failure(scored.failure()));
              return;
            }
            exchange.echo(scored);
            exchange.generate(wanted);
          });
    } else {
      exchange.generate(wanted);
    }
  }

  private String render(Conversation conversation) {
    ChatTemplate template =
        chatTemplate.orElseThrow(
            () -> new IllegalArgumentException("the model has no chat template: it was not made for conversations; send it a prompt instead"));
    return template.render(
        conversation.getMessages().stream().map(message -> new ChatMessage(message.getRole(), message.getContent())).toList(), true);
  }

  private int[] known(List<Integer> ids) {
    for (int id : ids) {
      if (id < 0 || id >= tokenizer.getVocabulary()) {
        throw new IllegalArgumentException("token %d is outside the vocabulary of %d".formatted(id, tokenizer.getVocabulary()));
      }
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  /** A token's text by itself. */
  private String text(int id) {
    return texts.computeIfAbsent(
        id,
        _ -> {
          int[] both = Arrays.copyOf(before, before.length + 1);
          both[before.length] = id;
          String whole = tokens.decode(both);
          String own = whole.substring(Math.min(beforeLength, whole.length()));
          return own.isEmpty() || own.contains("\uFFFD") ? "token_id:" + id : own;
        });
  }

  private List<Alternative> alternatives(ScoredToken token, int count) {
    List<Alternative> list = new ArrayList<>();
    for (Likely likely : token.alternatives()) {
      list.add(new Alternative(likely.id(), text(likely.id()), likely.logProb()));
    }
    if (count > 0 && token.alternatives().stream().noneMatch(likely -> likely.id() == token.id())) {
      list.add(new Alternative(token.id(), text(token.id()), token.logProb()));
    }
    return list;
  }

  /** One request while it is worked on. */
  private final class Exchange {
    private final Adapter adapter;
    private final Complete ask;
    private final String prompt;
    private final List<Integer> ids;
    private final Inbox.Task task;
    private final List<Token> detail = new ArrayList<>();
    private final List<Growth> growths = new ArrayList<>();
    private final @Nullable GenerateOutcome[] outcomes;
    private long computed;
    private int missing;

    Exchange(Adapter adapter, Complete ask, String prompt, List<Integer> ids, Inbox.Task task) {
      this.adapter = adapter;
      this.ask = ask;
      this.prompt = prompt;
      this.ids = ids;
      this.task = task;
      this.outcomes = new GenerateOutcome[ask.getSamples()];
      this.missing = ask.getSamples();
    }

    void echo(PromptScorer.Scored scored) {
      computed += scored.computed();
      GrowingText text = new GrowingText(tokens);
      detail.add(new Token(ids.getFirst(), text.add(ids.getFirst()), null, List.of()));
      for (ScoredToken token : scored.tokens()) {
        detail.add(new Token(token.id(), text.add(token.id()), token.logProb(), alternatives(token, ask.getAlternatives())));
      }
    }

    void generate(List<GenerateText> wanted) {
      for (int i = 0; i < wanted.size(); i++) {
        int number = i;
        Growth growth = new Growth(number, ask, task);
        growths.add(growth);
        generator.add(adapter, wanted.get(i), ids, growth, outcome -> ended(number, outcome));
      }
    }

    private void ended(int number, GenerateOutcome outcome) {
      outcomes[number] = outcome;
      missing--;
      if (missing == 0) {
        task.answer().accept(whole());
      }
    }

    private ModelAnswer whole() {
      List<Sample> samples = new ArrayList<>();
      long asked = 0;
      long generated = 0;
      for (int i = 0; i < outcomes.length; i++) {
        switch (outcomes[i]) {
          case Generated one -> {
            asked += one.tokensAsked();
            computed += one.tokensComputed();
            generated += one.tokens().size();
            samples.add(
                new Sample(one.text(), Ending.valueOf(one.finish().name()), one.tokens().size(), growths.get(i).tokens()));
          }
          case GenerateOutcome.Refused refused -> {
            return ModelAnswer.refused(refused.reason());
          }
          case null -> throw new IllegalStateException("a text is missing");
        }
      }
      return new ModelAnswer(
          new Completed(ask.getEcho() ? prompt : "", ids.size(), detail, samples), asked, computed, generated);
    }
  }

  /** One text while it grows. */
  private final class Growth implements Follower {
    private final int number;
    private final Complete ask;
    private final Inbox.Task task;
    private final GrowingText text = new GrowingText(tokens);
    private final StringBuilder held = new StringBuilder();
    private final List<Token> all = new ArrayList<>();
    private int given;
    private int givenTokens;

    Growth(int number, Complete ask, Inbox.Task task) {
      this.number = number;
      this.ask = ask;
      this.task = task;
    }

    List<Token> tokens() {
      return ask.getAlternatives() < 0 ? List.of() : Collections.unmodifiableList(all);
    }

    @Override
    public int alternatives() {
      return Math.max(0, ask.getAlternatives());
    }

    @Override
    public void took(ScoredToken token, boolean ended) {
      if (!ask.getPieces() && ask.getAlternatives() < 0) {
        return;
      }
      String part = text.add(token.id());
      if (ask.getAlternatives() >= 0) {
        all.add(new Token(token.id(), part, token.logProb(), Interactions.this.alternatives(token, ask.getAlternatives())));
      }
      if (ask.getPieces() && !ended) {
        held.append(part);
        give(held.length() - mayBeginAStop());
      }
    }

    @Override
    public boolean leaves() {
      return task.abandoned().getAsBoolean();
    }

    /** Hands over what no stop text can take back. */
    private void give(int length) {
      if (length > 0) {
        List<Token> with = List.copyOf(all.subList(givenTokens, all.size()));
        task.piece().accept(new Piece(number, given, held.substring(0, length), givenTokens, with));
        given += length;
        givenTokens = all.size();
        held.delete(0, length);
      }
    }

    private int mayBeginAStop() {
      int most = 0;
      for (String stop : ask.getStop()) {
        for (int length = Math.min(stop.length() - 1, held.length()); length > most; length--) {
          if (held.substring(held.length() - length).equals(stop.substring(0, length))) {
            most = length;
          }
        }
      }
      return most;
    }
  }
}
