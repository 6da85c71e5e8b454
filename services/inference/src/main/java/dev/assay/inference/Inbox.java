package dev.assay.inference;

import dev.assay.records.Request;
import java.util.List;
import java.util.function.Consumer;

/** Requests that wait for a model, while more may come. */
@FunctionalInterface
public interface Inbox {

  /** Takes all that wait, in the order in which they came; never waits itself. */
  List<Task> take();

  /**
   * A request that is to be answered once.
   *
   * @param request what is asked
   * @param answer takes the answer, as soon as there is one
   */
  record Task(Request request, Consumer<ModelAnswer> answer) {}
}
