package dev.assay.gateway.http;

import io.javalin.http.Context;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;

/**
 * A span of each request, below the client's own where its {@code traceparent} names one; what the handler sends is below it. Attributes are
 * those of OpenTelemetry's semantic conventions for HTTP servers (1.37).
 */
public final class RequestSpans {

  private static final String SPAN = "span";
  private static final String SCOPE = "span-scope";
  private static final TextMapGetter<Context> HEADERS = (context, name) -> context == null ? null : context.header(name);

  private final Tracer tracer = GlobalOpenTelemetry.getOrNoop().getTracer("assay-gateway");

  /** A request begins; to be called on the thread that handles it, after {@link RequestId#begin}. */
  @SuppressWarnings("MustBeClosedChecker") // The scope is closed at the end.
  public void begin(Context context) {
    if (isProbe(context.path())) {
      return;
    }
    Span span =
        tracer
            .spanBuilder(context.method().name())
            .setSpanKind(SpanKind.SERVER)
            .setParent(W3CTraceContextPropagator.getInstance().extract(io.opentelemetry.context.Context.root(), context, HEADERS))
            .setAttribute("http.request.method", context.method().name())
            .setAttribute("url.scheme", context.scheme())
            .setAttribute("url.path", context.path())
            .setAttribute("assay.request.id", RequestId.of(context))
            .startSpan();
    context.attribute(SPAN, span);
    context.attribute(SCOPE, span.makeCurrent());
  }

  /**
   * It was answered; to be called on the same thread.
   *
   * @param route the route, whose names are few, as the path's are not
   */
  public void end(Context context, String route) {
    Span span = context.attribute(SPAN);
    Scope scope = context.attribute(SCOPE);
    if (span == null || scope == null) {
      return;
    }
    scope.close();
    int status = context.statusCode();
    span.updateName(context.method().name() + " " + route);
    span.setAttribute("http.route", route);
    span.setAttribute("http.response.status_code", status);
    if (status >= Problem.FAILED) {
      span.setStatus(StatusCode.ERROR).setAttribute("error.type", Integer.toString(status));
    }
    span.end();
  }

  /** What asks every few seconds and leads nowhere. */
  private static boolean isProbe(String path) {
    return path.startsWith("/health/") || path.equals("/metrics");
  }
}
