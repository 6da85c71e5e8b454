package dev.assay.inference.llm.weights;

import java.util.List;

/** Matrices of a block that read the same numbers and whose results stand side by side, so that what is added to one is added to all. */
public enum Projection {
  /** Query, key and value. */
  INTO_ATTENTION,
  OUT_OF_ATTENTION,
  /** Gate and up; up alone where there is no gate. */
  INTO_FEED,
  OUT_OF_FEED;

  /** Its matrices in the order of their results, as far as the model has them. */
  List<Part> parts(Architecture architecture) {
    return switch (this) {
      case INTO_ATTENTION -> List.of(Part.QUERY, Part.KEY, Part.VALUE);
      case OUT_OF_ATTENTION -> List.of(Part.ATTENTION_OUTPUT);
      case INTO_FEED -> architecture.parts().contains(Part.GATE) ? List.of(Part.GATE, Part.UP) : List.of(Part.UP);
      case OUT_OF_FEED -> List.of(Part.DOWN);
    };
  }

  /** How many numbers it reads. */
  public int columns(Architecture architecture) {
    return architecture.columns(parts(architecture).getFirst());
  }

  /** How many numbers it gives. */
  public int rows(Architecture architecture) {
    return parts(architecture).stream().mapToInt(architecture::rows).sum();
  }
}
