package dev.assay.cli.terminal;

/** The command cannot do what was asked; the message says what was got, what was expected and what to do. Exit status 1. */
public final class CommandFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Says what to do. */
  public CommandFailure(String message) {
    super(message);
  }

  /** Says what to do, with what lies behind it for {@code --verbose}. */
  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
