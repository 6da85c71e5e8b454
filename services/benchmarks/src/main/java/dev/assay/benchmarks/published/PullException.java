package dev.assay.benchmarks.published;

import java.io.Serial;

/** A file that cannot be fetched or is not what it should be; the message says which, what was got, what was expected and what to do. */
public final class PullException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  PullException(String message) {
    super(message);
  }

  PullException(String message, Throwable cause) {
    super(message, cause);
  }
}
