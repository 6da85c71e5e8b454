package dev.assay.platform;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators ask a service that has no other HTTP: {@code /metrics} for Prometheus, {@code /health/live} whether the process answers,
 * {@code /health/ready} whether it is at work (200) or not (503), part by part.
 */
public final class OperationsServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(OperationsServer.class);
  private static final String JSON = "application/json";
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int NOT_ALLOWED = 405;
  private static final int FAILED = 500;
  private static final int UNAVAILABLE = 503;

  private final HttpServer server;
  private final Meters meters;
  private final Supplier<List<Health>> readiness;

  private OperationsServer(HttpServer server, Meters meters, Supplier<List<Health>> readiness) {
    this.server = server;
    this.meters = meters;
    this.readiness = readiness;
  }

  /**
   * Begins to answer.
   *
   * @param host the interface; {@code 127.0.0.1} is for this machine alone
   * @param port 0 for any that is free
   * @param readiness says at each question how the service's parts are
   * @throws StackException when the port is taken
   */
  public static OperationsServer start(String host, int port, Meters meters, Supplier<List<Health>> readiness) {
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(host, port), 0);
    } catch (BindException e) {
      throw new StackException("Port %d of %s is taken; choose another one for metrics and health: %s".formatted(port, host, e.getMessage()), e);
    } catch (IOException e) {
      throw new StackException("Cannot listen on port %d of %s: %s".formatted(port, host, e.getMessage()), e);
    }
    OperationsServer operations = new OperationsServer(server, meters, readiness);
    server.createContext("/", operations::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
    LOG.info("Metrics and health are on port {}", operations.port());
    return operations;
  }

  /** The port that it listens to. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, NOT_ALLOWED, JSON, "{\"error\": \"only GET is answered here\"}");
        return;
      }
      switch (exchange.getRequestURI().getPath()) {
        case "/metrics" -> send(exchange, OK, Meters.CONTENT_TYPE, meters.scrape());
        case "/health/live" -> send(exchange, OK, JSON, "{\"status\": \"live\"}");
        case "/health/ready" -> ready(exchange);
        default -> send(exchange, NOT_FOUND, JSON, "{\"error\": \"there are /metrics, /health/live and /health/ready\"}");
      }
    } catch (RuntimeException e) {
      LOG.warn("{} cannot be answered", exchange.getRequestURI().getPath(), e);
      send(exchange, FAILED, JSON, "{\"error\": \"see the log\"}");
    }
  }

  private void ready(HttpExchange exchange) throws IOException {
    List<Health> parts = readiness.get();
    boolean ready = parts.stream().allMatch(Health::ok);
    ObjectNode body = MAPPER.createObjectNode();
    body.put("status", ready ? "ready" : "not ready");
    ArrayNode list = body.putArray("parts");
    parts.forEach(part -> list.addObject().put("part", part.part()).put("ok", part.ok()).put("detail", part.detail()));
    send(exchange, ready ? OK : UNAVAILABLE, JSON, body.toString());
  }

  private static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
