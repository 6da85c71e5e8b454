package dev.assay.inference.remote;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Tokens as the server counts them.
 *
 * @param asked of the prompts
 * @param cached of these: those that the server had read before
 * @param generated of the completions
 */
record Usage(long asked, long cached, long generated) {

  static final Usage NONE = new Usage(0, 0, 0);

  /** What a response says; 0 for what it does not say. */
  static Usage of(JsonNode response) {
    JsonNode usage = response.path("usage");
    long asked = Math.max(0, usage.path("prompt_tokens").asLong());
    long cached = usage.path("prompt_tokens_details").path("cached_tokens").asLong();
    return new Usage(asked, Math.clamp(cached, 0, asked), Math.max(0, usage.path("completion_tokens").asLong()));
  }

  Usage plus(Usage other) {
    return new Usage(asked + other.asked, cached + other.cached, generated + other.generated);
  }

  long whole() {
    return asked + generated;
  }
}
