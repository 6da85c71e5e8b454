package dev.assay.inference.worker;

import dev.assay.inference.ModelCard;
import dev.assay.inference.worker.Answering.Queued;
import dev.assay.inference.worker.Outlet.Parcel;
import dev.assay.records.Answer;
import dev.assay.records.Failure;
import dev.assay.records.Request;
import dev.assay.schemas.DeadLetter;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.schemas.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done with a batch between its delivery and its acknowledgement: decode, answer, send. Registry and broker may be away for as
 * long as they like; the batch waits for them, since each release counts against the group's delivery limit.
 */
final class BatchWork {

  private static final Logger LOG = LoggerFactory.getLogger(BatchWork.class);
  private static final String STAGE = "worker";

  private final ModelCard card;
  private final RecordCodec<Request> requests;
  private final RecordCodec<Answer> answers;
  private final Answering answering;
  private final Outlet outlet;
  private final Backoff backoff;
  private final Tally tally;
  private final int deliveryLimit;

  private sealed interface Sorted {
    record Ask(Queued queued) implements Sorted {}

    record LastAsk(Queued queued) implements Sorted {}

    record Dead(DeadLetter letter, ConsumerRecord<byte[], byte[]> source) implements Sorted {}
  }

  BatchWork(
      ModelCard card,
      RecordCodec<Request> requests,
      RecordCodec<Answer> answers,
      Answering answering,
      Outlet outlet,
      Backoff backoff,
      Tally tally,
      int deliveryLimit) {
    this.card = card;
    this.requests = requests;
    this.answers = answers;
    this.answering = answering;
    this.outlet = outlet;
    this.backoff = backoff;
    this.tally = tally;
    this.deliveryLimit = deliveryLimit;
  }

  /**
   * Does the work.
   *
   * @return how each record is to be acknowledged, in order: ACCEPT when its answer is confirmed, REJECT when it became a dead letter,
   *     RELEASE when the worker stops before
   */
  List<AcknowledgeType> run(List<Delivery> batch) {
    List<AcknowledgeType> released = Collections.nCopies(batch.size(), AcknowledgeType.RELEASE);
    List<Sorted> sorted = backoff.insist("decode requests", () -> batch.stream().map(this::sort).toList());
    if (sorted == null) {
      return released;
    }
    List<Answer> made = answer(sorted);
    List<Parcel> parcels = backoff.insist("encode answers", () -> made.stream().map(this::parcel).toList());
    if (parcels == null) {
      return released;
    }
    List<Parcel> all = new ArrayList<>(parcels);
    sorted.forEach(
        one -> {
          if (one instanceof Sorted.Dead dead) {
            all.add(parcel(dead));
          }
        });
    if (!outlet.send(all)) {
      return released;
    }
    tally.answers.add(made.size());
    tally.deadLetters.add(all.size() - made.size());
    return sorted.stream()
        .map(one -> one instanceof Sorted.Dead ? AcknowledgeType.REJECT : AcknowledgeType.ACCEPT)
        .toList();
  }

  private Sorted sort(Delivery delivery) {
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
      Queued queued = new Queued(request, delivery.deliveredNanos());
      return delivery.count() < deliveryLimit ? new Sorted.Ask(queued) : new Sorted.LastAsk(queued);
    } catch (UndecodableRecordException e) {
      String key = source.key() == null ? "" : new String(source.key(), StandardCharsets.UTF_8);
      return new Sorted.Dead(letter(source, String.valueOf(e.getMessage()), "", key, card.name()), source);
    }
  }

  private List<Answer> answer(List<Sorted> sorted) {
    List<Queued> asked = new ArrayList<>();
    List<Answer> made = new ArrayList<>();
    for (Sorted one : sorted) {
      switch (one) {
        case Sorted.Ask(Queued queued) -> asked.add(queued);
        case Sorted.LastAsk(Queued queued) ->
            made.add(
                answering.refuse(
                    queued,
                    "the request was delivered %d times and no worker of %s finished it; it may be what stops them, see their logs"
                        .formatted(deliveryLimit, card.name())));
        case Sorted.Dead _ -> {}
      }
    }
    if (!asked.isEmpty()) {
      made.addAll(answering.answer(asked));
    }
    return made;
  }

  private Parcel parcel(Answer answer) {
    byte[] key = answer.getEnvelope().getPrompt().getBytes(StandardCharsets.UTF_8);
    byte[] value;
    try {
      value = answers.encode(Topics.ANSWERS, answer);
    } catch (NullPointerException | ClassCastException | AvroRuntimeException e) {
      value = refused(answer, "model %s gave an answer that cannot be written: %s".formatted(card.name(), e));
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
