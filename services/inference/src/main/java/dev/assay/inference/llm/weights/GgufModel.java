package dev.assay.inference.llm.weights;

import dev.assay.inference.llm.weights.GgufFile.Tensor;
import dev.assay.inference.llm.weights.LlamaShape.Rope;
import dev.assay.inference.llm.weights.LlamaShape.Scaling;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A Llama-family model in one GGUF file. llama.cpp stores the query and key rows of the {@code llama} architecture with the two halves
 * of each head interleaved ({@code LlamaModel.permute} of convert_hf_to_gguf.py); reading undoes that.
 */
final class GgufModel implements WeightSource {
  private static final Set<String> ARCHITECTURES = Set.of("llama", "qwen2");

  private final GgufFile gguf;
  private final String architecture;
  private final LlamaShape shape;

  private GgufModel(GgufFile gguf) {
    this.gguf = gguf;
    this.architecture = gguf.text("general.architecture").orElse("none");
    if (!ARCHITECTURES.contains(architecture)) {
      throw new ModelFileException(
          gguf.file().path() + ": the architecture " + architecture + " is not supported, expected one of " + ARCHITECTURES);
    }
    if (gguf.number(architecture + ".expert_count").map(Number::intValue).orElse(0) > 0) {
      throw new ModelFileException(gguf.file().path() + ": mixtures of experts are not supported");
    }
    this.shape = shape(gguf, architecture);
  }

  static GgufModel open(Path path) throws IOException {
    GgufFile gguf = GgufFile.open(path);
    try {
      return new GgufModel(gguf);
    } catch (IllegalArgumentException e) {
      gguf.close();
      throw new ModelFileException(path + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      gguf.close();
      throw e;
    }
  }

  @Override
  public LlamaShape shape() {
    return shape;
  }

  @Override
  public String checkpoint() {
    return gguf.file().sha256().substring(0, 12);
  }

  @Override
  public String tokenizerJson() {
    return GgufTokenizer.json(gguf);
  }

  @Override
  public Set<Integer> endTokens() {
    Set<Integer> ends = new LinkedHashSet<>();
    gguf.number("tokenizer.ggml.eos_token_id").ifPresent(id -> ends.add(id.intValue()));
    gguf.number("tokenizer.ggml.eot_token_id").ifPresent(id -> ends.add(id.intValue()));
    return ends;
  }

  @Override
  public OptionalInt startToken() {
    return gguf.number("tokenizer.ggml.bos_token_id")
        .or(() -> gguf.number("tokenizer.ggml.eos_token_id"))
        .map(id -> OptionalInt.of(id.intValue()))
        .orElse(OptionalInt.empty());
  }

  @Override
  public void read(Part part, int layer, int rows, int columns, int fromRow, FloatBuffer target) {
    String name = part.inGguf(layer);
    Tensor tensor =
        gguf.tensor(name).orElseThrow(() -> new ModelFileException(gguf.file().path() + ": the tensor " + name + " is missing"));
    if (tensor.rows() != rows || tensor.columns() != columns) {
      throw new ModelFileException(
          "%s: the tensor %s is %d × %d, but the metadata say %d × %d"
              .formatted(gguf.file().path(), name, tensor.rows(), tensor.columns(), rows, columns));
    }
    float[] numbers = new float[columns];
    for (int row = fromRow; row < rows && target.remaining() >= columns; row++) {
      gguf.row(tensor, storedRow(part, row), numbers);
      target.put(numbers);
    }
  }

  @Override
  public void close() {
    gguf.close();
  }

  private int storedRow(Part part, int row) {
    if (!architecture.equals("llama") || (part != Part.QUERY && part != Part.KEY)) {
      return row;
    }
    int head = row / shape.headDim();
    int inHead = row % shape.headDim();
    int half = shape.headDim() / 2;
    return head * shape.headDim() + 2 * (inHead % half) + inHead / half;
  }

  private static LlamaShape shape(GgufFile gguf, String architecture) {
    String prefix = architecture + ".";
    int hidden = required(gguf, prefix + "embedding_length");
    int heads = required(gguf, prefix + "attention.head_count");
    int headDim =
        gguf.number(prefix + "attention.key_length").map(Number::intValue).orElse(heads > 0 ? hidden / heads : 0);
    int rotated = gguf.number(prefix + "rope.dimension_count").map(Number::intValue).orElse(headDim);
    if (rotated != headDim) {
      throw new ModelFileException(
          gguf.file().path() + ": a rotary embedding of " + rotated + " of " + headDim + " dimensions of a head is not supported");
    }
    int vocabulary =
        gguf.tensor(Part.EMBEDDING.inGguf(0))
            .map(tensor -> Math.toIntExact(tensor.rows()))
            .orElseThrow(() -> new ModelFileException(gguf.file().path() + ": the tensor token_embd.weight is missing"));
    return new LlamaShape(
        required(gguf, prefix + "block_count"),
        hidden,
        heads,
        gguf.number(prefix + "attention.head_count_kv").map(Number::intValue).orElse(heads),
        headDim,
        required(gguf, prefix + "feed_forward_length"),
        vocabulary,
        required(gguf, prefix + "context_length"),
        gguf.number(prefix + "attention.layer_norm_rms_epsilon")
            .map(Number::doubleValue)
            .orElseThrow(() -> missing(gguf, prefix + "attention.layer_norm_rms_epsilon")),
        new Rope(gguf.number(prefix + "rope.freq_base").map(Number::doubleValue).orElse(10000.0), scaling(gguf, prefix)),
        gguf.tensor(Part.HEAD.inGguf(0)).isEmpty(),
        gguf.tensor(Part.QUERY_BIAS.inGguf(0)).isPresent());
  }

  private static Optional<Scaling> scaling(GgufFile gguf, String prefix) {
    Optional<Tensor> table = gguf.tensor("rope_freqs.weight");
    if (table.isPresent()) {
      float[] factors = new float[Math.toIntExact(table.get().columns())];
      gguf.row(table.get(), 0, factors);
      List<Float> boxed = new ArrayList<>();
      for (float factor : factors) {
        boxed.add(factor);
      }
      return Optional.of(new LlamaShape.TableScaling(boxed));
    }
    String type = gguf.text(prefix + "rope.scaling.type").orElse("none");
    return switch (type) {
      case "none" -> Optional.empty();
      case "linear" -> Optional.of(
          new LlamaShape.LinearScaling(
              gguf.number(prefix + "rope.scaling.factor")
                  .map(Number::doubleValue)
                  .orElseThrow(() -> missing(gguf, prefix + "rope.scaling.factor"))));
      default -> throw new ModelFileException(
          gguf.file().path() + ": the rope scaling " + type + " is not supported, expected none or linear");
    };
  }

  private static int required(GgufFile gguf, String key) {
    return gguf.number(key).map(Number::intValue).orElseThrow(() -> missing(gguf, key));
  }

  private static ModelFileException missing(GgufFile gguf, String key) {
    return new ModelFileException(gguf.file().path() + ": the metadata " + key + " are missing");
  }
}
