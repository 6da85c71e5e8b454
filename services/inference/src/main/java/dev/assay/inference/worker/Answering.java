package dev.assay.inference.worker;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.Inbox;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.records.Answer;
import dev.assay.records.Completed;
import dev.assay.records.Declined;
import dev.assay.records.DeclinedCause;
import dev.assay.records.Failure;
import dev.assay.records.Interactive;
import dev.assay.records.Piece;
import dev.assay.records.PlainText;
import dev.assay.records.Request;
import dev.assay.records.Text;
import dev.assay.records.TokenizerCard;
import dev.assay.records.Tokens;
import dev.assay.records.Votes;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns requests into answers as they come, whatever the model does: when it throws, each request that it has taken and not answered is
 * tried alone once, and who still makes it throw is answered with a failure.
 */
final class Answering {

  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  private final AnsweringModel model;
  private final ModelCard card;
  private final String workerId;
  private final InstantSource clock;
  private final Tally tally;
  private final BiConsumer<Queued, Piece> pieces;
  private final Predicate<String> cancelled;

  /**
   * A request.
   *
   * @param card what answers it
   * @param deliveredNanos when it was delivered, on the clock of {@link System#nanoTime}
   */
  record Queued(Request request, ModelCard card, long deliveredNanos) {}

  /** A request and its answer. */
  record Answered(Queued queued, Answer answer) {}

  Answering(AnsweringModel model, String workerId, InstantSource clock, Tally tally) {
    this(model, workerId, clock, tally, (_, _) -> {}, _ -> false);
  }

  /**
   * @param pieces takes parts of texts that are still growing, with what asks for them
   * @param cancelled tells of a request's id whether its client has left
   */
  Answering(
      AnsweringModel model,
      String workerId,
      InstantSource clock,
      Tally tally,
      BiConsumer<Queued, Piece> pieces,
      Predicate<String> cancelled) {
    this.pieces = pieces;
    this.cancelled = cancelled;
    this.model = model;
    this.card = model.card();
    this.workerId = workerId;
    this.clock = clock;
    this.tally = tally;
  }

  /**
   * Answers until no more comes.
   *
   * @param incoming requests that have come since it was last asked; asked after each of the model's turns, and never to wait
   * @param outgoing takes answers as they are ready, those of one turn together
   */
  void serve(Supplier<List<Queued>> incoming, Consumer<List<Answered>> outgoing) {
    Turn turn = new Turn(incoming, outgoing);
    try {
      model.serve(turn::take);
    } catch (RuntimeException e) {
      LOG.warn("Model {} failed on {} requests; each is tried alone.", card.name(), turn.open.size(), e);
    }
    List.copyOf(turn.open).forEach(open -> turn.done(open, alone(open.queued.request())));
    turn.flush();
    tally.turn(0, 0);
  }

  /** What is in the model's hands. */
  private final class Turn {
    final SequencedSet<Open> open = new LinkedHashSet<>();
    private final Supplier<List<Queued>> incoming;
    private final Consumer<List<Answered>> outgoing;
    private final List<Open> done = new ArrayList<>();
    private final List<ModelAnswer> results = new ArrayList<>();
    private long since = System.nanoTime();

    Turn(Supplier<List<Queued>> incoming, Consumer<List<Answered>> outgoing) {
      this.incoming = incoming;
      this.outgoing = outgoing;
    }

    List<Inbox.Task> take() {
      flush();
      List<Inbox.Task> tasks = new ArrayList<>();
      long waited = 0;
      for (Queued queued : incoming.get()) {
        Open begun = new Open(queued, System.nanoTime());
        open.add(begun);
        waited += begun.begun - queued.deliveredNanos();
        try {
          tasks.add(task(queued, result -> done(begun, checked(result))));
        } catch (IllegalArgumentException e) {
          done(begun, PlainWork.unsupported(e));
        }
      }
      tally.turn(open.size(), waited);
      return tasks;
    }

    void done(Open one, ModelAnswer result) {
      open.remove(one);
      done.add(one);
      results.add(said(one.queued.request(), result));
    }

    /** Hands over what is done; the time since the last answers is theirs. */
    void flush() {
      long now = System.nanoTime();
      if (!done.isEmpty()) {
        tally.computed(results, now - since);
        long[] micros = shares(TimeUnit.NANOSECONDS.toMicros(now - since), results);
        List<Answered> answered = new ArrayList<>();
        for (int i = 0; i < done.size(); i++) {
          Open one = done.get(i);
          long waited = TimeUnit.NANOSECONDS.toMicros(one.begun - one.queued.deliveredNanos());
          answered.add(new Answered(one.queued, compose(one.queued, results.get(i), waited, micros[i])));
        }
        done.clear();
        results.clear();
        outgoing.accept(answered);
        since = System.nanoTime();
      }
    }
  }

