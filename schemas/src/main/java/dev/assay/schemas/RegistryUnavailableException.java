package dev.assay.schemas;

import org.apache.kafka.common.errors.RetriableException;

/** The schema registry did not answer: the record may be fine, and the work is to be tried again. */
public final class RegistryUnavailableException extends RetriableException {

  private static final long serialVersionUID = 1L;

  /** Names what was asked of the registry. */
  public RegistryUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
