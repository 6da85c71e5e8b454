package dev.assay.schemas;

import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.context.propagation.TextMapSetter;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The headers {@code traceparent} and {@code tracestate} (W3C Trace Context), by which records that follow from one another belong to one
 * trace. They are for people who look at traces: no stage decides by them, and neither states nor exports keep them.
 */
public final class TraceHeaders {

  private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
  private static final TextMapGetter<Headers> READER = TraceHeaders::get;
  private static final TextMapSetter<Headers> WRITER = TraceHeaders::set;

  private TraceHeaders() {}

  /** What a record follows from; {@link Context#root} when it does not say, or not in a form that can be read. */
  public static Context read(Headers headers) {
    return W3C.extract(Context.root(), headers, READER);
  }

  /** Says what a record follows from, in the place of what was said before; nothing when the context has no span. */
  public static void write(Context context, Headers headers) {
    W3C.inject(context, headers, WRITER);
  }

  /** A copy without these headers. */
  public static Headers without(Headers headers) {
    Headers rest = new RecordHeaders(headers);
    W3C.fields().forEach(rest::remove);
    return rest;
  }

  private static void set(@Nullable Headers headers, String name, String value) {
    if (headers != null) {
      headers.remove(name);
      headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static @Nullable String get(@Nullable Headers headers, String name) {
    Header header = headers == null ? null : headers.lastHeader(name);
    return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }
}
