package dev.assay.inference.llm;

import ai.djl.Device;
import dev.assay.inference.AdaptableModel;
import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.llm.GenerateOutcome.Generated;
import dev.assay.inference.llm.weights.AdapterFolder;
import dev.assay.inference.llm.weights.Architecture;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.llm.weights.WeightSource;
import dev.assay.records.Failure;
import dev.assay.records.Generate;
import dev.assay.records.Interactive;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Text;
import dev.assay.records.TokenizerCard;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A language model in this process, and the adapters that share its weights. One thread uses it at a time; any may attach and detach
 * adapters meanwhile. A request is read with the adapter that its {@code model} names.
 *
 * <p>A process that ends while a call runs crashes in libtorch, whose static objects go before its threads: a shutdown hook of the owner
 * should wait for the call to return.
 *
 * <p>Scores and completions do not depend on what shares a batch: decisions are equal and log-probabilities agree within 1e-4 in float32.
 */
public final class LanguageModel implements AdaptableModel {
  private static final long MOST_AUTO_KV = 1L << 30;
  private static final int AUTO_KV_PART = 8;

  /** Passes in a turn of scoring: enough to be cut well, few enough that others need not wait long. */
  private static final int TURN_PASSES = 2;

  private final ModelCard card;
  private final Tokens tokens;
  private final Transformer transformer;
  private final PrefixCache cache;
  private final TreeReader reader;
  private final TreeScorer scorer;
  private final Rows rows;
  private final Scheduler scheduler;
  private final Optional<ChatTemplate> chatTemplate;
  private final Interactions interactions;

  /** By the model's name that each goes by. */
  private final Map<String, Adapter> adapters = new ConcurrentHashMap<>();

  /** Detached, and perhaps still used by texts that were begun before. */
  private final Queue<Adapter> detached = new ConcurrentLinkedQueue<>();

  private final AtomicInteger adapterNumbers = new AtomicInteger();

  /** With what texts are read that are no request's, and requests to this model's own name. */
  private Adapter own = Adapter.NONE;

  private LanguageModel(ModelCard card, Tokens tokens, Transformer transformer, WeightSource source, LoadOptions options)
      throws IOException {
    this.card = card;
    this.tokens = tokens;
    this.transformer = transformer;
    int kvTokens = Math.toIntExact(Math.min(Integer.MAX_VALUE / 4, kvBytes(options, transformer.device()) / transformer.bytesPerToken()));
    this.cache = new PrefixCache(transformer, kvTokens / 2);
    this.reader =
        new TreeReader(transformer, cache, Cutting.of(transformer.shape(), transformer.device().isGpu(), options.maxPassTokens()));
    int window = transformer.shape().context();
    int turn = TURN_PASSES * options.maxPassTokens();
    this.scorer = new TreeScorer(transformer, reader, cache, new Continuations(tokens, source.startToken(), window));
    this.rows = new Rows(transformer, kvTokens / 2);
    Generator generator =
        new Generator(
            transformer, reader, tokens, source.endTokens(), source.startToken(), options.decodeRows(), rows, cache, turn);
    PromptScorer prompts = new PromptScorer(transformer, reader, cache, turn);
    this.scheduler = new Scheduler(scorer, generator, prompts, cache, turn);
    this.chatTemplate = ChatTemplate.of(source, tokens);
    TokenizerCard tokenizer =
        new TokenizerCard(
            orNull(ChatTemplate.startToken(source, tokens)),
            orNull(ChatTemplate.endToken(source, tokens)),
            source.chatTemplate().orElse(null),
            transformer.shape().vocabulary(),
            window);
    this.interactions = new Interactions(tokens, generator, prompts, chatTemplate, tokenizer);
  }

