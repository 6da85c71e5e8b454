package dev.assay.cli.operations;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Takes spans as a collector does: OTLP over HTTP. */
final class SpanReceiver implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final String PATH = "/v1/traces";

  private final HttpServer server;
  private final List<Received> spans = new CopyOnWriteArrayList<>();

  /**
   * A span.
   *
   * @param name its scope and its name, {@code scope: name}
   */
  record Received(String trace, String id, String parent, String name, Map<String, String> attributes) {}

  private SpanReceiver(HttpServer server) {
    this.server = server;
  }

  static SpanReceiver start() throws IOException {
    SpanReceiver receiver = new SpanReceiver(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    receiver.server.createContext(PATH, receiver::take);
    receiver.server.start();
    return receiver;
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /**
   * Waits for spans each of which is the child of the one before it.
   *
   * @param parent the parent of the first
   * @param names each span's scope and name
   */
  List<Received> awaitWay(String trace, String parent, List<String> names) throws InterruptedException {
    List<Received> way = new ArrayList<>();
    String above = parent;
    for (String name : names) {
      Received next = await(trace, above, name);
      way.add(next);
      above = next.id;
    }
    return way;
  }

  private Received await(String trace, String parent, String name) throws InterruptedException {
    long until = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      List<Received> named = spans.stream().filter(span -> span.trace.equals(trace) && span.name.equals(name)).toList();
      Optional<Received> child = named.stream().filter(span -> span.parent.equals(parent)).findFirst();
      if (child.isPresent()) {
        return child.get();
      }
      assertThat(System.nanoTime()).as("no span '%s' below %s of trace %s; there are %s", name, parent, trace, spans).isLessThan(until);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      for (ResourceSpans resource : ExportTraceServiceRequest.parseFrom(exchange.getRequestBody()).getResourceSpansList()) {
        for (ScopeSpans scope : resource.getScopeSpansList()) {
          scope.getSpansList().forEach(span -> spans.add(received(scope.getScope().getName(), span)));
        }
      }
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static Received received(String scope, Span span) {
    Map<String, String> attributes = span.getAttributesList().stream().collect(Collectors.toMap(KeyValue::getKey, pair -> text(pair.getValue())));
    return new Received(
        hex(span.getTraceId().toByteArray()), hex(span.getSpanId().toByteArray()), hex(span.getParentSpanId().toByteArray()), scope + ": " + span.getName(), attributes);
  }

  private static String text(AnyValue value) {
    return value.hasStringValue() ? value.getStringValue() : Long.toString(value.getIntValue());
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    GlobalOpenTelemetry.resetForTest();
  }
}
