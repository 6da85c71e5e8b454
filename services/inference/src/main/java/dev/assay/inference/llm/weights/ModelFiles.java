package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.FloatFile.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * Writes whole models as transformers stores them, in float32: configuration, tokenizer and one file of weights under the names of their
 * family. {@link WeightSource} reads them, and so does transformers.
 */
public final class ModelFiles {
  /** The weights; one file, as an index would be needed for several. */
  public static final String WEIGHTS = "model.safetensors";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CONFIG = "config.json";

  private ModelFiles() {}

  /**
   * One part of a model.
   *
   * @param layer which block; 0 for the parts that stand outside the blocks
   */
  public record Piece(Part part, int layer) {}

  /** All parts of a model, by block. */
  public static List<Piece> pieces(Architecture architecture) {
    List<Piece> pieces = new ArrayList<>();
    for (Part part : Part.values()) {
      if (architecture.parts().contains(part)) {
        for (int layer = 0; layer < (part.inBlock() ? architecture.layers() : 1); layer++) {
          pieces.add(new Piece(part, layer));
        }
      }
    }
    return pieces;
  }

  /** What transformers calls the tensor of a part. */
  public static String name(WeightSource model, Piece piece) {
    return model.family().place(model.architecture(), piece.part(), piece.layer()).tensor();
  }

  /** Whether a part's numbers are stored less a constant, so that what is read again may differ in its last bit. */
  public static boolean rounds(WeightSource model, Piece piece) {
    return model.family().place(model.architecture(), piece.part(), piece.layer()).plus() != 0;
  }

  /**
   * Checks that a model can be written: a GGUF file may stretch positions in a way that no configuration of transformers says.
   *
   * @throws ModelFileException with what cannot be said
   */
  public static void requireWritable(Path from, WeightSource model) throws IOException {
    Set<String> names = new HashSet<>();
    pieces(model.architecture()).forEach(piece -> names.add(name(model, piece)));
    ObjectNode config = model.hubConfig();
    HuggingFaceFamily family = HuggingFaceFamily.of(Path.of(CONFIG), config.path("architectures").path(0).asText());
    Architecture said = new HuggingFaceConfig(Path.of(CONFIG), config, family, names).architecture();
    if (!said.equals(model.architecture())) {
      throw new ModelFileException(
          "%s computes what no config.json of %s says, so that a checkpoint of it could not be stored: got %s, but a configuration gives %s; begin with its folder of safetensors"
              .formatted(from, family.title(), model.architecture(), said));
    }
  }

  /**
   * Writes a model, and sees to it that it is on the disk.
   *
   * @param folder that exists
   * @param model of which the configuration and the tokenizer are taken
   * @param numbers of a part, row after row; asked one after the other
   * @return the names of the files
   */
  public static List<String> write(Path folder, WeightSource model, BiFunction<Part, Integer, FloatBuffer> numbers) throws IOException {
    Map<String, byte[]> texts = new LinkedHashMap<>();
    ObjectNode config = model.hubConfig();
    config.remove("quantization_config");
    // transformers 4 and 5 call it differently.
    config.put("torch_dtype", "float32").put("dtype", "float32");
    texts.put(CONFIG, json(config));
    ObjectNode tokenizer = model.hubTokenizerConfig();
    model.chatTemplate().ifPresent(template -> tokenizer.put("chat_template", template));
    texts.put("tokenizer.json", model.tokenizerJson().getBytes(StandardCharsets.UTF_8));
    texts.put("tokenizer_config.json", json(tokenizer));
    ObjectNode generation = JSON.createObjectNode();
    model.endTokens().forEach(generation.putArray("eos_token_id")::add);
    texts.put("generation_config.json", json(generation));
    for (Map.Entry<String, byte[]> text : texts.entrySet()) {
      try (FileChannel out = FileChannel.open(folder.resolve(text.getKey()), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getValue());
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
    }
    List<Tensor> tensors = new ArrayList<>();
    for (Piece piece : pieces(model.architecture())) {
      float plus = model.family().place(model.architecture(), piece.part(), piece.layer()).plus();
      tensors.add(new Tensor(name(model, piece), shape(model.architecture(), piece.part()), () -> less(plus, numbers.apply(piece.part(), piece.layer()))));
    }
    FloatFile.write(folder.resolve(WEIGHTS), tensors);
    List<String> files = new ArrayList<>(texts.keySet());
    files.add(WEIGHTS);
    return files;
  }

  /** The shape of a part's tensor. */
  public static List<Integer> shape(Architecture architecture, Part part) {
    return part.ofNorm() || part.ofBias() ? List.of(architecture.rows(part)) : List.of(architecture.rows(part), architecture.columns(part));
  }

  private static FloatBuffer less(float plus, FloatBuffer numbers) {
    if (plus == 0) {
      return numbers;
    }
    FloatBuffer stored = FloatBuffer.allocate(numbers.remaining());
    while (numbers.hasRemaining()) {
      stored.put(numbers.get() - plus);
    }
    return stored.flip();
  }

  private static byte[] json(ObjectNode node) throws IOException {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(node);
  }
}
