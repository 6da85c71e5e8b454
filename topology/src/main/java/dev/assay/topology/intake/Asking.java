package dev.assay.topology.intake;

import dev.assay.records.Envelope;
import dev.assay.records.Request;
import dev.assay.records.Truncation;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import dev.assay.topology.Arrival;
import dev.assay.topology.Subject;
import java.time.Instant;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Sends work to a model, or gives it up. */
final class Asking {
  private final ProcessorContext<Object, Object> context;
  private final RecordCodec<Request> requests;

  Asking(ProcessorContext<Object, Object> context, RecordCodec<Request> requests) {
    this.context = context;
    this.requests = requests;
  }

  /** Asks a model; false when the request would be too large, and the work was given up. */
  boolean ask(Work work, String model) {
    Envelope envelope = work.envelope();
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    String id = RequestIds.of(envelope.getRun(), envelope.getPrompt(), model, work.hash());
    Request request = new Request(id, model, envelope, work.prefix(), work.wanted(), now, Truncation.REFUSE);
    if (work.mostBytes() > Arrival.LARGEST_VALUE) {
      int bytes = requests.encode(Topics.requests(model), request).length;
      if (bytes > Arrival.LARGEST_VALUE) {
        String reason =
            "got a prompt whose request would have %d bytes; expected at most %d: ask for fewer orders or shorten the text"
                .formatted(bytes, Arrival.LARGEST_VALUE);
        Subject.all(envelope, model).forEach(subject -> giveUp(work.arrival(), subject, reason));
        return false;
      }
    }
    // The request's own time, not the prompt's: a request topic forgets by time, and a prompt may be old when it is replayed.
    context.forward(new Record<>(envelope.getPrompt(), request, now.toEpochMilli(), new RecordHeaders()), Intake.REQUESTS);
    return true;
  }

  void giveUp(Arrival arrival, Subject subject, String reason) {
    context.forward(arrival.deadLetter(Intake.STAGE, subject, reason), Intake.DEAD_LETTERS);
  }
}
