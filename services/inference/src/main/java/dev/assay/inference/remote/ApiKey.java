package dev.assay.inference.remote;

import java.net.http.HttpRequest;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A key that goes to the server and nowhere else: no text that leaves this package holds it. */
final class ApiKey {

  private static final List<String> VARIABLES = List.of("ASSAY_OPENAI_API_KEY", "OPENAI_API_KEY");
  private static final String MASK = "[key]";

  private final String secret;

  private ApiKey(String secret) {
    this.secret = secret;
  }

  /**
   * Reads the key.
   *
   * @param variable the environment variable that holds it; empty for the usual ones, none of which need be set
   * @throws IllegalArgumentException when the variable that was named is not set, or what is set is no key
   */
  static ApiKey of(String variable, Function<String, @Nullable String> environment) {
    for (String name : variable.isEmpty() ? VARIABLES : List.of(variable)) {
      String value = environment.apply(name);
      if (value != null && !value.isBlank()) {
        return of(name, value.strip());
      }
    }
    if (!variable.isEmpty()) {
      throw new IllegalArgumentException("the environment variable %s is not set; expected the key of the model's server in it".formatted(variable));
    }
    return new ApiKey("");
  }

  private static ApiKey of(String name, String value) {
    // A header with another character would be refused with a message that holds it.
    if (!value.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException("the environment variable %s holds more than visible ASCII characters; expected a key".formatted(name));
    }
    return new ApiKey(value);
  }

  boolean isPresent() {
    return !secret.isEmpty();
  }

  void sign(HttpRequest.Builder request) {
    if (isPresent()) {
      request.header("Authorization", "Bearer " + secret);
    }
  }

  /** The text without the key, should it hold it. */
  String mask(String text) {
    return isPresent() ? text.replace(secret, MASK) : text;
  }

  @Override
  public String toString() {
    return MASK;
  }
}
