package dev.assay.benchmarks.perturbation;

import java.io.Serial;

/** A word list that is missing or is not what it should be; the message says which file, what was expected and where it comes from. */
public final class WordListException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  WordListException(String message) {
    super(message);
  }

  WordListException(String message, Throwable cause) {
    super(message, cause);
  }
}
