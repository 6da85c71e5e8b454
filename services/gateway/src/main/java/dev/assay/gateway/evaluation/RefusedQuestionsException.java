package dev.assay.gateway.evaluation;

/** The questions of a run cannot be asked as a client wants them; the message is for the client. */
public final class RefusedQuestionsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String field;

  /**
   * @param field the request's field that is wrong
   * @param message what was got and what was expected
   */
  public RefusedQuestionsException(String field, String message) {
    super(message);
    this.field = field;
  }

  /** The request's field that is wrong. */
  public String field() {
    return field;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
