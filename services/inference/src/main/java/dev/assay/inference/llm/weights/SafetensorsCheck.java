package dev.assay.inference.llm.weights;

import java.io.IOException;
import java.nio.file.Path;

/** Looks at a safetensors file without a model. */
public final class SafetensorsCheck {
  private SafetensorsCheck() {}

  /**
   * Checks that a file is whole and that all its numbers are finite: the header can be read, each tensor has the bytes that its shape says, and the
   * file ends with the last. Numbers that are no F32, F16 or BF16 are left to who reads them.
   *
   * @throws ModelFileException which names the tensor
   */
  public static void requireFinite(Path file) throws IOException {
    try (SafetensorsFile opened = SafetensorsFile.open(file).requireWhole()) {
      for (String name : opened.names()) {
        StoredTensor tensor = opened.tensor(name);
        if (tensor.type().isEmpty()) {
          continue;
        }
        float[] row = new float[Math.toIntExact(tensor.columns())];
        for (long r = 0; r < tensor.rows(); r++) {
          tensor.row(r, row);
          for (float number : row) {
            if (!Float.isFinite(number)) {
              throw new ModelFileException("%s: the tensor %s holds %s, expected finite numbers".formatted(file, name, number));
            }
          }
        }
      }
    }
  }
}
