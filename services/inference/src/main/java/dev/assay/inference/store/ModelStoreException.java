package dev.assay.inference.store;

/** A model that is not there, cannot be fetched, or is not what it should be; the message says what was got and what was expected. */
public final class ModelStoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelStoreException(String message) {
    super(message);
  }

  public ModelStoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
