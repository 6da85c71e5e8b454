package dev.assay.platform;

/** The stack, or a part of it, cannot start or does not answer; the message says which, why and what to do. */
public final class StackException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  StackException(String message) {
    super(message);
  }

  StackException(String message, Throwable cause) {
    super(message, cause);
  }
}
