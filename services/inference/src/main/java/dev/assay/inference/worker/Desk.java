package dev.assay.inference.worker;

import dev.assay.inference.ModelCard;
import dev.assay.inference.worker.Answering.Answered;
import dev.assay.inference.worker.Answering.Queued;
import dev.assay.inference.worker.Outlet.Parcel;
import dev.assay.records.Answer;
import dev.assay.records.Declined;
import dev.assay.records.DeclinedCause;
import dev.assay.records.Failure;
import dev.assay.records.Interactive;
import dev.assay.records.Reply;
import dev.assay.records.Request;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where requests become answers: takes what the consumer brings, lets the model work on it as it comes, and sends each answer as soon as
 * there is one. One thread runs it; any may bring.
 *
 * <p>Registry and broker may be away for as long as they like: the desk waits for them, since each release counts against the group's
 * delivery limit.
 */
final class Desk implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Desk.class);
  private static final String STAGE = "worker";

  private final Function<Served, ModelCard> cards;
  private final RecordCodec<Request> requests;
  private final RecordCodec<Answer> answers;
  private final RecordCodec<Reply> replies;
  private final Answering answering;
  private final Outlet outlet;
  private final Backoff backoff;
  private final Tally tally;
  private final int deliveryLimit;
  private final BooleanSupplier stopping;
  private final AnswerSpans spans = new AnswerSpans();
  private final BlockingQueue<Batch> incoming = new LinkedBlockingQueue<>();
  private final IdentityHashMap<Queued, Ticket> open = new IdentityHashMap<>();
  private @Nullable Batch next;
  private boolean exclusive;

  /** Takes what became of a delivery, on the desk's thread. */
  @FunctionalInterface
  interface Settling {
    void settled(Delivery delivery, AcknowledgeType how);
  }

  /**
   * Deliveries that came together.
   *
   * @param served the name under which they came
   * @param alone whether the model is to work on nothing else meanwhile
   */
  record Batch(Served served, List<Delivery> deliveries, boolean alone, Settling settling) {}

  private record Ticket(Delivery delivery, Settling settling) {}

  private sealed interface Sorted {
    record Ask(Queued queued) implements Sorted {}

    /** Not given to the model. */
    record Refused(Queued queued, String reason) implements Sorted {}

    record Dead(DeadLetter letter, ConsumerRecord<byte[], byte[]> source) implements Sorted {}
  }

  /**
   * @param cards what a name stands for now
   */
  Desk(
      Function<Served, ModelCard> cards,
      RecordCodec<Request> requests,
      RecordCodec<Answer> answers,
      RecordCodec<Reply> replies,
      Answering answering,
      Outlet outlet,
      Backoff backoff,
      Tally tally,
      int deliveryLimit,
      BooleanSupplier stopping) {
    this.cards = cards;
    this.requests = requests;
    this.answers = answers;
    this.replies = replies;
    this.answering = answering;
    this.outlet = outlet;
    this.backoff = backoff;
    this.tally = tally;
    this.deliveryLimit = deliveryLimit;
    this.stopping = stopping;
  }

  /**
   * Brings deliveries. Each is settled once: ACCEPT when its answer is confirmed, REJECT when it became a dead letter, RELEASE when the
   * worker stops before or the desk fails.
   */
  void bring(Batch batch) {
    tally.hold(batch.deliveries.size());
    incoming.add(batch);
  }

  /** Works until the thread is interrupted. */
  @Override
  public void run() {
    try {
      while (true) {
        next = next == null ? incoming.take() : next;
        work();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void work() {
    try {
      answering.serve(this::take, this::send);
    } catch (RuntimeException e) {
      LOG.warn("{} requests failed; they are delivered again.", open.size(), e);
    } finally {
      // After an error, too, what is not answered goes back.
      open.values().forEach(ticket -> settle(ticket, AcknowledgeType.RELEASE));
      open.clear();
      exclusive = false;
    }
  }

  /** What has come since; a batch that is to be alone waits until nothing else is open, and lets nothing in. */
  private List<Queued> take() {
    List<Queued> asked = new ArrayList<>();
    while (!exclusive) {
      next = next == null ? incoming.poll() : next;
      if (next == null || (next.alone && !open.isEmpty())) {
        break;
      }
      Batch batch = next;
      next = null;
      asked.addAll(begin(batch));
      exclusive = batch.alone && !open.isEmpty();
    }
    return asked;
  }

  /** What the model is to answer of a batch; the rest is answered or put aside here. */
  private List<Queued> begin(Batch batch) {
    List<Sorted> sorted =
        stopping.getAsBoolean() ? null : backoff.insist("decode requests", () -> sort(batch));
    if (sorted == null) {
      batch.deliveries.forEach(delivery -> settle(new Ticket(delivery, batch.settling), AcknowledgeType.RELEASE));
      return List.of();
    }
    List<Queued> asked = new ArrayList<>();
    List<Parcel> letters = new ArrayList<>();
    List<Ticket> dead = new ArrayList<>();
    for (int i = 0; i < sorted.size(); i++) {
      Ticket ticket = new Ticket(batch.deliveries.get(i), batch.settling);
      switch (sorted.get(i)) {
        case Sorted.Ask(Queued queued) when answering.isLate(queued.request()) -> {
          open.put(queued, ticket);
          send(List.of(new Answered(queued, answering.late(queued))));
        }
        case Sorted.Ask(Queued queued) -> {
          open.put(queued, ticket);
          asked.add(queued);
        }
        case Sorted.Refused(Queued queued, String reason) -> {
          open.put(queued, ticket);
          send(List.of(new Answered(queued, answering.refuse(queued, reason))));
        }
        case Sorted.Dead one -> {
          letters.add(parcel(one));
          dead.add(ticket);
        }
      }
    }
    if (!letters.isEmpty()) {
      boolean sent = outlet.send(letters);
      tally.deadLetters.add(sent ? letters.size() : 0);
      dead.forEach(ticket -> settle(ticket, sent ? AcknowledgeType.REJECT : AcknowledgeType.RELEASE));
    }
    return asked;
  }

  private void send(List<Answered> made) {
    List<Parcel> parcels = backoff.insist("encode answers", () -> made.stream().map(this::parcel).toList());
    List<Span> ways = parcels == null ? List.of() : ways(made, parcels);
    boolean sent = parcels != null && outlet.send(parcels);
    ways.forEach(way -> AnswerSpans.end(way, sent));
    tally.answers.add(sent ? made.size() : 0);
    for (Answered one : made) {
      Ticket ticket = open.remove(one.queued());
      if (ticket != null) {
        settle(ticket, sent ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
      }
    }
    exclusive &= !open.isEmpty();
  }

  private List<Span> ways(List<Answered> made, List<Parcel> parcels) {
    List<Span> ways = new ArrayList<>();
    for (int i = 0; i < made.size(); i++) {
      Ticket ticket = open.get(made.get(i).queued());
      if (ticket != null) {
        ways.add(spans.begin(ticket.delivery, made.get(i), parcels.get(i).record().headers()));
      }
    }
    return ways;
  }

  private void settle(Ticket ticket, AcknowledgeType how) {
    tally.hold(-1);
    ticket.settling.settled(ticket.delivery, how);
  }

  private List<Sorted> sort(Batch batch) {
    ModelCard card = cards.apply(batch.served);
    return batch.deliveries.stream().map(delivery -> sort(delivery, card, batch.served.failure())).toList();
  }

  private Sorted sort(Delivery delivery, ModelCard card, String failure) {
    ConsumerRecord<byte[], byte[]> source = delivery.source();
    try {
      Request request = requests.decode(source.value());
      if (!request.getModel().equals(card.name())) {
        String reason =
            "got a request for model %s on the topic of model %s; send it to %s"
                .formatted(request.getModel(), card.name(), Topics.requests(request.getModel()));
        return new Sorted.Dead(
            letter(source, reason, request.getEnvelope().getRun(), request.getEnvelope().getPrompt(), request.getModel()), source);
      }
      Queued queued = new Queued(request, card, delivery.deliveredNanos());
      if (!failure.isEmpty()) {
        return new Sorted.Refused(queued, failure);
      }
      if (delivery.count() < deliveryLimit) {
        return new Sorted.Ask(queued);
      }
      return new Sorted.Refused(
          queued,
          "the request was delivered %d times and no worker of %s finished it; it may be what stops them, see their logs"
              .formatted(deliveryLimit, card.name()));
    } catch (UndecodableRecordException e) {
      String key = source.key() == null ? "" : new String(source.key(), StandardCharsets.UTF_8);
      return new Sorted.Dead(letter(source, String.valueOf(e.getMessage()), "", key, card.name()), source);
    }
  }

  private Parcel parcel(Answered one) {
    return one.queued().request().getWork() instanceof Interactive interactive ? reply(interactive, one.answer()) : parcel(one.answer());
  }

  /** To a client who waits: the same, without what the later stages need, and into no topic that they read. */
  private Parcel reply(Interactive interactive, Answer answer) {
    byte[] key = answer.getRequest().getBytes(StandardCharsets.UTF_8);
    Object content =
        answer.getOutcome() instanceof Failure failure ? new Declined(failure.getReason(), DeclinedCause.MODEL) : answer.getOutcome();
    byte[] value;
    try {
      value = encode(answer, content);
    } catch (NullPointerException | ClassCastException | AvroRuntimeException e) {
      value =
          encode(
              answer, new Declined("model %s gave an answer that cannot be written: %s".formatted(answer.getModel(), e), DeclinedCause.MODEL));
    }
    Declined tooLarge =
        new Declined("the answer is larger than topic " + Topics.REPLIES + " takes; ask for less, or for fewer log-probabilities", DeclinedCause.REQUEST);
    return new Parcel(
        new ProducerRecord<>(Topics.REPLIES, interactive.getPartition(), key, value),
        () -> new ProducerRecord<>(Topics.REPLIES, interactive.getPartition(), key, encode(answer, tooLarge)));
  }

  private byte[] encode(Answer answer, Object content) {
    return replies.encode(
        Topics.REPLIES,
        new Reply(
            answer.getRequest(),
            answer.getModel(),
            answer.getCheckpoint(),
            answer.getWorker(),
            content,
            answer.getTokensComputed(),
            answer.getQueuedMicros(),
            answer.getComputeMicros()));
  }

  private Parcel parcel(Answer answer) {
    byte[] key = answer.getEnvelope().getPrompt().getBytes(StandardCharsets.UTF_8);
    byte[] value;
    try {
      value = answers.encode(Topics.ANSWERS, answer);
    } catch (NullPointerException | ClassCastException | AvroRuntimeException e) {
      value = refused(answer, "model %s gave an answer that cannot be written: %s".formatted(answer.getModel(), e));
    }
    return new Parcel(
        new ProducerRecord<>(Topics.ANSWERS, key, value),
        () ->
            new ProducerRecord<>(
                Topics.ANSWERS, key, refused(answer, "the answer is larger than topic " + Topics.ANSWERS + " takes; see max.message.bytes")));
  }

  private static Parcel parcel(Sorted.Dead dead) {
    ConsumerRecord<byte[], byte[]> source = dead.source();
    LOG.warn("Dead letter from {}-{}@{}: {}", source.topic(), source.partition(), source.offset(), dead.letter().reason());
    var record = new ProducerRecord<>(Topics.DEAD_LETTERS, null, source.key(), source.value(), source.headers());
    dead.letter().writeTo(record.headers());
    var withoutBytes = new ProducerRecord<byte[], byte[]>(Topics.DEAD_LETTERS, null, source.key(), null, record.headers());
    return new Parcel(record, () -> withoutBytes);
  }

  private byte[] refused(Answer answer, String reason) {
    return answers.encode(Topics.ANSWERS, Answer.newBuilder(answer).setOutcome(new Failure(reason)).build());
  }

  private static DeadLetter letter(ConsumerRecord<?, ?> source, String reason, String run, String prompt, String model) {
    return new DeadLetter(source.topic(), source.partition(), source.offset(), STAGE, reason, run, prompt, model);
  }
}
