package dev.assay.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code openapi.json} says of answers. */
final class DescriptionTest {

  private static final String EVENTS = "text/event-stream";

  private static JsonNode description;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream file = Gateway.class.getResourceAsStream("openapi.json")) {
      description = new ObjectMapper().readTree(file);
    }
  }

  @Test
  void references_leadSomewhere() {
    assertThat(description.findValuesAsText("$ref")).isNotEmpty().allSatisfy(reference -> assertThat(find(reference).isMissingNode()).isFalse());
  }

  @Test
  void streams_areDescribedEventByEvent() {
    List<JsonNode> streams = description.findValues(EVENTS);

    assertThat(streams).hasSize(4);
    assertThat(streams)
        .extracting(stream -> find(stream.path("schema").path("$ref").asText()))
        .allSatisfy(
            event -> {
              assertThat(event.path("type").asText()).isEqualTo("object");
              assertThat(event.path("required")).extracting(JsonNode::asText).contains("data");
              assertThat(event.path("properties").path("data").path("type").asText()).isEqualTo("string");
            });
  }

  @Test
  void tokenize_describesTheErrorsOfBothItsApis() {
    JsonNode responses = description.path("paths").path("/tokenize").path("post").path("responses");
    for (String status : List.of("404", "429", "500", "503", "504")) {
      JsonNode schema = find(responses.path(status).path("content").path("application/json").path("schema").path("$ref").asText());
      assertThat(schema.path("oneOf").findValuesAsText("$ref"))
          .as(status)
          .containsExactly("#/components/schemas/Error", "#/components/schemas/Unprocessable");
    }
  }

  private static JsonNode find(String reference) {
    return description.at(reference.substring(1));
  }
}
