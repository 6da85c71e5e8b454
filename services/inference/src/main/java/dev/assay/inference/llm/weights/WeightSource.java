package dev.assay.inference.llm.weights;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.Set;

/** A model's files, opened and checked but not yet read: the shape, the tokenizer and the tensors. Closing unmaps them. */
public sealed interface WeightSource extends AutoCloseable permits GgufModel, HuggingFaceFolder {

  /** Opens a GGUF file or a Hugging Face folder; the architecture and every tensor's type and extent are checked here. */
  static WeightSource open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return HuggingFaceFolder.open(path);
    }
    if (Files.isRegularFile(path)) {
      return GgufModel.open(path);
    }
    throw new ModelFileException("no model at " + path + ": expected a .gguf file, or a folder with config.json and safetensors");
  }

  LlamaShape shape();

  /** First 12 hex digits of the sha256 of the weights. */
  String checkpoint() throws IOException;

  /** The tokenizer in the JSON form of Hugging Face tokenizers. */
  String tokenizerJson() throws IOException;

  /** Tokens that end a text. */
  Set<Integer> endTokens();

  /** The token that stands for the beginning of a text, where a text of no token needs one. */
  OptionalInt startToken();

  /**
   * Copies rows of a matrix, or the whole of a vector, as float32.
   *
   * @param layer which block; ignored by the parts that stand outside the blocks
   * @param rows rows of the whole tensor; 1 for a vector
   * @param columns numbers in a row
   * @param fromRow first row wanted
   * @param target takes as many whole rows as fit into what remains of it
   * @throws ModelFileException when the tensor is missing or has another shape
   */
  void read(Part part, int layer, int rows, int columns, int fromRow, FloatBuffer target);

  @Override
  void close();
}
