package dev.assay.inference.worker;

import dev.assay.inference.worker.Answering.Answered;
import dev.assay.records.Answer;
import dev.assay.records.Complete;
import dev.assay.records.Conversation;
import dev.assay.records.Declined;
import dev.assay.records.Failure;
import dev.assay.records.Interactive;
import dev.assay.records.Request;
import dev.assay.records.Score;
import dev.assay.schemas.TraceHeaders;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * What a trace shows of a request: its way through the worker, from the delivery to the broker's confirmation of its answer, and in it the
 * model's work. Requests without a trace have none. Names are those of OpenTelemetry's semantic conventions for messaging and for
 * generative models (1.37), and begin with {@code assay.} where these have none.
 */
final class AnswerSpans {

  private final Tracer tracer;

  AnswerSpans() {
    this(GlobalOpenTelemetry.getOrNoop().getTracer("assay-worker"));
  }

  AnswerSpans(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * Begins the span of an answer that is about to be sent, at the time of the request's delivery.
   *
   * @param carrier takes what the answer follows from
   * @return to be ended with {@link #end} when the answer is sent
   */
  Span begin(Delivery delivery, Answered answered, Headers carrier) {
    Context parent = TraceHeaders.read(delivery.source().headers());
    if (!Span.fromContext(parent).getSpanContext().isValid()) {
      return Span.getInvalid();
    }
    long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    long delivered = now - (System.nanoTime() - delivery.deliveredNanos());
    Span span = way(parent, delivery.source(), answered, delivered);
    Context within = parent.with(span);
    long begun = Math.min(now, delivered + TimeUnit.MICROSECONDS.toNanos(answered.answer().getQueuedMicros()));
    work(within, answered, begun).end(now, TimeUnit.NANOSECONDS);
    TraceHeaders.write(within, carrier);
    return span;
  }

  /** The answer is confirmed, or is not to be sent any more: its request is then delivered again. */
  static void end(Span span, boolean sent) {
    if (!sent) {
      span.setStatus(StatusCode.ERROR, "the answer was not sent; the request is delivered again");
    }
    span.end();
  }

  private Span way(Context parent, ConsumerRecord<byte[], byte[]> source, Answered answered, long delivered) {
    Answer answer = answered.answer();
    return tracer
        .spanBuilder("process " + source.topic())
        .setParent(parent)
        .setSpanKind(SpanKind.CONSUMER)
        .setStartTimestamp(delivered, TimeUnit.NANOSECONDS)
        .setAttribute("messaging.system", "kafka")
        .setAttribute("messaging.operation.name", "process")
        .setAttribute("messaging.operation.type", "process")
        .setAttribute("messaging.destination.name", source.topic())
        .setAttribute("messaging.destination.partition.id", Integer.toString(source.partition()))
        .setAttribute("messaging.kafka.offset", source.offset())
        .setAttribute("messaging.consumer.group.name", Worker.group(answer.getModel()))
        .setAttribute("assay.run", answer.getEnvelope().getRun())
        .setAttribute("assay.prompt", answer.getEnvelope().getPrompt())
        .setAttribute("assay.worker", answer.getWorker())
        .startSpan();
  }

  private Span work(Context within, Answered answered, long begun) {
    Answer answer = answered.answer();
    String operation = operation(answered.queued().request());
    Span span =
        tracer
            .spanBuilder(operation + " " + answer.getModel())
            .setParent(within)
            .setStartTimestamp(begun, TimeUnit.NANOSECONDS)
            .setAttribute("gen_ai.operation.name", operation)
            .setAttribute("gen_ai.provider.name", "assay")
            .setAttribute("gen_ai.request.model", answered.queued().request().getModel())
            .setAttribute("gen_ai.response.model", answer.getModel())
            .setAttribute("gen_ai.usage.input_tokens", answer.getTokensAsked())
            .setAttribute("gen_ai.usage.output_tokens", answer.getTokensGenerated())
            .setAttribute("assay.checkpoint", answer.getCheckpoint())
            .setAttribute("assay.tokens.computed", answer.getTokensComputed())
            .setAttribute("assay.compute.micros", answer.getComputeMicros())
            .startSpan();
    switch (answer.getOutcome()) {
      case Failure failure -> span.setStatus(StatusCode.ERROR, failure.getReason()).setAttribute("error.type", "failure");
      case Declined declined ->
          span.setStatus(StatusCode.ERROR, declined.getReason()).setAttribute("error.type", declined.getCause().name().toLowerCase(Locale.ROOT));
      default -> {
        // An answer.
      }
    }
    return span;
  }

  private static String operation(Request request) {
    return switch (request.getWork()) {
      case Score _ -> "score";
      case Interactive interactive when interactive.getAsk() instanceof Complete complete && complete.getPrompt() instanceof Conversation -> "chat";
      case Interactive interactive when !(interactive.getAsk() instanceof Complete) ->
          interactive.getAsk().getClass().getSimpleName().toLowerCase(Locale.ROOT);
      default -> "text_completion";
    };
  }
}
