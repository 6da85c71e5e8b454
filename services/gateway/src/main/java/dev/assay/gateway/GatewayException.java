package dev.assay.gateway;

/** The gateway could not start; the message says why and what to do. */
public final class GatewayException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  GatewayException(String message, Throwable cause) {
    super(message, cause);
  }
}
