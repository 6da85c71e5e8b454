package dev.assay.inference.baseline;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.baseline.Embedder.Embedding;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Text;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a small embedding model makes of the questions, as a floor under the language models. Multiple choice: the option whose meaning
 * is nearest to the question. An option has one log-probability whatever the order of the options, so voting over orders changes
 * nothing. Generated text: the sentence of the request's suffix that is nearest to the suffix as a whole, which is a sensible summary
 * of an article and a poor answer to anything else.
 */
public final class MiniLmBaseline implements AnsweringModel {

  /** Of all-MiniLM-L6-v2 (its model card). */
  private static final long PARAMETERS = 22_713_216;

  /** Cosines are multiplied by this before the softmax: the scale of the contrastive loss that the model was trained with. */
  private static final double SCALE = 20;

  private static final int CHECKPOINT_DIGITS = 12;

  private final ModelCard card;
  private final Embedder embedder;

  private MiniLmBaseline(ModelCard card, Embedder embedder) {
    this.card = card;
    this.embedder = embedder;
  }

  /** Loads the model from the class path; takes about a second. */
  public static MiniLmBaseline load(String name) {
    Embedder embedder = Embedder.load();
    String checkpoint = embedder.sha256().substring(0, CHECKPOINT_DIGITS);
    return new MiniLmBaseline(new ModelCard(name, checkpoint, "baseline", 0, PARAMETERS), embedder);
  }

  @Override
  public ModelCard card() {
    return card;
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    Map<String, Embedding> embeddings =
        embedder.embed(batch.stream().flatMap(MiniLmBaseline::texts).filter(text -> !text.isBlank()).toList());
    return batch.stream().map(request -> answer(request, embeddings)).toList();
  }

  @Override
  public void close() {
    embedder.close();
  }

  private static Stream<String> texts(Request request) {
    return switch (request.getWork()) {
      case Score score -> Stream.concat(Stream.of(score.getQuestion()), score.getOptions().stream());
      case Generate generate -> Stream.concat(Stream.of(generate.getSuffix()), sentences(generate).stream());
      default -> Stream.empty();
    };
  }

  private static ModelAnswer answer(Request request, Map<String, Embedding> embeddings) {
    return switch (request.getWork()) {
      case Score score -> choose(score, embeddings);
      case Generate generate -> extract(generate, embeddings);
      default ->
          ModelAnswer.failure("got work of %s; expected Score or Generate".formatted(request.getWork().getClass().getName()));
    };
  }

  private static ModelAnswer choose(Score score, Map<String, Embedding> embeddings) {
    List<String> options = score.getOptions();
    if (score.getQuestion().isBlank() || options.stream().anyMatch(String::isBlank)) {
      return ModelAnswer.refused("got a blank question or option; expected texts, since minilm compares their meanings");
    }
    for (Variant variant : score.getVariants()) {
      if (variant.getOrder().size() != options.size() || variant.getContinuations().size() != options.size()) {
        return ModelAnswer.failure(
            "got an order of %d and %d continuations for %d options; expected one each"
                .formatted(variant.getOrder().size(), variant.getContinuations().size(), options.size()));
      }
    }
    Embedding question = embeddings.get(score.getQuestion());
    double[] logProbs =
        logSoftmax(options.stream().mapToDouble(option -> SCALE * question.cosine(embeddings.get(option))).toArray());
    List<Vote> votes =
        score.getVariants().stream()
            .map(
                variant ->
                    new Vote(variant.getOrder(), variant.getOrder().stream().map(option -> logProbs[option]).toList()))
            .toList();
    long tokens = question.tokens() + options.stream().mapToLong(option -> embeddings.get(option).tokens()).sum();
    return new ModelAnswer(new Votes(votes), tokens * votes.size(), tokens, 0);
  }

  /** The logarithm of exp(x) / Σ exp(x), shifted by the largest value so that nothing overflows. */
  private static double[] logSoftmax(double[] values) {
    double most = Arrays.stream(values).max().orElseThrow();
    double logSum = most + Math.log(Arrays.stream(values).map(value -> Math.exp(value - most)).sum());
    return Arrays.stream(values).map(value -> Math.min(0, value - logSum)).toArray();
  }

  private static ModelAnswer extract(Generate generate, Map<String, Embedding> embeddings) {
    Embedding whole = embeddings.get(generate.getSuffix());
    if (whole == null) {
      return ModelAnswer.refused("got a blank text; expected one with a sentence, since minilm quotes it");
    }
    List<String> sentences = sentences(generate);
    if (sentences.isEmpty()) {
      return ModelAnswer.refused("got a text of stop texts alone; expected one with a sentence, since minilm quotes it");
    }
    String nearest = sentences.getFirst();
    long tokens = whole.tokens();
    for (String sentence : sentences) {
      Embedding embedding = embeddings.get(sentence);
      tokens += embedding.tokens();
      if (whole.cosine(embedding) > whole.cosine(embeddings.get(nearest))) {
        nearest = sentence;
      }
    }
    return new ModelAnswer(limited(nearest, generate), tokens, tokens, 0);
  }

  /** Ends after {@code maxTokens} words; this model generates no tokens that could be counted. */
  private static Text limited(String sentence, Generate limits) {
    List<String> words = List.of(sentence.split("\\s+"));
    return words.size() > limits.getMaxTokens()
        ? new Text(String.join(" ", words.subList(0, limits.getMaxTokens())), null, Finish.LENGTH, List.of(), List.of())
        : new Text(sentence, null, Finish.END, List.of(), List.of());
  }

  /** The sentences of the text, line by line. A stop text ends a line: it is a mark between blocks, no part of what could be quoted. */
  private static List<String> sentences(Generate generate) {
    String text = generate.getSuffix();
    for (String stop : generate.getStop()) {
      text = stop.isEmpty() ? text : text.replace(stop, "\n");
    }
    BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
    List<String> sentences = new ArrayList<>();
    for (String line : text.lines().toList()) {
      breaks.setText(line);
      int start = breaks.first();
      for (int end = breaks.next(); end != BreakIterator.DONE; end = breaks.next()) {
        String sentence = line.substring(start, end).strip();
        if (!sentence.isBlank()) {
          sentences.add(sentence);
        }
        start = end;
      }
    }
    return sentences;
  }
}
