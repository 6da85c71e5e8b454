package dev.assay.schemas;

/** Bytes that are no record of the expected schema: a dead letter, however often they are tried. */
public final class UndecodableRecordException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what was got and what was expected. */
  public UndecodableRecordException(String message) {
    super(message);
  }

  /** Says what was got and what was expected, with what the decoder found. */
  public UndecodableRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}
