package dev.assay.gateway.exchange;

import dev.assay.gateway.http.Problem;
import dev.assay.records.Declined;
import dev.assay.records.Piece;
import dev.assay.records.Reply;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one client waits for; closing it forgets what has not been answered. For one thread. */
public final class Asked implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Asked.class);

  private final Admission.Place place;
  private final BiConsumer<Pending, Boolean> forget;
  private final Instant until;
  private final List<Pending> pending = new ArrayList<>();
  private final BlockingQueue<Pending.Heard> heard = new LinkedBlockingQueue<>();
  private final Set<Integer> answered = new HashSet<>();

  /**
   * @param forget takes what is over, and whether its last reply has come
   */
  Asked(Admission.Place place, BiConsumer<Pending, Boolean> forget, Instant until) {
    this.place = place;
    this.forget = forget;
    this.until = until;
  }

  Pending add(String id) {
    Pending one = new Pending(id, pending.size(), heard);
    pending.add(one);
    return one;
  }

  Instant until() {
    return until;
  }

  /**
   * A reply.
   *
   * @param number which of the prompts it is to
   * @param reply a {@link Piece}, or what ends the exchange
   */
  public record Answer(int number, Reply reply) {

    /** Whether no more comes to the prompt. */
    public boolean ended() {
      return !(reply.getContent() instanceof Piece);
    }
  }

  /** How many prompts were asked. */
  public int size() {
    return pending.size();
  }

  /**
   * Waits for the next reply to any of the prompts.
   *
   * @throws Problem when the model declines, or the time is over
   */
  public Answer next() {
    Pending.Heard next;
    try {
      next = heard.poll(Math.max(0, Duration.between(Instant.now(), until).toMillis()), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.later(Problem.UNAVAILABLE, "stack_unavailable", "the gateway ends", 5);
    }
    return switch (next) {
      case null -> {
        LOG.warn("No reply to {} within the time", pending.getFirst().id());
        throw Problem.of(
            Problem.TIMED_OUT, "timeout", "the model did not answer within the time; ask for fewer tokens, or try again when it has less to do");
      }
      case Pending.Heard.Failed(Problem problem) -> throw problem;
      case Pending.Heard.One(int number, Reply reply) when reply.getContent() instanceof Declined declined -> {
        answered.add(number);
        throw problem(declined);
      }
      case Pending.Heard.One(int number, Reply reply) -> {
        Answer answer = new Answer(number, reply);
        if (answer.ended()) {
          answered.add(number);
        }
        yield answer;
      }
    };
  }

  /** Waits until all prompts are answered; the last reply to each, in their order. */
  public List<Reply> all() {
    Reply[] replies = new Reply[pending.size()];
    while (Arrays.stream(replies).anyMatch(reply -> reply == null)) {
      Answer answer = next();
      if (answer.ended()) {
        replies[answer.number()] = answer.reply();
      }
    }
    return List.of(replies);
  }

  private static Problem problem(Declined declined) {
    return switch (declined.getCause()) {
      case REQUEST -> Problem.of(Problem.BAD_REQUEST, "invalid_request", declined.getReason());
      case UNSUPPORTED -> Problem.of(Problem.BAD_REQUEST, "unsupported_by_model", declined.getReason());
      case LATE -> Problem.of(Problem.TIMED_OUT, "timeout", declined.getReason());
      case MODEL, UNKNOWN -> Problem.of(Problem.FAILED, "model_failed", declined.getReason());
    };
  }

  @Override
  public void close() {
    pending.forEach(one -> forget.accept(one, answered.contains(one.number())));
    place.close();
  }
}
