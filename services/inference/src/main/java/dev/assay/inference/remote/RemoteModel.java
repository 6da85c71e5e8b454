package dev.assay.inference.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.inference.AnsweringModel;
import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.inference.remote.Completions.Reply;
import dev.assay.inference.remote.RemoteSpec.Mode;
import dev.assay.records.Finish;
import dev.assay.records.Generate;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.records.Text;
import dev.assay.records.Variant;
import dev.assay.records.Vote;
import dev.assay.records.Votes;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model of a server that speaks OpenAI's API. Requests are answered side by side, and so are the orders of each, within the server's
 * limits. A request of which one call fails for good is answered with that failure: votes of some orders only would not be what was asked.
 */
public final class RemoteModel implements AnsweringModel {

  private static final Logger LOG = LoggerFactory.getLogger(RemoteModel.class);

  /** While calls run, the inbox is looked into so often. */
  private static final long LOOK_MILLIS = 20;

  private final ModelCard card;
  private final RemoteSpec spec;
  private final ApiKey key;
  private final Optional<Prices> prices;
  private final Endpoint endpoint;
  private final Completions completions;
  private final Ability ability;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  RemoteModel(RemoteSpec spec, String name, Function<String, @Nullable String> environment, Timing timing, RandomGenerator random) {
    this.card = new ModelCard(name, spec.checkpoint(), "remote", spec.contextTokens(), 0);
    this.spec = spec;
    this.key = ApiKey.of(spec.keyVariable(), environment);
    this.prices = prices(spec, environment);
    this.endpoint = new Endpoint(spec, key, timing, random);
    this.completions = new Completions(endpoint, spec.model());
    this.ability = new Ability(completions);
  }

  /**
   * A model that asks nothing of its server yet.
   *
   * @param name by which prompts ask for it
   * @param environment where keys and prices are looked up
   * @throws IllegalArgumentException when the environment lacks the key that the specification names
   */
  public static RemoteModel open(RemoteSpec spec, String name, Function<String, @Nullable String> environment) {
    return new RemoteModel(spec, name, environment, Timing.system(), new SplittableRandom());
  }

  private static Optional<Prices> prices(RemoteSpec spec, Function<String, @Nullable String> environment) {
    Optional<BigDecimal> in = spec.priceIn().or(() -> price("ASSAY_OPENAI_PRICE_IN", environment));
    Optional<BigDecimal> out = spec.priceOut().or(() -> price("ASSAY_OPENAI_PRICE_OUT", environment));
    if (in.isEmpty() && out.isEmpty()) {
      return Optional.empty();
    }
    BigDecimal read = in.orElse(BigDecimal.ZERO);
    BigDecimal cached = spec.priceCached().or(() -> price("ASSAY_OPENAI_PRICE_CACHED", environment)).orElse(read);
    return Optional.of(new Prices(read, cached, out.orElse(BigDecimal.ZERO)));
  }

  private static Optional<BigDecimal> price(String variable, Function<String, @Nullable String> environment) {
    return Optional.ofNullable(environment.apply(variable)).filter(text -> !text.isBlank()).map(text -> RemoteSpec.price(variable, text));
  }

  @Override
  public ModelCard card() {
    return card;
  }

  @Override
  public List<ModelAnswer> answer(List<Request> batch) {
    ModelAnswer[] answers = new ModelAnswer[batch.size()];
    List<Inbox.Task> tasks = new ArrayList<>();
    for (int i = 0; i < answers.length; i++) {
      int place = i;
      tasks.add(new Inbox.Task(batch.get(i), answer -> answers[place] = answer));
    }
    List<List<Inbox.Task>> waiting = new ArrayList<>(List.of(tasks));
    serve(() -> waiting.isEmpty() ? List.of() : waiting.removeFirst());
    return List.of(answers);
  }

  private record Answered(Inbox.Task task, ModelAnswer answer) {}

