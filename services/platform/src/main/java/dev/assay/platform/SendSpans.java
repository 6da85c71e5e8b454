package dev.assay.platform;

import dev.assay.schemas.Topics;
import dev.assay.schemas.TraceHeaders;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Makes a span of each record that begins its way, a prompt or a client's request, below whatever the sending thread does; the record carries it
 * on. Other records pass.
 */
public final class SendSpans implements ProducerInterceptor<Object, Object> {

  private final Tracer tracer = GlobalOpenTelemetry.getOrNoop().getTracer("assay");

  @Override
  public void configure(Map<String, ?> configs) {
    // Nothing to choose.
  }

  @Override
  public ProducerRecord<Object, Object> onSend(ProducerRecord<Object, Object> record) {
    if (record.topic().equals(Topics.PROMPTS) || Topics.isRequests(record.topic())) {
      Span span =
          tracer
              .spanBuilder("send " + record.topic())
              .setSpanKind(SpanKind.PRODUCER)
              .setAttribute(MessagingNames.SYSTEM, MessagingNames.KAFKA)
              .setAttribute(MessagingNames.OPERATION, "send")
              .setAttribute(MessagingNames.OPERATION_TYPE, "send")
              .setAttribute(MessagingNames.DESTINATION, record.topic())
              .startSpan();
      TraceHeaders.write(Context.current().with(span), record.headers());
      span.end();
    }
    return record;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
