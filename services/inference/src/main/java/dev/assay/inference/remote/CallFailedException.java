package dev.assay.inference.remote;

import java.util.Set;

/** A call that gave no usable answer; the message says what was got, what was expected and what to do, and holds no key. */
final class CallFailedException extends Exception {

  private static final long serialVersionUID = 1L;

  /** What servers answer to what they will not take, however often it is sent: malformed, too large, or not to be processed. */
  private static final Set<Integer> REFUSALS = Set.of(400, 413, 422);

  private final int status;

  /**
   * @param status of the HTTP response; 0 when there was none, 200 when what it holds is of no use
   */
  CallFailedException(int status, String message) {
    super(message);
    this.status = status;
  }

  int status() {
    return status;
  }

  /** Whether the server found fault with what it was asked. */
  boolean isRefusal() {
    return REFUSALS.contains(status);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
