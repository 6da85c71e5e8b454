package dev.assay.inference.llm.weights;

/** A model file that is broken, incomplete or of a kind that is not supported; the message names the file and the place. */
public final class ModelFileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelFileException(String message) {
    super(message);
  }

  public ModelFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
