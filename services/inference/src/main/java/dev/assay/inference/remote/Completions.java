package dev.assay.inference.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.records.Generate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * The two calls of OpenAI's API, with what servers disagree about smoothed out: how many of the most probable tokens they are willing to
 * give, and what they call the limit of a completion.
 */
final class Completions {

  static final String PATH = "/completions";
  static final String CHAT_PATH = "/chat/completions";

  /** What lm-evaluation-harness sends; with temperature 0 it decides nothing. */
  private static final int SEED = 1234;

  /** OpenAI's chats and vLLM give 20; OpenAI's completions 5. */
  private static final List<Integer> TOP = List.of(20, 5, 0);

  /** Tokens are longer than this on average, so no budget is overdrawn. */
  private static final int CHARACTERS_PER_TOKEN = 3;

  private static final int BAD_REQUEST = 400;
  private static final int UNPROCESSABLE = 422;
  private static final JsonMapper JSON = new JsonMapper();

  private final Endpoint endpoint;
  private final String model;
  private volatile int topRank;
  private volatile int chatTopRank;
  private volatile boolean completionLimit;

  /** What one call gave. */
  record Reply(List<JsonNode> choices, Usage usage) {
    JsonNode only() {
      return choices.getFirst();
    }
  }

  Completions(Endpoint endpoint, String model) {
    this.endpoint = endpoint;
    this.model = model;
  }

  /** The prompt with the log-probabilities of its tokens. */
  Reply echo(String prompt) throws CallFailedException, InterruptedException {
    ObjectNode body = greedy(1).put("prompt", prompt).put("echo", true).put("logprobs", 1);
    return one(endpoint.post(PATH, body, tokens(prompt) + 1));
  }

  /** One token, with the most probable ones where the server gives them. */
  Reply first(String prompt) throws CallFailedException, InterruptedException {
    while (true) {
      int rank = topRank;
      ObjectNode body = greedy(1).put("prompt", prompt);
      if (TOP.get(rank) > 0) {
        body.put("logprobs", TOP.get(rank));
      }
      try {
        return one(endpoint.post(PATH, body, tokens(prompt) + 1));
      } catch (CallFailedException e) {
        if (!mentions(e, "logprob") || rank + 1 == TOP.size()) {
          throw e;
        }
        topRank = rank + 1;
      }
    }
  }

  /** A few tokens of a chat, with the most probable first ones where the server gives them. */
  Reply chatFirst(String instruction, String prompt, int most) throws CallFailedException, InterruptedException {
    while (true) {
      int rank = chatTopRank;
      ObjectNode body = messages(greedy(most), instruction, prompt);
      if (TOP.get(rank) > 0) {
        body.put("logprobs", true).put("top_logprobs", TOP.get(rank));
      }
      try {
        return one(chat(body, tokens(prompt) + most));
      } catch (CallFailedException e) {
        if (!mentions(e, "logprob") || rank + 1 == TOP.size()) {
          throw e;
        }
        chatTopRank = rank + 1;
      }
    }
  }

  /** Whether chats may come with log-probabilities, as far as is known. */
  boolean chatMayGiveLogProbs() {
    return TOP.get(chatTopRank) > 0;
  }

  /** From now on no log-probabilities are asked for in chats: the server passes them over. */
  void chatGivesNoLogProbs() {
    chatTopRank = TOP.size() - 1;
  }

  /** Samples as a request asks for; servers that give one choice a call are called again, each time with the next seed. */
  Reply generate(String prefix, Generate work, boolean chat) throws CallFailedException, InterruptedException {
    String prompt = prefix + work.getSuffix();
    List<JsonNode> choices = new ArrayList<>();
    Usage usage = Usage.NONE;
    while (choices.size() < work.getSamples()) {
      int missing = work.getSamples() - choices.size();
      ObjectNode body = JSON.createObjectNode().put("model", model).put("max_tokens", work.getMaxTokens());
      body.put("temperature", work.getTemperature()).put("top_p", work.getTopP()).put("seed", (work.getSeed() + choices.size()) & Integer.MAX_VALUE);
      put(work.getTopK() > 0, () -> body.put("top_k", work.getTopK()));
      put(work.getRepetitionPenalty() != 1, () -> body.put("repetition_penalty", work.getRepetitionPenalty()));
      put(missing > 1, () -> body.put("n", missing));
      put(!work.getStop().isEmpty(), () -> work.getStop().forEach(body.putArray("stop")::add));
      long expected = tokens(prompt) + (long) work.getMaxTokens() * missing;
      JsonNode response;
      if (chat) {
        put(work.getLogProbs(), () -> body.put("logprobs", true));
        response = chat(messages(body, "", prompt), expected);
      } else {
        put(work.getLogProbs(), () -> body.put("logprobs", 1));
        response = endpoint.post(PATH, body.put("prompt", prompt), expected);
      }
      choices.addAll(choices(response, 1, missing));
      usage = usage.plus(Usage.of(response));
    }
    return new Reply(List.copyOf(choices), usage);
  }

  private JsonNode chat(ObjectNode body, long expectedTokens) throws CallFailedException, InterruptedException {
    while (true) {
      boolean renamed = completionLimit;
      ObjectNode sent = body.deepCopy();
      if (renamed) {
        sent.set("max_completion_tokens", sent.remove("max_tokens"));
      }
      try {
        return endpoint.post(CHAT_PATH, sent, expectedTokens);
      } catch (CallFailedException e) {
        if (renamed || !mentions(e, "max_completion_tokens")) {
          throw e;
        }
        completionLimit = true;
      }
    }
  }

  private ObjectNode greedy(int most) {
    return JSON.createObjectNode().put("model", model).put("max_tokens", most).put("temperature", 0).put("seed", SEED);
  }

  private static ObjectNode messages(ObjectNode body, String instruction, String prompt) {
    Consumer<String[]> add = message -> body.withArray("messages").addObject().put("role", message[0]).put("content", message[1]);
    put(!instruction.isEmpty(), () -> add.accept(new String[] {"system", instruction}));
    add.accept(new String[] {"user", prompt});
    return body;
  }

  private static void put(boolean wanted, Runnable field) {
    if (wanted) {
      field.run();
    }
  }

  private static boolean mentions(CallFailedException e, String what) {
    return (e.status() == BAD_REQUEST || e.status() == UNPROCESSABLE) && e.reason().toLowerCase(Locale.ROOT).contains(what);
  }

  private static long tokens(String prompt) {
    return prompt.length() / CHARACTERS_PER_TOKEN + 1L;
  }

  private static Reply one(JsonNode response) throws CallFailedException {
    return new Reply(choices(response, 1, 1), Usage.of(response));
  }

  private static List<JsonNode> choices(JsonNode response, int least, int most) throws CallFailedException {
    JsonNode choices = response.path("choices");
    if (choices.size() < least || choices.size() > most) {
      throw new CallFailedException(
          200, "got %d choices; expected %s".formatted(choices.size(), least == most ? String.valueOf(least) : least + " to " + most));
    }
    List<JsonNode> sorted = new ArrayList<>();
    choices.forEach(sorted::add);
    sorted.sort(Comparator.comparingInt(choice -> choice.path("index").asInt()));
    return List.copyOf(sorted);
  }
}
