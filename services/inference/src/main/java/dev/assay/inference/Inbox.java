package dev.assay.inference;

import dev.assay.records.Piece;
import dev.assay.records.Request;
import java.util.List;
import java.util.function.BooleanSupplier;
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
   * @param piece takes parts of a text while it is generated, where the request asks for them
   * @param abandoned whether nobody waits for the answer any more: a text may then end where it is
   */
  record Task(Request request, Consumer<ModelAnswer> answer, Consumer<Piece> piece, BooleanSupplier abandoned) {

    /** A request for whose parts nobody waits, but for the whole as long as it takes. */
    public Task(Request request, Consumer<ModelAnswer> answer) {
      this(request, answer, _ -> {}, () -> false);
    }
  }
}
