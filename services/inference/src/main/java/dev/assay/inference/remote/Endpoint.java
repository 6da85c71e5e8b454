package dev.assay.inference.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to one server, within its limits, made again as long as that may help.
 *
 * <p>A call that failed for a reason that may pass (no connection, a timeout, 408, 409, 425, 429, 5xx, JSON that breaks off) is made again
 * after a random time below 0.5 s, 1 s, 2 s, … (full jitter: Brooker, Exponential Backoff and Jitter, 2015), or when the server says in
 * {@code Retry-After}: then no other call goes before, either.
 */
final class Endpoint implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);
  private static final JsonMapper JSON = new JsonMapper();

  private static final Set<Integer> PASSING = Set.of(408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529);
  private static final int OK = 200;

  /** Servers that say so with status 500 will say so again. */
  private static final Pattern NEVER = Pattern.compile("(?i)not supported|unsupported|is supported|not implemented");

  private static final long FIRST_BACKOFF_MILLIS = 500;
  private static final int MOST_DOUBLINGS = 20;

  /** A long prompt echoed with its log-probabilities takes about 100 bytes a token. */
  private static final int MOST_BYTES = 64 << 20;

  private static final int MOST_SHOWN = 300;

  private final RemoteSpec spec;
  private final ApiKey key;
  private final Timing timing;
  private final RandomGenerator random;
  private final Pace pace;
  private final Semaphore places;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client;

  /**
   * @param random of the backoff
   */
  Endpoint(RemoteSpec spec, ApiKey key, Timing timing, RandomGenerator random) {
    this.spec = spec;
    this.key = key;
    this.timing = timing;
    this.random = random;
    this.pace = new Pace(timing, spec.requestsPerMinute(), spec.tokensPerMinute());
    this.places = new Semaphore(spec.concurrency(), true);
    // The key goes to this server alone, so redirects are not followed.
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(spec.connectTimeout())
            .executor(threads)
            .build();
  }

  private sealed interface Outcome {
    record Got(JsonNode response) implements Outcome {}

    /**
     * @param passing whether the same call may succeed later
     * @param wanted how long the server wants to be left alone
     */
    record Lost(int status, String problem, boolean passing, Optional<Duration> wanted) implements Outcome {}
  }

  /**
   * Posts a body and reads a JSON object.
   *
   * @param path behind the base URL
   * @param expectedTokens about how many tokens it will take
   * @throws CallFailedException when it fails for good
   */
  JsonNode post(String path, ObjectNode body, long expectedTokens) throws CallFailedException, InterruptedException {
    URI uri = URI.create(spec.base() + path);
    byte[] bytes;
    try {
      bytes = JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is always written", e);
    }
    for (int attempt = 1; ; attempt++) {
      switch (attempt(uri, bytes, expectedTokens)) {
        case Outcome.Got(JsonNode response) -> {
          return response;
        }
        case Outcome.Lost lost -> {
          Optional<Duration> wait = wait(lost, attempt);
          if (wait.isEmpty()) {
            throw new CallFailedException(lost.status, given(uri, lost, attempt));
          }
          LOG.debug("{} gave {}; attempt {} follows in {}", uri, lost.problem, attempt + 1, wait.get());
          timing.sleep(wait.get());
        }
      }
    }
  }

  /** How long to wait before the next attempt; empty when there is to be none. */
  private Optional<Duration> wait(Outcome.Lost lost, int attempt) {
    if (!lost.passing || attempt > spec.retries()) {
      return Optional.empty();
    }
    if (lost.wanted.isEmpty()) {
      return Optional.of(jitter(FIRST_BACKOFF_MILLIS << Math.min(attempt - 1, MOST_DOUBLINGS)));
    }
    Duration wanted = lost.wanted.get();
    if (wanted.compareTo(spec.longestWait()) > 0) {
      return Optional.empty();
    }
    pace.hold(wanted);
    // All that were sent away would come back at the same moment.
    return Optional.of(wanted.plus(jitter(FIRST_BACKOFF_MILLIS)));
  }

  private Duration jitter(long mostMillis) {
    synchronized (random) {
      return Duration.ofMillis(random.nextLong(Math.min(mostMillis, spec.longestWait().toMillis()) + 1));
    }
  }

  private String given(URI uri, Outcome.Lost lost, int attempts) {
    String tries = attempts == 1 ? "" : " at attempt %d".formatted(attempts);
    String wanted =
        lost.wanted
            .filter(wait -> wait.compareTo(spec.longestWait()) > 0)
            .map(wait -> "; it wants to be left alone for %d s, longer than max-wait=%d".formatted(wait.toSeconds(), spec.longestWait().toSeconds()))
            .orElse("");
    return key.mask("got %s from %s%s; expected 200 with a JSON object%s%s".formatted(lost.problem, uri, tries, wanted, advice(lost.status)));
  }

  private String advice(int status) {
    return switch (status) {
      case 401, 403 -> key.isPresent() ? "; check the key" : "; set OPENAI_API_KEY, or name the variable that holds the key: ?key-env=NAME";
      case 404 -> "; check the base URL and the model's name";
      default -> "";
    };
  }

  private Outcome attempt(URI uri, byte[] body, long expectedTokens) throws InterruptedException {
    places.acquire();
    try {
      pace.await(expectedTokens);
      HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Content-Type", "application/json").header("Accept", "application/json");
      key.sign(request);
      Future<Outcome> call = threads.submit(() -> call(request.POST(BodyPublishers.ofByteArray(body)).build()));
      try {
        Outcome outcome = call.get(spec.timeout().toMillis(), TimeUnit.MILLISECONDS);
        if (outcome instanceof Outcome.Got(JsonNode response)) {
          long whole = Usage.of(response).whole();
          pace.settle(expectedTokens, whole == 0 ? expectedTokens : whole);
        }
        return outcome;
      } catch (TimeoutException e) {
        return new Outcome.Lost(0, "no answer within %d s".formatted(spec.timeout().toSeconds()), true, Optional.empty());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException broken) {
          return new Outcome.Lost(0, "no answer (%s)".formatted(shown(broken.toString())), true, Optional.empty());
        }
        throw new IllegalStateException(key.mask("the call failed: " + e.getCause()));
      } finally {
        call.cancel(true);
      }
    } finally {
      places.release();
    }
  }

  private Outcome call(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
    byte[] bytes;
    try (InputStream body = response.body()) {
      bytes = body.readNBytes(MOST_BYTES + 1);
    }
    if (bytes.length > MOST_BYTES) {
      return new Outcome.Lost(response.statusCode(), "more than %d MiB".formatted(MOST_BYTES >> 20), false, Optional.empty());
    }
    JsonNode read = json(bytes);
    Optional<Duration> wanted = RetryAfter.of(response.headers(), timing.now());
    if (response.statusCode() != OK) {
      return lost(response.statusCode(), read, bytes, wanted);
    }
    if (!read.isObject()) {
      return new Outcome.Lost(OK, "no JSON object (%s)".formatted(shown(new String(bytes, StandardCharsets.UTF_8))), true, wanted);
    }
    // Some gateways answer 200 for what their servers refuse.
    return read.hasNonNull("error") ? lost(read.path("error").path("code").asInt(OK), read, bytes, wanted) : new Outcome.Got(read);
  }

  private Outcome.Lost lost(int status, JsonNode read, byte[] bytes, Optional<Duration> wanted) {
    // A used-up quota has the status of a limit, but does not pass.
    boolean used = read.path("error").path("code").asText().equals("insufficient_quota");
    String message = message(read, bytes);
    boolean passing = PASSING.contains(status) && !used && !NEVER.matcher(message).find();
    return new Outcome.Lost(status, "%d (%s)".formatted(status, message), passing, wanted);
  }

  private String message(JsonNode read, byte[] bytes) {
    JsonNode error = read.path("error");
    for (JsonNode said : new JsonNode[] {error.path("message"), error, read.path("message"), read.path("detail")}) {
      if (said.isTextual() && !said.textValue().isBlank()) {
        return shown(said.textValue());
      }
    }
    return bytes.length == 0 ? "no message" : shown(new String(bytes, 0, Math.min(bytes.length, 1 << 16), StandardCharsets.UTF_8));
  }

  /** One line without the key: masked before it is cut, so that no part of the key is left over. */
  private String shown(String text) {
    String line = key.mask(text).replaceAll("\\s+", " ").strip();
    return line.length() <= MOST_SHOWN ? line : line.substring(0, MOST_SHOWN) + "…";
  }

  private static JsonNode json(byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      return JSON.missingNode();
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
    threads.shutdownNow();
  }
}
