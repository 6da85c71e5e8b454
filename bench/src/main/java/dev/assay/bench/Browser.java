package dev.assay.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Headless Chromium, driven in the words of W3C WebDriver through the chromedriver of this machine. */
final class Browser implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final List<String> FLAGS =
      List.of(
          "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1440,1000");

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process driver;
  private final String session;

  private Browser(Process driver, String base) {
    this.driver = driver;
    ObjectNode body = JSON.createObjectNode();
    ArrayNode flags =
        body.putObject("capabilities").putObject("alwaysMatch").put("browserName", "chrome").putObject("goog:chromeOptions").putArray("args");
    FLAGS.forEach(flags::add);
    this.session = base + "/session/" + send("POST", base + "/session", body).path("sessionId").asText();
  }

  /**
   * Starts it.
   *
   * @throws IllegalStateException when this machine has no chromedriver; on Debian the packages are chromium and chromium-driver
   */
  static Browser start() throws IOException {
    Path program = Path.of("/usr/bin/chromedriver");
    if (!Files.isExecutable(program)) {
      throw new IllegalStateException("there is no %s; install chromium and chromium-driver".formatted(program));
    }
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Process driver =
        new ProcessBuilder(program.toString(), "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String base = "http://127.0.0.1:" + port;
      if (!Await.until(LIMIT, () -> answers(base))) {
        throw new IllegalStateException("chromedriver does not answer on port %d after %s".formatted(port, LIMIT));
      }
      return new Browser(driver, base);
    } catch (RuntimeException e) {
      driver.destroy();
      throw e;
    }
  }

  void open(String address) {
    send("POST", session + "/url", JSON.createObjectNode().put("url", address));
  }

  /** What a script in the page returns. */
  JsonNode run(String script) {
    ObjectNode body = JSON.createObjectNode().put("script", script);
    body.putArray("args");
    return send("POST", session + "/execute/sync", body);
  }

  /** Waits until an expression in the page is true. */
  void await(String expression) {
    if (!Await.until(LIMIT, () -> run("return Boolean(" + expression + ")").asBoolean())) {
      throw new IllegalStateException("not true after %s: %s".formatted(LIMIT, expression));
    }
  }

  String version() {
    return run("return navigator.userAgent").asText().replaceAll(".*(Chrome/[0-9.]+).*", "$1");
  }

  private static boolean answers(String base) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest.newBuilder(URI.create(base + "/status")).build(), HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private JsonNode send(String method, String address, ObjectNode body) {
    try {
      HttpResponse<String> response =
          http.send(
              HttpRequest.newBuilder(URI.create(address)).method(method, HttpRequest.BodyPublishers.ofString(body.toString())).build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode value = JSON.readTree(response.body()).path("value");
      if (response.statusCode() != 200) {
        throw new IllegalStateException("the browser did not do it: " + value.path("message").asText());
      }
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException("the browser does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    try {
      send("DELETE", session, JSON.createObjectNode());
    } finally {
      driver.destroy();
      http.close();
    }
  }
}
