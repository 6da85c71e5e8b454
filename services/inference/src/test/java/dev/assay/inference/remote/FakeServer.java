package dev.assay.inference.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A server that gives what a test says, however bad: first what was put in line, then what the rule gives. */
final class FakeServer implements AutoCloseable {

  private static final JsonMapper JSON = new JsonMapper();

  final List<Call> calls = new CopyOnWriteArrayList<>();
  final AtomicInteger mostAtATime = new AtomicInteger();
  private final AtomicInteger atATime = new AtomicInteger();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Deque<Reply> line = new ConcurrentLinkedDeque<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile Rule rule = (_, _) -> new Reply.Json(404, "{\"error\": {\"message\": \"no such route\"}}", Map.of());

  /** What one call looked like. */
  record Call(String path, JsonNode body, List<String> authorization) {}

  sealed interface Reply {
    record Json(int status, String body, Map<String, String> headers) implements Reply {}

    /** Headers that promise more than comes before the connection ends. */
    record Cut() implements Reply {}

    /** Some bytes, and then none for as long as the server runs. */
    record Stalled() implements Reply {}

    /** More bytes than anybody wants. */
    record Endless() implements Reply {}
  }

  @FunctionalInterface
  interface Rule {
    Reply reply(String path, JsonNode body);
  }

  FakeServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String base() {
    return "http://127.0.0.1:%d/v1".formatted(server.getAddress().getPort());
  }

  void rule(Rule other) {
    rule = other;
  }

  void next(Reply... replies) {
    line.addAll(List.of(replies));
  }

  static Reply ok(String body) {
    return new Reply.Json(200, body, Map.of());
  }

  static Reply error(int status, String message, Map<String, String> headers) {
    return new Reply.Json(status, JSON.createObjectNode().set("error", JSON.createObjectNode().put("message", message)).toString(), headers);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      mostAtATime.accumulateAndGet(atATime.incrementAndGet(), Math::max);
      String path = exchange.getRequestURI().getPath().substring("/v1".length());
      JsonNode body = JSON.readTree(exchange.getRequestBody());
      calls.add(new Call(path, body, exchange.getRequestHeaders().getOrDefault("Authorization", List.of())));
      Reply queued = line.poll();
      Reply reply = queued == null ? rule.reply(path, body) : queued;
      atATime.decrementAndGet();
      send(exchange, reply);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void send(HttpExchange exchange, Reply reply) throws IOException, InterruptedException {
    OutputStream out = exchange.getResponseBody();
    switch (reply) {
      case Reply.Json(int status, String body, Map<String, String> headers) -> {
        headers.forEach(exchange.getResponseHeaders()::set);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        out.write(bytes);
      }
      case Reply.Cut _ -> {
        exchange.sendResponseHeaders(200, 1000);
        out.write("{\"choices\"".getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
      case Reply.Stalled _ -> {
        exchange.sendResponseHeaders(200, 0);
        out.write("{\"choices\"".getBytes(StandardCharsets.UTF_8));
        out.flush();
        closing.await();
      }
      case Reply.Endless _ -> {
        exchange.sendResponseHeaders(200, 0);
        byte[] mebibyte = " ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        while (closing.getCount() > 0) {
          out.write(mebibyte);
        }
      }
    }
  }

  @Override
  public void close() {
    closing.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
