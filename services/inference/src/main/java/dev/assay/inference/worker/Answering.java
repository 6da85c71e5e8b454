package dev.assay.inference.worker;

import dev.assay.inference.AnsweringModel;
import dev.assay.inference.ModelAnswer;
import dev.assay.inference.ModelCard;
import dev.assay.records.Answer;
import dev.assay.records.Failure;
import dev.assay.records.Request;
import dev.assay.records.Text;
import dev.assay.records.Votes;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a batch of requests into answers, whatever the model does: when it throws on a batch, each request is tried alone once, and
 * who still makes it throw is answered with a failure.
 */
final class Answering {

  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  private final AnsweringModel model;
  private final ModelCard card;
  private final String workerId;
  private final InstantSource clock;
  private final Tally tally;

  /** A request with the moment of its delivery on the clock of {@link System#nanoTime}. */
  record Queued(Request request, long deliveredNanos) {}

  Answering(AnsweringModel model, String workerId, InstantSource clock, Tally tally) {
    this.model = model;
    this.card = model.card();
    this.workerId = workerId;
    this.clock = clock;
    this.tally = tally;
  }

  /** One answer a request, in order. */
  List<Answer> answer(List<Queued> batch) {
    long begin = System.nanoTime();
    List<ModelAnswer> results = outcomes(batch.stream().map(Queued::request).toList());
    long nanos = System.nanoTime() - begin;
    tally.computed(results, nanos);
    long[] micros = shares(TimeUnit.NANOSECONDS.toMicros(nanos), results);
    List<Answer> answers = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      Queued queued = batch.get(i);
      long waited = TimeUnit.NANOSECONDS.toMicros(begin - queued.deliveredNanos());
      answers.add(compose(queued.request(), results.get(i), waited, micros[i]));
    }
    return answers;
  }

  /** The answer that says why there is none, for a request that is not given to the model. */
  Answer refuse(Queued queued, String reason) {
    long waited = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - queued.deliveredNanos());
    return compose(queued.request(), ModelAnswer.failure(reason), waited, 0);
  }

  private Answer compose(Request request, ModelAnswer result, long queuedMicros, long computeMicros) {
    return new Answer(
        request.getId(),
        card.name(),
        card.checkpoint(),
        workerId,
        request.getEnvelope(),
        result.outcome(),
        result.tokensAsked(),
        result.tokensComputed(),
        result.tokensGenerated(),
        queuedMicros,
        computeMicros,
        clock.instant().truncatedTo(ChronoUnit.MILLIS),
        result.tokensCut());
  }

  private List<ModelAnswer> outcomes(List<Request> batch) {
    try {
      return checked(batch);
    } catch (RuntimeException e) {
      LOG.warn("Model {} failed on a batch of {}; each request is tried alone.", card.name(), batch.size(), e);
      return batch.stream().map(this::alone).toList();
    }
  }

  private ModelAnswer alone(Request request) {
    try {
      return checked(List.of(request)).getFirst();
    } catch (RuntimeException e) {
      LOG.warn("Model {} failed on request {}; it is answered with the failure.", card.name(), request.getId(), e);
      return ModelAnswer.failure(
          "model %s threw %s; expected an answer; the worker's log has the trace".formatted(card.name(), e));
    }
  }

  private List<ModelAnswer> checked(List<Request> batch) {
    List<ModelAnswer> results = model.answer(batch);
    if (results.size() != batch.size()) {
      throw new IllegalStateException(
          "got %d results for %d requests from model %s; expected one each".formatted(results.size(), batch.size(), card.name()));
    }
    for (ModelAnswer result : results) {
      switch (result.outcome()) {
        case Votes _, Text _, Failure _ -> {}
        default ->
            throw new IllegalStateException(
                "got an outcome of %s from model %s; expected Votes, Text or Failure"
                    .formatted(result.outcome().getClass().getName(), card.name()));
      }
    }
    return results;
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
