package dev.assay.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;

/** Errors as OpenAI writes them. */
public final class Problems {

  private static final String RETRY_AFTER = "Retry-After";

  private Problems() {}

  /** The body of an error. */
  public static ObjectNode body(Problem problem) {
    ObjectNode body = Json.object();
    ObjectNode error = body.putObject("error");
    error.put("message", problem.getMessage());
    error.put("type", problem.type());
    error.put("param", problem.param());
    error.put("code", problem.code());
    return body;
  }

  /** Answers with an error. */
  public static void answer(Context context, Problem problem) {
    head(context, problem);
    Json.answer(context, problem.status(), body(problem));
  }

  /** What the headers say of an error. */
  public static void head(Context context, Problem problem) {
    if (problem.retryAfterSeconds() > 0) {
      context.header(RETRY_AFTER, Integer.toString(problem.retryAfterSeconds()));
    }
    if (problem.status() == Problem.TOO_LARGE) {
      // The rest of the body is not read.
      context.header("Connection", "close");
    }
  }
}
