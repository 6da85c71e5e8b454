package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Safetensors files of float32 tensors. */
public final class FloatFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PIECE = 1 << 20;

  /** The format wants the numbers to begin where eight bytes can be read at once. */
  private static final int ALIGNMENT = Long.BYTES;

  private FloatFile() {}

  /**
   * A tensor.
   *
   * @param numbers as many as the shape says, from the buffer's position on
   */
  public record Tensor(String name, List<Integer> shape, FloatBuffer numbers) {
    public Tensor {
      shape = List.copyOf(shape);
    }
  }

  /** Writes a file that is not there yet, in the order of the tensors, and sees to it that it is on the disk. */
  public static void write(Path file, List<Tensor> tensors) throws IOException {
    ObjectNode header = JSON.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long at = 0;
    for (Tensor tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name).put("dtype", "F32");
      tensor.shape.forEach(entry.putArray("shape")::add);
      long bytes = (long) tensor.numbers.remaining() * Float.BYTES;
      entry.putArray("data_offsets").add(at).add(at + bytes);
      at += bytes;
    }
    byte[] json = JSON.writeValueAsBytes(header);
    byte[] padding = " ".repeat((ALIGNMENT - json.length % ALIGNMENT) % ALIGNMENT).getBytes(StandardCharsets.US_ASCII);
    ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(out, piece.putLong((long) json.length + padding.length));
      put(out, ByteBuffer.wrap(json).position(json.length));
      put(out, ByteBuffer.wrap(padding).position(padding.length));
      for (Tensor tensor : tensors) {
        FloatBuffer numbers = tensor.numbers.duplicate();
        while (numbers.hasRemaining()) {
          piece.clear();
          while (numbers.hasRemaining() && piece.remaining() >= Float.BYTES) {
            piece.putFloat(numbers.get());
          }
          put(out, piece);
        }
      }
      out.force(true);
    }
  }

  /**
   * All numbers of a file, by tensor.
   *
   * @throws ModelFileException when it is damaged, or holds what is no float32
   */
  public static Map<String, float[]> read(Path file) throws IOException {
    Map<String, float[]> numbers = new TreeMap<>();
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      for (String name : opened.names()) {
        StoredTensor tensor = opened.tensor(name).requireReadable();
        float[] all = new float[Math.toIntExact(tensor.rows() * tensor.columns())];
        float[] row = new float[Math.toIntExact(tensor.columns())];
        for (int r = 0; r < tensor.rows(); r++) {
          tensor.row(r, row);
          System.arraycopy(row, 0, all, r * row.length, row.length);
        }
        numbers.put(name, all);
      }
    }
    return numbers;
  }

  private static void put(FileChannel out, ByteBuffer filled) throws IOException {
    filled.flip();
    while (filled.hasRemaining()) {
      out.write(filled);
    }
  }
}
