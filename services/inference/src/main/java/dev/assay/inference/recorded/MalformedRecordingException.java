package dev.assay.inference.recorded;

/** A file of stored answers that cannot be used; the message says where, what was got and what was expected. */
public final class MalformedRecordingException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  MalformedRecordingException(String where, String problem) {
    super(where + ": " + problem);
  }
}
