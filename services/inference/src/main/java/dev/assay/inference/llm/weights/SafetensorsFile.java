package dev.assay.inference.llm.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One safetensors file: eight bytes of header length, a JSON header, tensor bytes. Of the formats {@code F32}, {@code F16} and
 * {@code BF16} can be read; what else a file holds may stand in it, but cannot be asked for.
 */
final class SafetensorsFile implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, GgmlType> TYPES = Map.of("F32", GgmlType.F32, "F16", GgmlType.F16, "BF16", GgmlType.BF16);

  private final MappedFile file;
  private final Map<String, StoredTensor> tensors = new TreeMap<>();
  private long end;

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

  StoredTensor tensor(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new ModelFileException(file.path() + ": the tensor " + name + " is missing");
    }
    return tensor;
  }

  /**
   * Checks that the file ends where its last tensor does: one that is longer or shorter is being written, or damaged.
   *
   * @throws ModelFileException with both lengths
   */
  SafetensorsFile requireWhole() {
    if (file.size() != end) {
      throw new ModelFileException("%s has %d bytes, but its header tells of %d; is it still being written?".formatted(file.path(), file.size(), end));
    }
    return this;
  }

  void unload() {
    file.unload();
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
    end = data;
    header
        .properties()
        .forEach(
            entry -> {
              if (!entry.getKey().equals("__metadata__")) {
                tensors.put(entry.getKey(), tensor(entry.getKey(), entry.getValue(), data));
              }
            });
  }

  private StoredTensor tensor(String name, JsonNode node, long data) {
    String dtype = node.path("dtype").asText();
    Optional<GgmlType> type = Optional.ofNullable(TYPES.get(dtype));
    JsonNode shape = node.path("shape");
    long rows = 1;
    for (int d = 0; d < shape.size() - 1; d++) {
      rows = Math.multiplyExact(rows, shape.get(d).asLong());
    }
    long columns = shape.isEmpty() ? 1 : shape.get(shape.size() - 1).asLong();
    long from = node.path("data_offsets").path(0).asLong(-1);
    long to = node.path("data_offsets").path(1).asLong(-1);
    if (type.isPresent() && to - from != Math.multiplyExact(rows, type.get().bytes(columns))) {
      throw new ModelFileException(
          "%s is damaged: tensor %s of %d × %d numbers has %d bytes".formatted(file.path(), name, rows, columns, to - from));
    }
    file.slice(data + from, to - from, "tensor " + name);
    end = Math.max(end, data + to);
    boolean vector = shape.size() <= 1;
    return new StoredTensor(file, name, type, dtype, vector ? columns : rows, vector ? 1 : columns, data + from);
  }
}
