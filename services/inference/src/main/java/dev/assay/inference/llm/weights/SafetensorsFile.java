package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One safetensors file: eight bytes of header length, a JSON header, tensor bytes. Only {@code F32}, {@code F16} and {@code BF16}
 * tensors are supported.
 */
final class SafetensorsFile implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, GgmlType> TYPES = Map.of("F32", GgmlType.F32, "F16", GgmlType.F16, "BF16", GgmlType.BF16);

  private record Tensor(GgmlType type, long rows, long columns, long at) {}

  private final MappedFile file;
  private final Map<String, Tensor> tensors = new TreeMap<>();

  private SafetensorsFile(MappedFile file) {
    this.file = file;
    readHeader();
  }

  static SafetensorsFile open(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new ModelFileException("the file " + path + " is missing; fetch the model again");
    }
    MappedFile file = MappedFile.open(path);
    try {
      return new SafetensorsFile(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  Path path() {
    return file.path();
  }

  Set<String> names() {
    return tensors.keySet();
  }

  String sha256() {
    return file.sha256();
  }

  /** Copies whole rows from {@code fromRow} on, as many as fit into the target, as float32. */
  void read(String name, int rows, int columns, int fromRow, FloatBuffer target) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelFileException(file.path() + ": the tensor " + name + " is missing");
    }
    if (tensor.rows != rows || tensor.columns != columns) {
      throw new ModelFileException(
          "%s: the tensor %s is %d × %d, but config.json says %d × %d"
              .formatted(file.path(), name, tensor.rows, tensor.columns, rows, columns));
    }
    long rowBytes = tensor.type.bytes(columns);
    float[] numbers = new float[columns];
    for (int row = fromRow; row < rows && target.remaining() >= columns; row++) {
      MemorySegment segment = file.slice(tensor.at + row * rowBytes, rowBytes, name);
      tensor.type.decode(segment, 0, numbers);
      target.put(numbers);
    }
  }

  @Override
  public void close() {
    file.close();
  }

  private void readHeader() {
    long length = file.longAt(0, "the header's length");
    JsonNode header;
    try {
      header = JSON.readTree(file.text(Long.BYTES, length, "the header"));
    } catch (IOException e) {
      throw new ModelFileException(file.path() + ": the header is no JSON: " + e.getMessage(), e);
    }
    long data = Long.BYTES + length;
    header
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("__metadata__")) {
                tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue(), data));
              }
            });
  }

  private Tensor tensor(String name, JsonNode node, long data) {
    String dtype = node.path("dtype").asText();
    GgmlType type = TYPES.get(dtype);
    if (type == null) {
      throw new ModelFileException(
          "%s: tensor %s has the type %s, which is not supported; expected F32, F16 or BF16".formatted(file.path(), name, dtype));
    }
    JsonNode shape = node.path("shape");
    long rows = 1;
    for (int d = 0; d < shape.size() - 1; d++) {
      rows = Math.multiplyExact(rows, shape.get(d).asLong());
    }
    long columns = shape.isEmpty() ? 1 : shape.get(shape.size() - 1).asLong();
    long from = node.path("data_offsets").path(0).asLong(-1);
    long to = node.path("data_offsets").path(1).asLong(-1);
    if (to - from != rows * type.bytes(columns)) {
      throw new ModelFileException(
          "%s is damaged: tensor %s of %d × %d numbers has %d bytes".formatted(file.path(), name, rows, columns, to - from));
    }
    file.slice(data + from, to - from, "tensor " + name);
    return new Tensor(type, rows, columns, data + from);
  }
}
