package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A model's files, opened and checked but not yet read: the architecture, the tokenizer and the tensors. Closing unmaps them. */
public abstract sealed class WeightSource implements AutoCloseable permits GgufModel, HuggingFaceFolder {

  /**
   * Opens a GGUF file or a Hugging Face folder.
   *
   * @throws ModelFileException when the architecture is not supported, or a tensor that it needs is missing, of another shape or of a
   *     type that is not supported
   */
  public static WeightSource open(Path path) throws IOException {
    WeightSource source;
    if (Files.isDirectory(path)) {
      source = HuggingFaceFolder.map(path);
    } else if (Files.isRegularFile(path)) {
      source = GgufModel.map(path);
    } else {
      throw new ModelFileException("no model at " + path + ": expected a .gguf file, or a folder with config.json and safetensors");
    }
    try {
      source.checkTensors();
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
    return source;
  }

  public abstract Architecture architecture();

  /** First 12 hex digits of the sha256 of the weights. */
  public abstract String checkpoint() throws IOException;

  /** The tokenizer in the JSON form of Hugging Face tokenizers. */
  public abstract String tokenizerJson() throws IOException;

  /** Tokens that end a text. */
  public abstract Set<Integer> endTokens();

  /** The token that stands for the beginning of a text, where a text of no token needs one. */
  public abstract OptionalInt startToken();

  /** Whether the tokenizer puts the {@link #startToken} before every text. */
  public abstract boolean addsStart() throws IOException;

  /** The Jinja template that turns a conversation into a prompt, where the model has one. */
  public abstract Optional<String> chatTemplate() throws IOException;

  /** What the tokenizer's own settings call {@code bos_token} or {@code eos_token}; empty where a file gives numbers alone. */
  public Optional<String> namedToken(String name) {
    return Optional.empty();
  }

  /**
   * Copies rows of a matrix, or numbers of a vector, as float32.
   *
   * @param layer which block; ignored by the parts that stand outside the blocks
   * @param fromRow first row wanted
   * @param target takes as many whole rows as fit into what remains of it
   */
  public final void read(Part part, int layer, int fromRow, FloatBuffer target) {
    Placement place = place(part, layer);
    StoredTensor tensor = find(place.tensor());
    int columns = architecture().columns(part);
    float[] numbers = new float[columns];
    for (int row = fromRow; row < architecture().rows(part) && target.remaining() >= columns; row++) {
      tensor.row(place.storedRow(row), numbers);
      if (place.plus() != 0) {
        for (int i = 0; i < columns; i++) {
          numbers[i] += place.plus();
        }
      }
      target.put(numbers);
    }
  }

  /**
   * Where the numbers of a part lie in a file.
   *
   * @param file the file
   * @param fileNumbers how many numbers of this width the whole file has room for
   * @param at the place of the part's first number, counted in numbers from the beginning of the file
   */
  public record InFile(Path file, long fileNumbers, long at) {}

  /**
   * Where a file stores just the bfloat16 numbers of a matrix, in this machine's byte order, one row after another; empty where none does.
   */
  public final Optional<InFile> bfloat16InFile(Part part, int layer) {
    Placement place = place(part, layer);
    StoredTensor tensor = find(place.tensor());
    boolean asItIs =
        tensor.type().equals(Optional.of(GgmlType.BF16))
            && place.order().isEmpty()
            && place.plus() == 0
            && tensor.at() % Short.BYTES == 0
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    long at = tensor.at() / Short.BYTES + place.offset() * tensor.columns();
    return asItIs ? Optional.of(new InFile(tensor.file().path(), tensor.file().size() / Short.BYTES, at)) : Optional.empty();
  }

  /** Whether each matrix that {@link LoraLayout} knows is a module of its own, and the layers are made as Llama's are. */
  public final boolean trainable() {
    Architecture shape = architecture();
    return !shape.parallel()
        && shape.parts().containsAll(LoraLayout.TARGETS)
        && LoraLayout.TARGETS.stream().map(part -> family().place(shape, part, 0).tensor()).distinct().count() == LoraLayout.TARGETS.size();
  }

  /**
   * Gives back the memory that the mapped files took while they were read. To be called once a model is loaded: of weights that were copied
   * nothing but the rows of the embedding is read again, and those that are used where they lie come back at their next use.
   */
  public abstract void unload();

  @Override
  public abstract void close();

  /** What the model computes, as {@code config.json} of transformers says it; the caller's own. */
  abstract ObjectNode hubConfig();

  /** The settings of the tokenizer, as {@code tokenizer_config.json} has them; the caller's own. */
  abstract ObjectNode hubTokenizerConfig() throws IOException;

  abstract Placement place(Part part, int layer);

  /** The family of Hugging Face whose names an adapter of this model uses. */
  abstract HuggingFaceFamily family();

  /** The tensor of a name; throws a {@link ModelFileException} where there is none. */
  abstract StoredTensor find(String name);

  private void checkTensors() {
    for (Part part : Part.values()) {
      if (architecture().parts().contains(part)) {
        for (int layer = 0; layer < (part.inBlock() ? architecture().layers() : 1); layer++) {
          Placement place = place(part, layer);
          StoredTensor tensor = find(place.tensor()).requireReadable();
          if (tensor.rows() != place.tensorRows() || tensor.columns() != architecture().columns(part)) {
            throw new ModelFileException(
                "%s: the tensor %s is %d × %d, but the model's description says %d × %d"
                    .formatted(
                        tensor.file().path(), tensor.name(), tensor.rows(), tensor.columns(), place.tensorRows(), architecture().columns(part)));
          }
        }
      }
    }
  }
}
