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
import java.util.function.Supplier;

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
   * @param numbers gives as many as the shape says, from the buffer's position on; asked when they are written
   */
  public record Tensor(String name, List<Integer> shape, Supplier<FloatBuffer> numbers) {
    public Tensor {
      shape = List.copyOf(shape);
    }

    /** A tensor whose numbers are at hand. */
    public Tensor(String name, List<Integer> shape, FloatBuffer numbers) {
      this(name, shape, () -> numbers);
    }

    private long size() {
      return shape.stream().mapToLong(one -> one).reduce(1, Math::multiplyExact);
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
      long bytes = tensor.size() * Float.BYTES;
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
        FloatBuffer numbers = tensor.numbers.get().duplicate();
        if (numbers.remaining() != tensor.size()) {
          throw new IllegalArgumentException("%s has %d numbers, but the shape %s".formatted(tensor.name, numbers.remaining(), tensor.shape));
        }
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

  /** A file that is open, whose tensors are read piece by piece. */
  public static final class Opened implements AutoCloseable {
    private final SafetensorsFile file;

    private Opened(SafetensorsFile file) {
      this.file = file;
    }

    /**
     * Copies rows of a tensor, or numbers of a vector.
     *
     * @param rows that it must have
     * @param columns that it must have; 1 for a vector
     * @param fromRow first row wanted
     * @param target takes as many whole rows as fit into what remains of it
     * @throws ModelFileException when it is missing, has another shape or another type
     */
    public void read(String name, int rows, int columns, int fromRow, FloatBuffer target) {
      StoredTensor tensor = file.tensor(name).requireReadable();
      if (tensor.rows() != rows || tensor.columns() != columns) {
        throw new ModelFileException(
            "%s: the tensor %s is %d × %d, expected %d × %d".formatted(file.path(), name, tensor.rows(), tensor.columns(), rows, columns));
      }
      float[] row = new float[columns];
      for (int r = fromRow; r < rows && target.remaining() >= columns; r++) {
        tensor.row(r, row);
        target.put(row);
      }
    }

    @Override
    public void close() {
      file.close();
    }
  }

  /** Opens a file whose tensors are too large to be held all at once. */
  public static Opened open(Path file) throws IOException {
    return new Opened(SafetensorsFile.open(file));
  }

  private static void put(FileChannel out, ByteBuffer filled) throws IOException {
    filled.flip();
    while (filled.hasRemaining()) {
      out.write(filled);
    }
  }
}
