package dev.assay.inference.remote;

/** A call that gave no usable answer; the message says what was got, what was expected and what to do, and holds no key. */
final class CallFailedException extends Exception {

  private static final long serialVersionUID = 1L;

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

  String reason() {
    return String.valueOf(getMessage());
  }
}
