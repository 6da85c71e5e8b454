package dev.assay.gateway.http;

import io.javalin.http.Context;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.MDC;

/** The id by which a request is found in logs: the client's own in {@code X-Request-Id} where it is harmless, or a new one. */
public final class RequestId {

  /** The header, in both directions. */
  public static final String HEADER = "X-Request-Id";

  private static final String KEY = "request";
  private static final Pattern HARMLESS = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

  private RequestId() {}

  /** Names a request for its time; to be called before it is handled. */
  public static void begin(Context context) {
    String given = context.header(HEADER);
    String id = given != null && HARMLESS.matcher(given).matches() ? given : UUID.randomUUID().toString();
    context.attribute(KEY, id);
    context.header(HEADER, id);
    MDC.put(KEY, id);
  }

  /** Ends what {@link #begin} began. */
  public static void end() {
    MDC.remove(KEY);
  }

  /** The id of a request. */
  public static String of(Context context) {
    String id = context.attribute(KEY);
    return id == null ? "unnamed" : id;
  }
}
