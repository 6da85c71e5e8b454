package dev.assay.inference.llm;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import dev.assay.inference.ModelCard;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * With what a text is read beside the model's own weights: a LoRA adapter, or nothing. What is remembered of texts is kept apart by
 * adapter, and a number is never given twice, so that nothing of one that was dropped is found again.
 */
final class Adapter implements AutoCloseable {
  /** The model's own weights. */
  static final Adapter NONE = new Adapter(0, List.of(), null, null);

  private final int number;
  private final List<PtNDArray> arrays;
  private final @Nullable ModelCard card;
  private final @Nullable NDManager owner;
  private volatile String failure = "";

  /**
   * @param number 0 for none, else its own
   * @param arrays for each {@link dev.assay.inference.llm.weights.Projection} A and B of all layers, empty where it changes nothing
   * @param card what it is; null for none
   * @param owner of the arrays, closed with it
   */
  Adapter(int number, List<PtNDArray> arrays, @Nullable ModelCard card, @Nullable NDManager owner) {
    this.number = number;
    this.arrays = List.copyOf(arrays);
    this.card = card;
    this.owner = owner;
  }

  /** The parent of a text's first token in {@link KvIndex}. */
  int root() {
    return KvIndex.NONE - number;
  }

  List<PtNDArray> arrays() {
    return arrays;
  }

  @Nullable ModelCard card() {
    return card;
  }

  /** Why it is not asked any more; empty as long as it works. */
  String failure() {
    return failure;
  }

  /** Marks it as one that gives no numbers, as after a training that diverged. The model's own weights are never marked. */
  void spoil() {
    if (card != null) {
      failure =
          "the adapter of %s gives numbers that are not finite; it is not asked again until it is loaded anew; check its weights"
              .formatted(card.name());
    }
  }

  @Override
  public void close() {
    if (owner != null) {
      owner.close();
    }
  }
}
