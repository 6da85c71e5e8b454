package dev.assay.inference.llm;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.llm.weights.Architecture;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.WeightSource;
import dev.assay.records.Failure;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Text;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A language model in this process. One thread uses it at a time.
 *
 * <p>A process that ends while a call runs crashes in libtorch, whose static objects go before its threads: a shutdown hook of the owner
 * should wait for the call to return.
 *
 * <p>Scores and completions do not depend on what shares a batch: decisions are equal and log-probabilities agree within 1e-4 in float32.
 */
public final class LanguageModel implements AnsweringModel {
  private final ModelCard card;
  private final Tokens tokens;
  private final Transformer transformer;
  private final TreeReader reader;
  private final TreeScorer scorer;
  private final Generator generator;
  private final Optional<ChatTemplate> chatTemplate;

  private LanguageModel(ModelCard card, Tokens tokens, Transformer transformer, WeightSource source, LoadOptions options)
      throws IOException {
    this.card = card;
    this.tokens = tokens;
    this.transformer = transformer;
    this.reader = new TreeReader(transformer, options.maxPassTokens());
    this.scorer = new TreeScorer(transformer, reader, new Continuations(tokens, source.startToken()));
    this.generator =
        new Generator(transformer, reader, tokens, source.endTokens(), source.startToken(), options.decodeRows());
    this.chatTemplate =
        source
            .chatTemplate()
            .map(
                template ->
                    new ChatTemplate(
                        template,
                        source.namedToken("bos_token").orElseGet(() -> text(source.startToken().stream())),
                        source.namedToken("eos_token").orElseGet(() -> text(source.endTokens().stream().mapToInt(id -> id)))));
  }