  /** Begins what comes, and hands over what is done, on the caller's thread. An interrupt waits until all is answered. */
  @Override
  public void serve(Inbox inbox) {
    BlockingQueue<Answered> done = new LinkedBlockingQueue<>();
    int open = 0;
    boolean interrupted = false;
    while (true) {
      List<Inbox.Task> tasks = inbox.take();
      tasks.forEach(task -> threads.execute(() -> done.add(new Answered(task, ask(task.request())))));
      open += tasks.size();
      if (open == 0) {
        break;
      }
      try {
        Answered first = done.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        List<Answered> ready = new ArrayList<>(Stream.ofNullable(first).toList());
        done.drainTo(ready);
        ready.forEach(one -> one.task.answer().accept(one.answer));
        open -= ready.size();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private ModelAnswer ask(Request request) {
    try {
      return switch (request.getWork()) {
        case Score score -> score(request.getPrefix(), score);
        case Generate generate -> generate(request.getPrefix(), generate);
        case null -> ModelAnswer.failure("the request asks for nothing, expected Score or Generate");
        default ->
            ModelAnswer.failure("the request asks for %s, expected Score or Generate".formatted(request.getWork().getClass().getSimpleName()));
      };
    } catch (CallFailedException e) {
      return e.isRefusal() ? ModelAnswer.refused(key.mask(e.reason())) : ModelAnswer.failure(key.mask(e.reason()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ModelAnswer.failure("the model was closed before its server answered");
    } catch (RuntimeException e) {
      // Its text may quote what the server said.
      LOG.warn("Model {} failed on request {}: {}", card.name(), request.getId(), key.mask(e.toString()));
      return ModelAnswer.failure(key.mask("model %s threw %s; expected an answer".formatted(card.name(), e)));
    }
  }

  private ModelAnswer score(String prefix, Score score) throws CallFailedException, InterruptedException {
    for (Variant variant : score.getVariants()) {
      if (variant.getContinuations().isEmpty()) {
        return ModelAnswer.failure("the order %s has no continuation to score, expected at least one".formatted(variant.getOrder()));
      }
    }
    if (score.getVariants().isEmpty()) {
      return ModelAnswer.failure("the request has no variant to score, expected at least one");
    }
    boolean letters = score.getVariants().stream().allMatch(variant -> Letters.are(variant.getContinuations()));
    Mode way = spec.mode() == Mode.AUTO ? ability.scoring() : spec.mode();
    if (way != Mode.ECHO && !letters) {
      return ModelAnswer.failure(
          "got continuations of more than a letter, which only a server can score that echoes prompts with their log-probabilities, and %s %s; expected single letters: ask with labelled options"
              .formatted(spec.base(), spec.mode() == Mode.AUTO ? "does not" : "is asked with mode=" + spec.mode().name().toLowerCase(Locale.ROOT)));
    }
    return switch (way) {
      case ECHO -> echo(prefix, score);
      case COMPLETIONS -> first(prefix, score);
      case CHAT, AUTO -> chat(prefix, score);
    };
  }

  private record Scored(double logProb, Usage usage) {}

  private ModelAnswer echo(String prefix, Score score) throws CallFailedException, InterruptedException {
    List<Callable<Scored>> calls = new ArrayList<>();
    for (Variant variant : score.getVariants()) {
      String context = prefix + variant.getSuffix();
      for (String continuation : variant.getContinuations()) {
        calls.add(
            () -> {
              Reply reply = completions.echo(context + continuation);
              return new Scored(EchoedText.of(reply.only(), context + continuation).logProb(context, continuation), reply.usage());
            });
      }
    }
    List<Scored> scored = together(calls);
    List<Vote> votes = new ArrayList<>();
    int from = 0;
    for (Variant variant : score.getVariants()) {
      int to = from + variant.getContinuations().size();
      votes.add(new Vote(variant.getOrder(), scored.subList(from, to).stream().map(Scored::logProb).toList()));
      from = to;
    }
    return counted(new Votes(votes), scored.stream().map(Scored::usage).toList());
  }

  private ModelAnswer first(String prefix, Score score) throws CallFailedException, InterruptedException {
    List<Reply> replies = together(score.getVariants().stream().map(one -> (Callable<Reply>) () -> completions.first(prefix + one.getSuffix())).toList());
    List<Vote> votes = new ArrayList<>();
    for (int i = 0; i < replies.size(); i++) {
      Variant variant = score.getVariants().get(i);
      FirstToken token = FirstToken.of(replies.get(i).only());
      if (!token.isKnown()) {
        throw new CallFailedException(200, "got a completion without log-probabilities; expected those of its first token; choose ?mode=chat");
      }
      votes.add(
          new Vote(
              variant.getOrder(),
              token
                  .labels(variant.getContinuations())
                  .orElseThrow(
                      () ->
                          new CallFailedException(
                              200, "got none of the labels %s among the most probable tokens; expected one".formatted(variant.getContinuations())))));
    }
    return counted(new Votes(votes), replies.stream().map(Reply::usage).toList());
  }

  /** Votes by log-probabilities where the server gives them; else the letter in what is written, for the published order alone. */
  private ModelAnswer chat(String prefix, Score score) throws CallFailedException, InterruptedException {
    Optional<Variant> published = score.getVariants().stream().filter(variant -> isPublished(variant.getOrder())).findFirst();
    if (published.isEmpty() && !completions.chatMayGiveLogProbs()) {
      return ModelAnswer.failure(
          "%s gives no log-probabilities in chats, so it can be asked in the published order alone; got %d other orders"
              .formatted(spec.base(), score.getVariants().size()));
    }
    List<Variant> asked = completions.chatMayGiveLogProbs() ? score.getVariants() : List.of(published.orElseThrow());
    List<Reply> replies =
        together(
            asked.stream()
                .map(one -> (Callable<Reply>) () -> completions.chatFirst(spec.instruction(), prefix + one.getSuffix(), spec.letterTokens()))
                .toList());
    List<Usage> usages = replies.stream().map(Reply::usage).toList();
    List<Vote> votes = new ArrayList<>();
    for (int i = 0; i < replies.size(); i++) {
      Variant variant = asked.get(i);
      FirstToken.of(replies.get(i).only()).labels(variant.getContinuations()).ifPresent(values -> votes.add(new Vote(variant.getOrder(), values)));
    }
    if (!votes.isEmpty()) {
      return counted(new Votes(votes), usages);
    }
    if (replies.stream().noneMatch(reply -> FirstToken.of(reply.only()).isKnown())) {
      completions.chatGivesNoLogProbs();
    }
    if (published.isEmpty()) {
      return ModelAnswer.failure("got no log-probabilities of any label in the chat; expected some, since other orders than the published one are asked");
    }
    Variant variant = published.get();
    JsonNode choice = replies.get(asked.indexOf(variant)).only();
    String written = written(choice, true);
    String text = Letters.in(written, variant.getContinuations().stream().map(String::strip).toList()).orElse(written);
    return counted(new Text(text, null, finish(choice, List.of()), List.of(), List.of()), usages);
  }

  private ModelAnswer generate(String prefix, Generate work) throws CallFailedException, InterruptedException {
    if (work.getSamples() < 1) {
      return ModelAnswer.failure("the request asks for %d samples, expected at least 1".formatted(work.getSamples()));
    }
    boolean chat = spec.mode() == Mode.AUTO ? !ability.completes() : spec.mode() == Mode.CHAT;
    Reply reply = completions.generate(prefix, work, chat);
    List<Text> texts = new ArrayList<>();
    for (JsonNode choice : reply.choices()) {
      texts.add(text(choice, chat, work));
    }
    Text first = texts.getFirst();
    List<Text> others = List.copyOf(texts.subList(1, texts.size()));
    Text whole = new Text(first.getText(), first.getLogProb(), first.getFinish(), first.getTokenLogProbs(), others);
    return counted(whole, List.of(reply.usage()));
  }

  private static Text text(JsonNode choice, boolean chat, Generate work) throws CallFailedException {
    String written = written(choice, chat);
    // Some servers leave the stop text in, or take only the first four.
    int stop = work.getStop().stream().filter(one -> !one.isEmpty()).mapToInt(written::indexOf).filter(at -> at >= 0).min().orElse(-1);
    List<Double> logProbs = work.getLogProbs() ? tokenLogProbs(choice) : List.of();
    Double sum = logProbs.isEmpty() || stop >= 0 ? null : logProbs.stream().mapToDouble(Double::doubleValue).sum();
    return stop < 0
        ? new Text(written, sum, finish(choice, work.getStop()), logProbs, List.of())
        : new Text(written.substring(0, stop), sum, Finish.STOP, logProbs, List.of());
  }

  private static List<Double> tokenLogProbs(JsonNode choice) {
    List<Double> values = new ArrayList<>();
    choice.path("logprobs").path("token_logprobs").forEach(value -> values.add(value.asDouble()));
    choice.path("logprobs").path("content").forEach(token -> values.add(token.path("logprob").asDouble()));
    return values.stream().allMatch(Double::isFinite) ? values.stream().map(value -> Math.min(0, value)).toList() : List.of();
  }

  private static String written(JsonNode choice, boolean chat) throws CallFailedException {
    JsonNode text = chat ? choice.path("message").path("content") : choice.path("text");
    if (chat && text.isNull()) {
      return "";
    }
    if (!text.isTextual()) {
      throw new CallFailedException(200, "got a choice without %s; expected a text".formatted(chat ? "message.content" : "text"));
    }
    return text.textValue();
  }

  /** Servers say {@code stop} both for the end token and for a stop text; vLLM tells them apart in {@code stop_reason}. */
  private static Finish finish(JsonNode choice, List<String> stop) {
    return switch (choice.path("finish_reason").asText()) {
      case "length" -> Finish.LENGTH;
      case "stop" -> {
        if (choice.path("stop_reason").isTextual()) {
          yield Finish.STOP;
        }
        yield stop.isEmpty() || choice.has("stop_reason") ? Finish.END : Finish.UNKNOWN;
      }
      default -> Finish.UNKNOWN;
    };
  }

  private ModelAnswer counted(Object outcome, List<Usage> usages) {
    Usage whole = usages.stream().reduce(Usage.NONE, Usage::plus);
    return new ModelAnswer(
        outcome, whole.asked(), whole.asked() - whole.cached(), whole.generated(), 0, prices.map(price -> price.micros(whole)).orElse(null));
  }

  private static boolean isPublished(List<Integer> order) {
    return order.equals(IntStream.range(0, order.size()).boxed().toList());
  }

  /** Makes the calls side by side; when one fails for good, the others are given up. */
  private <T> List<T> together(List<Callable<T>> calls) throws CallFailedException, InterruptedException {
    List<Future<T>> running = calls.stream().map(threads::submit).toList();
    List<T> results = new ArrayList<>();
    try {
      for (Future<T> one : running) {
        results.add(one.get());
      }
      return List.copyOf(results);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case CallFailedException failed -> throw failed;
        case RuntimeException failed -> throw failed;
        default -> throw new IllegalStateException(key.mask(String.valueOf(e.getCause())));
      }
    } finally {
      running.forEach(one -> one.cancel(true));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    endpoint.close();
  }

  @Override
  public String toString() {
    return "RemoteModel[%s, %s#%s, %s]".formatted(card.name(), spec.base(), spec.model(), spec.mode());
  }
}
