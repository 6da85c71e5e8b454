package dev.assay.gateway.http;

import org.jspecify.annotations.Nullable;

/** Why a request cannot be served, in the words of the API. */
public final class Problem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** What was sent is wrong. */
  public static final int BAD_REQUEST = 400;

  /** There is no such thing. */
  public static final int NOT_FOUND = 404;

  /** The body is larger than the gateway takes. */
  public static final int TOO_LARGE = 413;

  /** The gateway or the model has as much to do as it takes. */
  public static final int TOO_MANY = 429;

  /** The model failed. */
  public static final int FAILED = 500;

  /** What is needed is away. */
  public static final int UNAVAILABLE = 503;

  /** No answer within the time. */
  public static final int TIMED_OUT = 504;

  private final int status;
  private final @Nullable String param;
  private final @Nullable String code;
  private final int retryAfterSeconds;

  private Problem(int status, String message, @Nullable String param, @Nullable String code, int retryAfterSeconds) {
    super(message);
    this.status = status;
    this.param = param;
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** A problem with the whole request. */
  public static Problem of(int status, @Nullable String code, String message) {
    return new Problem(status, message, null, code, 0);
  }

  /** A problem with one of the request's fields. */
  public static Problem invalid(String param, String message) {
    return new Problem(BAD_REQUEST, message, param, "invalid_value", 0);
  }

  /** A model that nobody knows. */
  public static Problem unknownModel(String message) {
    return new Problem(NOT_FOUND, message, "model", "model_not_found", 0);
  }

  /** One of several models that nobody knows. */
  public static Problem unknownModels(String message) {
    return new Problem(NOT_FOUND, message, "models", "model_not_found", 0);
  }

  /** Something that may be there when it is asked for again. */
  public static Problem later(int status, String code, String message, int retryAfterSeconds) {
    return new Problem(status, message, null, code, retryAfterSeconds);
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The field that is wrong. */
  public @Nullable String param() {
    return param;
  }

  /** A short name for programs. */
  public @Nullable String code() {
    return code;
  }

  /** After how many seconds it may be tried again; 0 when waiting does not help. */
  public int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  /** What OpenAI calls the kind of an error. */
  public String type() {
    return switch (status) {
      case TOO_MANY -> "rate_limit_error";
      case UNAVAILABLE, TIMED_OUT -> "service_unavailable_error";
      default -> status >= FAILED ? "server_error" : "invalid_request_error";
    };
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    // It says what the client did, not where the program was.
    return this;
  }
}
