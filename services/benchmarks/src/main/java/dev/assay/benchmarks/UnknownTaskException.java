package dev.assay.benchmarks;

import java.util.List;

/** A task was named that is not there; the message lists the nearest that are. */
public final class UnknownTaskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnknownTaskException(String name, List<String> near, String where) {
    super(
        "Unknown task \"%s\" in %s; %s"
            .formatted(
                name,
                where,
                near.isEmpty() ? "there is no task at all: check the folder" : "did you mean " + String.join(", ", near) + "?"));
  }
}
