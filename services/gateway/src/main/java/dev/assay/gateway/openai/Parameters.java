package dev.assay.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.gateway.http.Fields;
import dev.assay.gateway.http.Problem;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What completions and chats have in common.
 *
 * @param maxTokens most tokens to generate; -1 for as many as there is room for
 * @param samples how many texts
 * @param temperature 0 is greedy
 * @param topK 0 is off
 * @param topP 1 is off
 * @param seed of the sampling; drawn here where the client gives none, so that it travels with the request
 * @param repetitionPenalty 1 is off
 * @param stop texts that end a completion
 * @param stream whether the client reads events
 * @param usageAtEnd whether the stream ends with the number of tokens
 */
record Parameters(
    int maxTokens,
    int samples,
    double temperature,
    int topK,
    double topP,
    long seed,
    double repetitionPenalty,
    List<String> stop,
    boolean stream,
    boolean usageAtEnd) {

  /** More than any text that a worker generates has tokens. */
  static final int MOST_TOKENS = 1_000_000;

  private static final int MOST_SAMPLES = 16;
  private static final int MOST_STOPS = 16;
  private static final int MOST_TOP_K = 1_000_000;
  private static final double MOST_TEMPERATURE = 2;
  private static final double MOST_PENALTY = 10;

  /** OpenAI takes 0 for the most probable token alone; the sampler wants a share above 0. */
  private static final double LEAST_TOP_P = 1e-9;

  /** Fields that say nothing about the answer. */
  static final Set<String> IGNORED =
      Set.of("user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "verbosity");

  static Parameters read(Fields fields, String maxTokensName, int otherwise) {
    requireOff(fields, "presence_penalty");
    requireOff(fields, "frequency_penalty");
    requireEmpty(fields, "logit_bias");
    boolean stream = fields.flag("stream", false);
    Optional<Fields> streamOptions = fields.object("stream_options");
    boolean usageAtEnd = streamOptions.isPresent() && streamOptions.get().flag("include_usage", false);
    if (streamOptions.isPresent() && !stream) {
      throw Problem.invalid("stream_options", "stream_options is only for streams; set stream to true or leave it out");
    }
    return new Parameters(
        fields.integer(maxTokensName, 0, MOST_TOKENS).orElse(otherwise),
        fields.integer("n", 1, MOST_SAMPLES).orElse(1),
        fields.number("temperature", 0, MOST_TEMPERATURE).orElse(1),
        fields.integer("top_k", 0, MOST_TOP_K).orElse(0),
        Math.max(LEAST_TOP_P, fields.number("top_p", 0, 1).orElse(1)),
        fields.longInteger("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong()),
        Math.max(LEAST_TOP_P, fields.number("repetition_penalty", 0, MOST_PENALTY).orElse(1)),
        fields.texts("stop", MOST_STOPS),
        stream,
        usageAtEnd);
  }

  private static void requireOff(Fields fields, String name) {
    if (fields.number(name, -2, 2).orElse(0) != 0) {
      throw Problem.invalid(name, name + " is not supported by these models; leave it out, or use repetition_penalty");
    }
  }

  static void requireEmpty(Fields fields, String name) {
    Optional<JsonNode> value = fields.any(name);
    if (value.isPresent() && !(value.get().isContainerNode() && value.get().isEmpty())) {
      throw Problem.invalid(name, name + " is not supported by these models; leave it out");
    }
  }
}
