package dev.assay.topology.lists;

/** A word list is missing or broken; the message says which, what was got and expected, and where it is published. */
public final class ListFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ListFileException(String message) {
    super(message);
  }

  ListFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
