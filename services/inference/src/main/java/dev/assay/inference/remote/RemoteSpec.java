package dev.assay.inference.remote;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A model of a server, and how it is asked: {@code <base url>#<model>[?option=value&…]}. It holds no key, only where the key is.
 *
 * @param base what {@code /completions} and {@code /chat/completions} are appended to, such as {@code http://127.0.0.1:8000/v1}
 * @param model what the server calls it
 * @param mode which of the server's abilities are used
 * @param keyVariable the environment variable that holds the key; empty for the usual ones
 * @param concurrency most calls at a time
 * @param requestsPerMinute 0 for no limit
 * @param tokensPerMinute 0 for no limit
 * @param connectTimeout the longest that a connection may take to come about
 * @param timeout the longest that a call may take, its last byte included
 * @param retries how often a call that failed is made again
 * @param longestWait the longest wait before a call is made again; a server that wants more is given up
 * @param priceIn of a million tokens read
 * @param priceCached of a million tokens read that the server had read before; absent: as any other
 * @param priceOut of a million tokens generated
 * @param contextTokens the longest text that the model reads; 0 when unknown
 * @param letterTokens most tokens that a chat model may take to name an option
 * @param instruction what a chat model is told before a multiple-choice question; empty for nothing
 */
public record RemoteSpec(
    URI base,
    String model,
    Mode mode,
    String keyVariable,
    int concurrency,
    int requestsPerMinute,
    int tokensPerMinute,
    Duration connectTimeout,
    Duration timeout,
    int retries,
    Duration longestWait,
    Optional<BigDecimal> priceIn,
    Optional<BigDecimal> priceCached,
    Optional<BigDecimal> priceOut,
    int contextTokens,
    int letterTokens,
    String instruction) {

  /** How a server is asked. */
  public enum Mode {
    /** The first of the others that the server can. */
    AUTO,
    /** Completions that echo the prompt with its log-probabilities: any continuation can be scored. */
    ECHO,
    /** Completions: one-letter continuations are scored by the log-probabilities of the first token. */
    COMPLETIONS,
    /** Chat: by the log-probabilities of the first token where there are some, else by the letter in what it writes. */
    CHAT
  }

  private static final String DEFAULT_INSTRUCTION = "Answer with the letter of the right option alone.";
  private static final int CHECKPOINT_DIGITS = 12;
  private static final int MOST = 1_000_000_000;
  private static final int MOST_SECONDS = 86_400;
  private static final int MOST_CALLS = 10_000;
  private static final List<String> OPTIONS =
      List.of(
          "mode", "key-env", "concurrency", "rpm", "tpm", "connect-timeout", "timeout", "retries", "max-wait", "price-in", "price-cached",
          "price-out", "context", "letter-tokens", "instruction");

  /**
   * Reads a model of a server.
   *
   * @throws IllegalArgumentException with what was got and what is possible
   */
  public static RemoteSpec parse(String text) {
    int hash = text.indexOf('#');
    if (hash <= 0) {
      throw new IllegalArgumentException("got '%s'; expected openai:BASE_URL#MODEL, such as openai:http://127.0.0.1:8000/v1#llama".formatted(text));
    }
    String rest = text.substring(hash + 1);
    int query = rest.indexOf('?');
    String model = query < 0 ? rest : rest.substring(0, query);
    if (model.isBlank()) {
      throw new IllegalArgumentException("got no model behind the # of '%s'; expected what the server calls it".formatted(text));
    }
    Map<String, String> options = options(query < 0 ? "" : rest.substring(query + 1));
    return new RemoteSpec(
        base(text.substring(0, hash)),
        model,
        mode(options.getOrDefault("mode", "auto")),
        options.getOrDefault("key-env", ""),
        number(options, "concurrency", 8, 1, MOST_CALLS),
        number(options, "rpm", 0, 0, MOST),
        number(options, "tpm", 0, 0, MOST),
        Duration.ofSeconds(number(options, "connect-timeout", 10, 1, MOST_SECONDS)),
        Duration.ofSeconds(number(options, "timeout", 120, 1, MOST_SECONDS)),
        number(options, "retries", 6, 0, MOST_CALLS),
        Duration.ofSeconds(number(options, "max-wait", 60, 0, MOST_SECONDS)),
        price(options, "price-in"),
        price(options, "price-cached"),
        price(options, "price-out"),
        number(options, "context", 0, 0, MOST),
        number(options, "letter-tokens", 16, 1, MOST),
        options.getOrDefault("instruction", DEFAULT_INSTRUCTION));
  }

  /**
   * The model's version, as far as it can be told from outside: a digest of server, model, mode and instruction, which together decide
   * what it answers. What the server changes behind a name does not show.
   */
  String checkpoint() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest("%s#%s?%s&%s".formatted(base, model, mode, instruction).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest).substring(0, CHECKPOINT_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static URI base(String text) {
    String wrong = "; expected http://HOST[:PORT][/PATH] or https://…, such as https://api.openai.com/v1";
    URI uri;
    try {
      uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("got the base URL '%s'%s".formatted(text, wrong), e);
    }
    if (uri.getUserInfo() != null) {
      throw new IllegalArgumentException("got a base URL with a user or password; expected none: a key is read from the environment, see key-env");
    }
    if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme()) || uri.getQuery() != null) {
      throw new IllegalArgumentException("got the base URL '%s'%s".formatted(text, wrong));
    }
    return uri;
  }

  private static Map<String, String> options(String query) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : query.isEmpty() ? new String[0] : query.split("&")) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      if (equals < 0 || !OPTIONS.contains(name)) {
        // Not the value: it may be a key that does not belong there.
        throw new IllegalArgumentException(
            "got the option '%s'; expected NAME=VALUE with one of %s; a key is read from the environment, see key-env".formatted(name, OPTIONS));
      }
      if (options.put(name, URLDecoder.decode(option.substring(equals + 1), StandardCharsets.UTF_8)) != null) {
        throw new IllegalArgumentException("got the option '%s' twice; expected it once".formatted(name));
      }
    }
    return options;
  }

  private static Mode mode(String text) {
    return Arrays.stream(Mode.values())
        .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "got mode=%s; expected one of %s"
                        .formatted(text, Arrays.stream(Mode.values()).map(mode -> mode.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")))));
  }

  private static int number(Map<String, String> options, String name, int otherwise, int least, int most) {
    String text = options.get(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw new IllegalArgumentException("got %s=%s; expected a whole number from %d to %d".formatted(name, text, least, most));
  }

  private static Optional<BigDecimal> price(Map<String, String> options, String name) {
    return Optional.ofNullable(options.get(name)).map(text -> price(name, text));
  }

  static BigDecimal price(String name, String text) {
    try {
      BigDecimal price = new BigDecimal(text.strip());
      if (price.signum() >= 0 && price.compareTo(BigDecimal.valueOf(MOST)) <= 0) {
        return price;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw new IllegalArgumentException("got %s=%s; expected the price of a million tokens, such as 0.15".formatted(name, text));
  }
}
