package dev.assay.inference.llm.weights;

import java.util.Arrays;
import java.util.Optional;

/**
 * A tensor as it lies in a mapped file.
 *
 * @param type number format; empty for one that cannot be read
 * @param typeName what the file calls the format
 * @param rows product of all dimensions but the innermost; the length of a vector
 * @param columns innermost dimension; 1 for a vector
 * @param at absolute offset of its first byte
 */
record StoredTensor(MappedFile file, String name, Optional<GgmlType> type, String typeName, long rows, long columns, long at) {

  /**
   * Checks that the numbers can be read and lie within the file.
   *
   * @throws ModelFileException which names the tensor and the format
   */
  StoredTensor requireReadable() {
    GgmlType format =
        type.orElseThrow(
            () ->
                new ModelFileException(
                    "%s: tensor %s has the type %s, which is not supported; expected one of %s"
                        .formatted(file.path(), name, typeName, Arrays.toString(GgmlType.values()))));
    if (columns % format.blockLength != 0) {
      throw new ModelFileException(
          "%s: tensor %s has rows of %d numbers, which is no multiple of the %d in a block of %s"
              .formatted(file.path(), name, columns, format.blockLength, format));
    }
    file.slice(at, Math.multiplyExact(rows, format.bytes(columns)), "tensor " + name);
    return this;
  }

  /** Turns one row into float32. */
  void row(long row, float[] out) {
    long bytes = format().bytes(columns);
    format().decode(file.slice(at + row * bytes, bytes, name), 0, out);
  }

  private GgmlType format() {
    return type.orElseThrow(() -> new IllegalStateException(name + " was not checked before it is read"));
  }
}
