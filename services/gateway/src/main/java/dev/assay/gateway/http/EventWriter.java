package dev.assay.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A stream of server-sent events to one client, each sent at once. A client that reads slowly keeps its own thread waiting and nobody else;
 * one that reads nothing is cut off when the connection has been idle for its time.
 */
public final class EventWriter {

  private final OutputStream out;

  private EventWriter(OutputStream out) {
    this.out = out;
  }

  /** Begins the stream: status and headers go out with the first event. */
  public static EventWriter begin(Context context) {
    HttpServletResponse response = context.res();
    response.setStatus(200);
    response.setContentType("text/event-stream;charset=utf-8");
    response.setHeader("Cache-Control", "no-cache");
    // Proxies that buffer would turn a stream into a lump.
    response.setHeader("X-Accel-Buffering", "no");
    try {
      return new EventWriter(response.getOutputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Sends an event.
   *
   * @throws UncheckedIOException when the client is gone
   */
  public void data(JsonNode data) {
    send("data: " + Json.text(data) + "\n\n");
  }

  /** Sends an event with a name and an id. */
  public void event(String name, @Nullable String id, JsonNode data) {
    send((id == null ? "" : "id: " + id + "\n") + "event: " + name + "\ndata: " + Json.text(data) + "\n\n");
  }

  /** Sends the mark by which OpenAI ends a stream. */
  public void done() {
    send("data: [DONE]\n\n");
  }

  /** Sends a comment, which shows that the connection lives and whether the client does. */
  public void keepAlive() {
    send(": alive\n\n");
  }

  private void send(String text) {
    try {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("the client is gone", e);
    }
  }
}
