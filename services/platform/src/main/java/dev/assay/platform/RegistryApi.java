package dev.assay.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/** The global compatibility of a registry, asked and set within a time limit, which the Confluent client does not have. */
final class RegistryApi implements AutoCloseable {

  static final String BACKWARD = "BACKWARD";

  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newBuilder().connectTimeout(LIMIT).build();
  private final URI config;

  RegistryApi(String url) {
    config = URI.create(url + "/config");
  }

  /** The compatibility that holds where a subject has none of its own; empty while the registry does not answer. */
  Optional<String> compatibility() throws InterruptedException {
    return send(HttpRequest.newBuilder(config).GET())
        .map(answer -> answer.path("compatibilityLevel"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::asText);
  }

  /** Sets the compatibility to {@code BACKWARD} where it is not; says whether it now is. */
  boolean enforceBackward() throws InterruptedException {
    if (compatibility().filter(BACKWARD::equals).isPresent()) {
      return true;
    }
    String wanted = JSON.createObjectNode().put("compatibility", BACKWARD).toString();
    send(HttpRequest.newBuilder(config)
        .header("Content-Type", "application/vnd.schemaregistry.v1+json")
        .PUT(HttpRequest.BodyPublishers.ofString(wanted)));
    return compatibility().filter(BACKWARD::equals).isPresent();
  }

  private Optional<JsonNode> send(HttpRequest.Builder request) throws InterruptedException {
    try {
      HttpResponse<String> response = client.send(request.timeout(LIMIT).build(), HttpResponse.BodyHandlers.ofString());
      return response.statusCode() == 200 ? Optional.of(JSON.readTree(response.body())) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
