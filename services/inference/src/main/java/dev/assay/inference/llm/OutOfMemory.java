package dev.assay.inference.llm;

import java.util.Locale;

/** Whether a call failed because there was not enough memory: then a smaller one may succeed. */
final class OutOfMemory {
  private OutOfMemory() {}

  /** For what Java throws when a buffer is refused, and for what libtorch's allocators of the CPU and of GPUs say. */
  static boolean caused(Throwable thrown) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      String message = String.valueOf(at.getMessage()).toLowerCase(Locale.ROOT);
      if (at instanceof OutOfMemoryError || message.contains("out of memory") || message.contains("can't allocate memory")) {
        return true;
      }
    }
    return false;
  }

  /** Throws on what was caused by anything else. */
  static void rethrowOther(Throwable thrown) {
    if (!caused(thrown)) {
      switch (thrown) {
        case Error error -> throw error;
        case RuntimeException exception -> throw exception;
        default -> throw new IllegalStateException(thrown);
      }
    }
  }
}