  private static long kvBytes(LoadOptions options, Device device) {
    if (options.kvBytes() != LoadOptions.AUTO_KV) {
      return options.kvBytes();
    }
    if (options.memoryFraction() > 0 || device.isGpu()) {
      double fraction = options.memoryFraction() > 0 ? options.memoryFraction() : LoadOptions.GPU_FRACTION;
      return (long) (FreeMemory.of(device) * fraction);
    }
    return Math.min(MOST_AUTO_KV, FreeMemory.of(device) / AUTO_KV_PART);
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
        Transformer transformer = Transformer.load(source, options);
        ModelCard card =
            new ModelCard(name, source.checkpoint(), "language", architecture.context(), architecture.parameters());
        NativeHeap.trim();
        source.unload();
        return new LanguageModel(card, tokens, transformer, source, options);
      } catch (IOException | RuntimeException e) {
        tokens.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /**
   * Loads a model with an adapter that is a model of its own: all that is asked of it is asked of the adapter.
   *
   * @param adapter a folder as PEFT stores adapters
   * @param name by which prompts ask for it
   * @throws ModelFileException as {@link #load(Path, String, LoadOptions)}, or when the adapter is damaged or does not fit
   */
  public static LanguageModel load(Path path, Path adapter, String name, LoadOptions options) throws IOException {
    LanguageModel model = load(path, name, options);
    try {
      model.own = model.open(name, adapter);
      return model;
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  @Override
  public ModelCard card() {
    ModelCard worn = own.card();
    return worn == null ? card : worn;
  }

  @Override
  public Optional<ModelCard> card(String name) {
    return name.equals(card.name()) ? Optional.of(card()) : Optional.ofNullable(adapters.get(name)).map(Adapter::card);
  }

  /**
   * Loads an adapter.
   *
   * @throws ModelFileException when its files are missing, damaged, hold what is not supported, or do not fit this model
   */
  @Override
  public ModelCard attach(String name, Path folder) throws IOException {
    if (own != Adapter.NONE) {
      throw new IllegalArgumentException(
          "%s is an adapter itself; attach %s to a worker of the model without adapter".formatted(card.name(), name));
    }
    if (name.equals(card.name())) {
      throw new IllegalArgumentException(name + " is the name of the model itself; give the adapter another");
    }
    Adapter adapter = open(name, folder);
    Adapter before;
    synchronized (adapters) {
      before = adapters.put(name, adapter);
    }
    if (before != null) {
      detached.add(before);
    }
    return Objects.requireNonNull(adapter.card());
  }

  @Override
  public boolean detach(String name) {
    Adapter gone;
    synchronized (adapters) {
      gone = adapters.remove(name);
    }
    if (gone != null) {
      detached.add(gone);
    }
    return gone != null;
  }

  @Override
  public List<ModelCard> adapters() {
    return adapters.values().stream().map(adapter -> Objects.requireNonNull(adapter.card())).sorted(Comparator.comparing(ModelCard::name)).toList();
  }

  @Override
  public String device() {
    return transformer.device().toString();
  }

  private Adapter open(String name, Path folder) throws IOException {
    try (AdapterFolder files = AdapterFolder.open(folder, transformer.source(), card.checkpoint())) {
      ModelCard adapted =
          new ModelCard(name, files.checkpoint(), card.kind(), card.contextTokens(), card.parameters() + files.parameters());
      return transformer.adapt(files, adapterNumbers.incrementAndGet(), adapted);
    }
  }

  /** Frees the detached adapters that no text needs any more. */
  private void tidy() {
    detached.removeIf(
        adapter -> {
          boolean free = !scheduler.uses(adapter);
          if (free) {
            adapter.close();
          }
          return free;
        });
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    ModelAnswer[] answers = new ModelAnswer[batch.size()];
    List<Inbox.Task> tasks = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      int place = i;
      tasks.add(new Inbox.Task(batch.get(i), answer -> answers[place] = answer));
    }
    tasks.forEach(this::begin);
    finish();
    return List.of(answers);
  }

  @Override
  public boolean converses() {
    return true;
  }

  @Override
  public void serve(Inbox inbox) {
    try {
      while (true) {
        // No adapter changes between the moment when a request is stamped with its version and the moment when it is begun.
        synchronized (adapters) {
          inbox.take().forEach(this::begin);
        }
        tidy();
        if (scheduler.idle()) {
          return;
        }
        scheduler.advance();
      }
    } finally {
      scheduler.reset();
    }
  }

  /** Lets no more tokens than this through at once, as if there were no memory for more: what tests do that cannot take it away. */
  void limit(int tokens) {
    transformer.limit(tokens);
  }

  /** Forgets the texts that it has read: whatever comes is computed anew. */
  public void forget() {
    cache.clear();
  }

  /** Scores texts outside any request; an outcome a text, in their order. */
  public List<ScoreOutcome> score(List<ScoreText> texts) {
    List<ScoreOutcome> outcomes = new ArrayList<>();
    scheduler.score(own, texts, reading -> outcomes.addAll(reading.outcomes()));
    finish();
    return outcomes;
  }

  /** Completes texts outside any request; an outcome a text, in their order. */
  public List<GenerateOutcome> generate(List<GenerateText> texts) {
    GenerateOutcome[] outcomes = new GenerateOutcome[texts.size()];
    for (int i = 0; i < outcomes.length; i++) {
      int place = i;
      scheduler.generate(own, texts.get(i), outcome -> outcomes[place] = outcome);
    }
    finish();
    return List.of(outcomes);
  }

  private void finish() {
    try {
      while (!scheduler.idle()) {
        scheduler.advance();
      }
    } finally {
      scheduler.reset();
    }
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
    return scorer.tokenLogProbs(own, ids);
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

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  @Override
  public void close() {
    rows.close();
    reader.close();
    cache.close();
    adapters.values().forEach(Adapter::close);
    detached.forEach(Adapter::close);
    own.close();
    transformer.close();
    tokens.close();
  }

  /** Gives a request to the scheduler, or answers why it cannot be. */
  private void begin(Inbox.Task task) {
    Request request = task.request();
    try {
      Adapter adapter = adapter(request.getModel());
      Truncation truncation = Truncation.valueOf(request.getTruncation().name());
      switch (request.getWork()) {
        case Score score -> {
          List<ScoreText> texts = texts(request, score, truncation);
          scheduler.score(adapter, texts, reading -> task.answer().accept(votes(score, reading)));
        }
        case Generate generate -> {
          List<GenerateText> texts = texts(request, generate, truncation);
          Samples samples = new Samples(generate.getLogProbs(), texts.size(), task.answer());
          for (int i = 0; i < texts.size(); i++) {
            int number = i;
            scheduler.generate(adapter, texts.get(i), outcome -> samples.add(number, outcome));
          }
        }
        case Interactive interactive -> interactions.begin(adapter, interactive, truncation, task);
        case null -> throw new IllegalArgumentException("the request asks for nothing, expected Score or Generate");
        default ->
            throw new IllegalArgumentException(
                "the request asks for " + request.getWork().getClass().getSimpleName() + ", expected Score or Generate");
      }
    } catch (IllegalArgumentException e) {
      task.answer().accept(ModelAnswer.failure(String.valueOf(e.getMessage())));
    }
  }

  private Adapter adapter(String model) {
    Adapter adapter = model.equals(card.name()) ? own : adapters.get(model);
    if (adapter == null) {
      throw new IllegalArgumentException(
          "model %s is not loaded here: it may have been dropped; expected %s or one of its adapters %s"
              .formatted(model, card.name(), adapters.keySet().stream().sorted().toList()));
    }
    if (!adapter.failure().isEmpty()) {
      throw new IllegalArgumentException(adapter.failure());
    }
    return adapter;
  }

  private static List<ScoreText> texts(Request request, Score score, Truncation truncation) {
    if (score.getVariants().isEmpty()) {
      throw new IllegalArgumentException("the request has no variant to score, expected at least one");
    }
    for (Variant variant : score.getVariants()) {
      if (variant.getContinuations().isEmpty()) {
        throw new IllegalArgumentException("the order " + variant.getOrder() + " has no continuation to score, expected at least one");
      }
    }
    return score.getVariants().stream()
        .map(variant -> new ScoreText(request.getPrefix() + variant.getSuffix(), variant.getContinuations(), truncation))
        .toList();
  }

  private static List<GenerateText> texts(Request request, Generate generate, Truncation truncation) {
    if (generate.getSamples() < 1) {
      throw new IllegalArgumentException("the request asks for " + generate.getSamples() + " samples, expected at least 1");
    }
    Sampling sampling =
        new Sampling(
            generate.getTemperature(), generate.getTopK(), generate.getTopP(), generate.getRepetitionPenalty(), generate.getSeed());
    String prompt = request.getPrefix() + generate.getSuffix();
    return IntStream.range(0, generate.getSamples())
        .mapToObj(number -> new GenerateText(prompt, generate.getMaxTokens(), generate.getStop(), sampling.sample(number), truncation))
        .toList();
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
    return new ModelAnswer(outcome, reading.tokensAsked(), reading.tokensComputed(), 0, reading.tokensCut());
  }

  /** The samples of one request, which end one by one. */
  private static final class Samples {
    private final boolean logProbs;
    private final GenerateOutcome[] outcomes;
    private final Consumer<ModelAnswer> answer;
    private int missing;

    Samples(boolean logProbs, int count, Consumer<ModelAnswer> answer) {
      this.logProbs = logProbs;
      this.outcomes = new GenerateOutcome[count];
      this.answer = answer;
      this.missing = count;
    }

    void add(int number, GenerateOutcome outcome) {
      outcomes[number] = outcome;
      missing--;
      if (missing == 0) {
        answer.accept(whole());
      }
    }

    private ModelAnswer whole() {
      List<Generated> texts = new ArrayList<>();
      for (GenerateOutcome outcome : outcomes) {
        switch (outcome) {
          case Generated generated -> texts.add(generated);
          case GenerateOutcome.Refused refused -> {
            return ModelAnswer.failure(refused.reason());
          }
        }
      }
      List<Text> others = texts.stream().skip(1).map(generated -> text(generated, List.of())).toList();
      return new ModelAnswer(
          text(texts.getFirst(), others),
          texts.stream().mapToLong(Generated::tokensAsked).sum(),
          texts.stream().mapToLong(Generated::tokensComputed).sum(),
          texts.stream().mapToLong(generated -> generated.tokens().size()).sum(),
          texts.getFirst().tokensCut());
    }

    private Text text(Generated generated, List<Text> others) {
      return new Text(
          generated.text(), generated.logProb(), generated.finish(), logProbs ? generated.tokenLogProbs() : List.of(), others);
    }
  }
}
