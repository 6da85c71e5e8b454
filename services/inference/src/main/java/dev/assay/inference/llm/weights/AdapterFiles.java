package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.inference.llm.weights.LoraLayout.Block;
import dev.assay.inference.llm.weights.FloatFile.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Writes LoRA adapters as PEFT stores them; {@link AdapterFolder} reads them. */
public final class AdapterFiles {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AdapterFiles() {}

  /**
   * Writes an adapter, and sees to it that it is on the disk.
   *
   * @param folder that exists
   * @param numbers as the layout has them
   * @param base the model's name
   * @param dropout that it was trained with
   */
  public static void write(Path folder, WeightSource model, LoraLayout layout, float[] numbers, String base, double dropout)
      throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    for (Block block : layout.blocks()) {
      int size = block.rows() * block.columns();
      for (int layer = 0; layer < block.layers(); layer++) {
        String tensor = model.family().place(layout.architecture(), block.part(), layer).tensor();
        String module = tensor.substring(0, tensor.length() - ".weight".length());
        tensors.add(
            new Tensor(
                AdapterFolder.PREFIX + module + (block.up() ? AdapterFolder.UP : AdapterFolder.DOWN),
                List.of(block.rows(), block.columns()),
                FloatBuffer.wrap(numbers, block.at() + layer * size, size).slice()));
      }
    }
    FloatFile.write(folder.resolve(AdapterFolder.WEIGHTS), tensors);
    ObjectNode config = JSON.createObjectNode();
    config.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("base_model_name_or_path", base).put("inference_mode", true);
    config.put("r", layout.rank()).put("lora_alpha", layout.alpha()).put("lora_dropout", dropout).put("bias", "none");
    LoraLayout.names(layout.targets()).forEach(config.putArray("target_modules")::add);
    try (FileChannel out = FileChannel.open(folder.resolve(AdapterFolder.CONFIG), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
  }
}