  /**
   * Loads a GGUF file, or a folder as Hugging Face stores models.
   *
   * @param name by which prompts ask for it
   * @throws ModelFileException when the files are incomplete, damaged, or of a kind that is not supported
   */
  public static LanguageModel load(Path path, String name, LoadOptions options) throws IOException {
    WeightSource source = WeightSource.open(path);
    try {
      Tokens tokens = Tokens.of(source.tokenizerJson(), source.addsStart() ? source.startToken() : OptionalInt.empty());
      try {
        Architecture architecture = source.architecture();
        ModelCard card =
            new ModelCard(name, source.checkpoint(), "language", architecture.context(), architecture.parameters());
        return new LanguageModel(card, tokens, Transformer.load(source, options), source, options);
      } catch (IOException | RuntimeException e) {
        tokens.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  @Override
  public ModelCard card() {
    return card;
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    List<List<ScoreText>> scored = new ArrayList<>();
    List<GenerateText> generated = new ArrayList<>();
    List<Answering> plan = batch.stream().map(request -> plan(request, scored, generated)).toList();
    List<Reading> readings = scored.isEmpty() ? List.of() : scorer.score(scored);
    List<GenerateOutcome> completions = generated.isEmpty() ? List.of() : generator.generate(generated);
    return plan.stream()
        .map(
            answering ->
                switch (answering) {
                  case Answering.Scoring s -> votes(s.score(), readings.get(s.group()));
                  case Answering.Generating g -> text(completions.get(g.index()));
                  case Answering.Refusing r -> ModelAnswer.failure(r.reason());
                })
        .toList();
  }

  /** Scores texts outside any request; an outcome a text, in their order. */
  public List<ScoreOutcome> score(List<ScoreText> texts) {
    return scorer.score(List.of(texts)).getFirst().outcomes();
  }

  /** Completes texts outside any request; an outcome a text, in their order. */
  public List<GenerateOutcome> generate(List<GenerateText> texts) {
    return generator.generate(texts);
  }

  /**
   * Natural logarithm of the probability of each token but the first, given all before it.
   *
   * @throws IllegalArgumentException when there are more than the model's window and one, or one is outside the vocabulary
   */
  public double[] tokenLogProbs(int[] ids) {
    if (ids.length > card.contextTokens() + 1) {
      throw new IllegalArgumentException(ids.length + " tokens, but the model's window is " + card.contextTokens());
    }
    for (int id : ids) {
      if (id < 0 || id >= transformer.shape().vocabulary()) {
        throw new IllegalArgumentException("token " + id + " is outside the vocabulary of " + transformer.shape().vocabulary());
      }
    }
    return scorer.tokenLogProbs(ids);
  }

  /** The tokens of a text, after the token that the model's tokenizer puts before every text, if it does. */
  public int[] encode(String text) {
    return tokens.encode(text);
  }

  /** The text of tokens, special ones included. */
  public String decode(int[] ids) {
    return tokens.decode(ids);
  }

  /** How the model wants a conversation written; empty for one that was not made for conversations. */
  public Optional<ChatTemplate> chatTemplate() {
    return chatTemplate;
  }

  private String text(IntStream ids) {
    return tokens.decode(ids.limit(1).toArray());
  }

  @Override
  public void close() {
    reader.close();
    transformer.close();
    tokens.close();
  }

  /** Where a request's answer will be found. */
  private sealed interface Answering {
    record Scoring(Score score, int group) implements Answering {}

    record Generating(int index) implements Answering {}

    record Refusing(String reason) implements Answering {}
  }

  private static Answering plan(Request request, List<List<ScoreText>> scored, List<GenerateText> generated) {
    switch (request.getWork()) {
      case Score score -> {
        if (score.getVariants().isEmpty()) {
          return new Answering.Refusing("the request has no variant to score, expected at least one");
        }
        for (Variant variant : score.getVariants()) {
          if (variant.getContinuations().isEmpty()) {
            return new Answering.Refusing("the order " + variant.getOrder() + " has no continuation to score, expected at least one");
          }
        }
        scored.add(
            score.getVariants().stream()
                .map(variant -> new ScoreText(request.getPrefix() + variant.getSuffix(), variant.getContinuations()))
                .toList());
        return new Answering.Scoring(score, scored.size() - 1);
      }
      case Generate generate -> {
        try {
          generated.add(
              new GenerateText(
                  request.getPrefix() + generate.getSuffix(),
                  generate.getMaxTokens(),
                  generate.getStop(),
                  generate.getTemperature(),
                  generate.getTopK(),
                  generate.getTopP(),
                  generate.getSeed()));
          return new Answering.Generating(generated.size() - 1);
        } catch (IllegalArgumentException e) {
          return new Answering.Refusing(e.getMessage());
        }
      }
      case null -> {
        return new Answering.Refusing("the request asks for nothing, expected Score or Generate");
      }
      default -> {
        return new Answering.Refusing(
            "the request asks for " + request.getWork().getClass().getSimpleName() + ", expected Score or Generate");
      }
    }
  }

  private static ModelAnswer votes(Score score, Reading reading) {
    List<Vote> votes = new ArrayList<>();
    String refused = "";
    for (int i = 0; i < reading.outcomes().size(); i++) {
      switch (reading.outcomes().get(i)) {
        case ScoreOutcome.Scored s -> votes.add(new Vote(score.getVariants().get(i).getOrder(), s.logProbs()));
        case ScoreOutcome.Refused r -> refused = "order " + score.getVariants().get(i).getOrder() + ": " + r.reason();
      }
    }
    Object outcome = votes.isEmpty() ? new Failure(refused) : new Votes(votes);
    return new ModelAnswer(outcome, reading.tokensAsked(), reading.tokensComputed(), 0);
  }

  private static ModelAnswer text(GenerateOutcome outcome) {
    return switch (outcome) {
      case GenerateOutcome.Generated g -> new ModelAnswer(
          new Text(g.text(), g.logProb(), g.finish()), g.tokensAsked(), g.tokensComputed(), g.tokens().size());
      case GenerateOutcome.Refused r -> ModelAnswer.failure(r.reason());
    };
  }
}