  private static final class Open {
    final Queued queued;
    final long begun;

    Open(Queued queued, long begun) {
      this.queued = queued;
      this.begun = begun;
    }
  }

  /** The answer that says why there is none, for a request that is not given to the model. */
  Answer refuse(Queued queued, String reason) {
    return refuse(queued, new Failure(reason));
  }

  /** The answer that nobody waits for any more. */
  Answer late(Queued queued) {
    return refuse(queued, new Declined("the client left, or its time was over, before the work began", DeclinedCause.LATE));
  }

  /** Whether nobody waits for the answer any more. */
  boolean isLate(Request request) {
    return request.getWork() instanceof Interactive interactive
        && (clock.instant().isAfter(interactive.getUntil()) || cancelled.test(request.getId()));
  }

  private Answer refuse(Queued queued, Object outcome) {
    long waited = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - queued.deliveredNanos());
    return compose(queued, new ModelAnswer(outcome, 0, 0, 0), waited, 0);
  }

  private Answer compose(Queued queued, ModelAnswer result, long queuedMicros, long computeMicros) {
    Request request = queued.request();
    return new Answer(
        request.getId(),
        queued.card().name(),
        queued.card().checkpoint(),
        workerId,
        request.getEnvelope(),
        result.outcome(),
        result.tokensAsked(),
        result.tokensComputed(),
        result.tokensGenerated(),
        queuedMicros,
        computeMicros,
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        result.tokensCut(),
        result.costMicros());
  }

  private Inbox.Task task(Queued queued, Consumer<ModelAnswer> answer) {
    Request request = queued.request();
    return request.getWork() instanceof Interactive interactive && !model.converses()
        ? new Inbox.Task(PlainWork.plain(request, interactive), result -> answer.accept(PlainWork.interactive(interactive, result)))
        : new Inbox.Task(request, answer, piece -> pieces.accept(queued, piece), () -> isLate(request));
  }

  private ModelAnswer alone(Request request) {
    if (request.getWork() instanceof Interactive interactive && !model.converses()) {
      try {
        return PlainWork.interactive(interactive, alone(PlainWork.plain(request, interactive)));
      } catch (IllegalArgumentException e) {
        return PlainWork.unsupported(e);
      }
    }
    try {
      List<ModelAnswer> results = model.answer(List.of(request));
      if (results.size() != 1) {
        throw new IllegalStateException(
            "got %d results for 1 requests from model %s; expected one each".formatted(results.size(), card.name()));
      }
      return checked(results.getFirst());
    } catch (RuntimeException e) {
      LOG.warn("Model {} failed on request {}; it is answered with the failure.", card.name(), request.getId(), e);
      return ModelAnswer.failure(
          "model %s threw %s; expected an answer; the worker's log has the trace".formatted(card.name(), e));
    }
  }

  /** Who is to blame matters to a client alone: to an evaluation it is a failure. */
  private static ModelAnswer said(Request request, ModelAnswer result) {
    return result.outcome() instanceof Declined declined && !(request.getWork() instanceof Interactive)
        ? ModelAnswer.failure(declined.getReason())
        : result;
  }

  private ModelAnswer checked(ModelAnswer result) {
    return switch (result.outcome()) {
      case Votes _, Text _, Failure _, Completed _, Tokens _, PlainText _, TokenizerCard _, Declined _ -> result;
      default ->
          throw new IllegalStateException(
              "got an outcome of %s from model %s; expected Votes, Text or Failure, or what a Reply holds"
                  .formatted(result.outcome().getClass().getName(), card.name()));
    };
  }

  /** Splits a batch's time in proportion to the tokens computed, or evenly where there were none; the shares sum to the whole. */
  static long[] shares(long micros, List<ModelAnswer> results) {
    long whole = results.stream().mapToLong(Answering::weight).sum();
    long[] shares = new long[results.size()];
    double spent = 0;
    long given = 0;
    for (int i = 0; i < shares.length; i++) {
      spent += whole == 0 ? 1.0 / shares.length : (double) weight(results.get(i)) / whole;
      long until = i == shares.length - 1 ? micros : Math.min(micros, Math.round(micros * spent));
      shares[i] = until - given;
      given = until;
    }
    return shares;
  }

  private static long weight(ModelAnswer answer) {
    return answer.tokensComputed() + answer.tokensGenerated();
  }
}
