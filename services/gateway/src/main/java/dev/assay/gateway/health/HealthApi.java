package dev.assay.gateway.health;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.gateway.exchange.Exchange;
import dev.assay.gateway.exchange.Models;
import dev.assay.gateway.http.Json;
import dev.assay.gateway.http.Problem;
import dev.assay.platform.LiveTable;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /health/live} and {@code /health/ready}. */
public final class HealthApi {

  /** The broker is asked who serves every two seconds; it may miss a question or two. */
  private static final Duration STALE = Duration.ofSeconds(10);

  private final Exchange exchange;
  private final Models models;
  private final SchemaRegistryClient registry;
  private final Map<String, LiveTable<?>> tables;

  /**
   * @param tables what the gateway shows, by topic
   */
  public HealthApi(Exchange exchange, Models models, SchemaRegistryClient registry, Map<String, LiveTable<?>> tables) {
    this.exchange = exchange;
    this.models = models;
    this.registry = registry;
    this.tables = new LinkedHashMap<>(tables);
  }

  /** Whether the process answers. */
  public void live(Context context) {
    Json.answer(context, 200, Json.object().put("status", "live"));
  }

  /** Whether a request would get its answer: every part that it needs, asked now. */
  public void ready(Context context) {
    List<Part> parts =
        List.of(
            new Part("broker", models.seen().isAfter(Instant.now().minus(STALE)), "answered at " + models.seen()),
            new Part("replies", exchange.listening(), exchange.open() + " requests open"),
            registry(),
            tables());
    boolean ready = parts.stream().allMatch(Part::ok);
    ObjectNode body = Json.object();
    body.put("status", ready ? "ready" : "not ready");
    ArrayNode list = body.putArray("parts");
    for (Part part : parts) {
      list.addObject().put("part", part.name).put("ok", part.ok).put("detail", part.detail);
    }
    body.put("models_served", models.all().stream().filter(model -> models.workers(model.getName()) > 0).count());
    Json.answer(context, ready ? 200 : Problem.UNAVAILABLE, body);
  }

  private record Part(String name, boolean ok, String detail) {}

  private Part registry() {
    try {
      return new Part("schema registry", true, registry.getAllSubjects().size() + " subjects");
    } catch (IOException | RestClientException e) {
      return new Part("schema registry", false, "does not answer: " + e.getMessage());
    }
  }

  private Part tables() {
    List<String> behind = tables.entrySet().stream().filter(table -> !table.getValue().ready()).map(Map.Entry::getKey).toList();
    return new Part("tables", behind.isEmpty(), behind.isEmpty() ? tables.size() + " topics read" : "still reading " + behind);
  }
}
