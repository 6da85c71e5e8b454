package dev.assay.inference.llm.weights;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A GGUF file, version 2 or 3: metadata and a table of tensors over the mapped bytes. Layout from {@code docs/gguf.md} of ggml:
 * magic, version, counts, key-value pairs, tensor table, padding, tensor data. All is little-endian.
 */
final class GgufFile implements AutoCloseable {
  private static final int MAGIC = 0x46554747;
  private static final int DEFAULT_ALIGNMENT = 32;
  private static final int MOST_DIMENSIONS = 4;

  private static final int UINT8 = 0;
  private static final int INT8 = 1;
  private static final int UINT16 = 2;
  private static final int INT16 = 3;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;
  private static final int UINT64 = 10;
  private static final int INT64 = 11;
  private static final int FLOAT64 = 12;

  private final MappedFile file;
  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
  private long at;

  private GgufFile(MappedFile file) {
    this.file = file;
    readHeader();
  }

  /** Maps the file and reads its header; the tensors themselves are checked when they are asked for. */
  static GgufFile open(Path path) throws IOException {
    MappedFile file = MappedFile.open(path);
    try {
      return new GgufFile(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  MappedFile file() {
    return file;
  }

  Optional<StoredTensor> tensor(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  Optional<String> text(String key) {
    return get(key, String.class);
  }

  Optional<Number> number(String key) {
    return get(key, Number.class);
  }

  Optional<Boolean> flag(String key) {
    return get(key, Boolean.class);
  }

  /** The strings of an array. */
  List<String> texts(String key) {
    return list(key, String.class);
  }

  /** The numbers of an array. */
  List<Number> numbers(String key) {
    return list(key, Number.class);
  }

  void unload() {
    file.unload();
  }

  @Override
  public void close() {
    file.close();
  }

  private <T> Optional<T> get(String key, Class<T> type) {
    Object value = metadata.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (!type.isInstance(value)) {
      throw new ModelFileException(
          file.path() + ": metadata " + key + " is a " + value.getClass().getSimpleName() + ", expected a " + type.getSimpleName());
    }
    return Optional.of(type.cast(value));
  }

  private <T> List<T> list(String key, Class<T> type) {
    List<T> values = new ArrayList<>();
    for (Object value : get(key, List.class).orElse(List.of())) {
      if (!type.isInstance(value)) {
        throw new ModelFileException(file.path() + ": metadata " + key + " must hold only " + type.getSimpleName() + "s");
      }
      values.add(type.cast(value));
    }
    return values;
  }

  private void readHeader() {
    if (file.size() < 24 || int32("the magic number") != MAGIC) {
      throw new ModelFileException(file.path() + " is no GGUF file: it does not begin with the bytes GGUF; expected a .gguf model");
    }
    int version = int32("the version");
    if (version != 2 && version != 3) {
      throw new ModelFileException(file.path() + ": GGUF version " + version + " is not supported, expected 2 or 3");
    }
    long tensorCount = count("the number of tensors");
    long pairs = count("the number of metadata pairs");
    for (long i = 0; i < pairs; i++) {
      String key = string("a metadata key");
      metadata.put(key, value(int32(key), key));
    }
    List<StoredTensor> table = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      table.add(entry());
    }
    long alignment = number("general.alignment").map(Number::longValue).orElse((long) DEFAULT_ALIGNMENT);
    if (alignment <= 0) {
      throw new ModelFileException(file.path() + ": general.alignment must be positive, but is " + alignment);
    }
    long data = Math.ceilDiv(at, alignment) * alignment;
    for (StoredTensor entry : table) {
      tensors.put(
          entry.name(),
          new StoredTensor(file, entry.name(), entry.type(), entry.typeName(), entry.rows(), entry.columns(), data + entry.at()));
    }
  }

  /** A line of the table; its offset is still that from the beginning of the data. */
  private StoredTensor entry() {
    String name = string("a tensor's name");
    int dimensions = int32("tensor " + name);
    if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw new ModelFileException(
          file.path() + ": tensor " + name + " has " + dimensions + " dimensions, expected 1 to " + MOST_DIMENSIONS);
    }
    long columns = count("tensor " + name);
    long rows = 1;
    for (int d = 1; d < dimensions; d++) {
      rows = Math.multiplyExact(rows, count("tensor " + name));
    }
    int id = int32("tensor " + name);
    boolean vector = dimensions == 1;
    return new StoredTensor(
        file, name, GgmlType.of(id), GgmlType.nameOf(id), vector ? columns : rows, vector ? 1 : columns, count("tensor " + name));
  }

  private Object value(int type, String key) {
    return switch (type) {
      case UINT8 -> Byte.toUnsignedInt(int8(key));
      case INT8 -> (int) int8(key);
      case BOOL -> int8(key) != 0;
      case UINT16 -> int16(key) & 0xFFFF;
      case INT16 -> (int) int16(key);
      case UINT32 -> Integer.toUnsignedLong(int32(key));
      case INT32 -> int32(key);
      case FLOAT32 -> Float.intBitsToFloat(int32(key));
      case UINT64, INT64 -> int64(key);
      case FLOAT64 -> Double.longBitsToDouble(int64(key));
      case STRING -> string(key);
      case ARRAY -> {
        int element = int32(key);
        long length = count(key);
        List<Object> values = new ArrayList<>();
        for (long i = 0; i < length; i++) {
          values.add(value(element, key));
        }
        yield values;
      }
      default -> throw new ModelFileException(file.path() + ": metadata " + key + " has the unknown type " + type + " at byte " + at);
    };
  }

  /** A count or offset; more than the file has bytes is damage. */
  private long count(String what) {
    long value = int64(what);
    if (value < 0 || value > file.size()) {
      throw new ModelFileException(
          "%s is truncated or damaged: %s gives %s at byte %d, but the file has %d bytes; fetch it again"
              .formatted(file.path(), what, Long.toUnsignedString(value), at - Long.BYTES, file.size()));
    }
    return value;
  }

  private String string(String what) {
    long length = count(what);
    String text = file.text(at, length, what);
    at += length;
    return text;
  }

  private byte int8(String what) {
    byte value = file.slice(at, 1, what).get(ValueLayout.JAVA_BYTE, 0);
    at += 1;
    return value;
  }

  private short int16(String what) {
    int low = Byte.toUnsignedInt(int8(what));
    return (short) (low | int8(what) << 8);
  }

  private int int32(String what) {
    int value = file.intAt(at, what);
    at += Integer.BYTES;
    return value;
  }

  private long int64(String what) {
    long value = file.longAt(at, what);
    at += Long.BYTES;
    return value;
  }
}
