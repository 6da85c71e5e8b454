package dev.assay.inference.llm.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes GGUF files byte by byte. */
public final class GgufWriter {
  private static final int ALIGNMENT = 32;
  private static final int UINT32 = 4;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private record Tensor(int type, List<Integer> shape, FloatBuffer numbers) {}

  /** Adds a pair; an integer, float, boolean, text, or a list of one of them. */
  public GgufWriter meta(String key, Object value) {
    metadata.put(key, value);
    return this;
  }

  /** Adds a float32 tensor; the outermost dimension first. */
  public GgufWriter tensor(String name, float[] numbers, int... shape) {
    return tensor(name, 0, numbers, shape);
  }

  /** Adds a tensor whose bytes are those of float32 numbers, whatever type it claims. */
  public GgufWriter tensor(String name, int type, float[] numbers, int... shape) {
    tensors.put(name, new Tensor(type, Arrays.stream(shape).boxed().toList(), FloatBuffer.wrap(numbers.clone())));
    return this;
  }

  public byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    out.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(tensors.size()).putLong(metadata.size());
    metadata.forEach(
        (key, value) -> {
          string(out, key).putInt(type(value));
          value(out, value);
        });
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      string(out, entry.getKey()).putInt(tensor.shape.size());
      for (int d = tensor.shape.size() - 1; d >= 0; d--) {
        out.putLong(tensor.shape.get(d));
      }
      out.putInt(tensor.type).putLong(offset);
      offset += aligned(tensor.numbers.capacity() * Float.BYTES);
    }
    out.position(aligned(out.position()));
    for (Tensor tensor : tensors.values()) {
      int begin = out.position();
      for (int i = 0; i < tensor.numbers.capacity(); i++) {
        out.putFloat(tensor.numbers.get(i));
      }
      out.position(begin + aligned(out.position() - begin));
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static int aligned(int bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  private static int type(Object value) {
    return switch (value) {
      case Integer _ -> UINT32;
      case Float _ -> FLOAT32;
      case Boolean _ -> BOOL;
      case String _ -> STRING;
      case List<?> _ -> ARRAY;
      default -> throw new IllegalArgumentException("no GGUF type for " + value);
    };
  }

  private static void value(ByteBuffer out, Object value) {
    switch (value) {
      case Integer number -> out.putInt(number);
      case Float number -> out.putFloat(number);
      case Boolean flag -> out.put((byte) (flag ? 1 : 0));
      case String text -> string(out, text);
      case List<?> list -> {
        out.putInt(type(list.getFirst())).putLong(list.size());
        list.forEach(element -> value(out, element));
      }
      default -> throw new IllegalArgumentException("no GGUF type for " + value);
    }
  }

  private static ByteBuffer string(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return out.putLong(bytes.length).put(bytes);
  }
}
