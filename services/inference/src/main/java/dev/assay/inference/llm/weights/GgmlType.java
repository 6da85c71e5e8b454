package dev.assay.inference.llm.weights;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.Map.entry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The number formats of GGUF tensors that can be turned into float32. A row is a whole number of blocks; each block holds its scale
 * (float16) and packed integers. Layouts follow {@code ggml-common.h} and {@code dequantize_row_*} of ggml.
 */
enum GgmlType {
  F32(0, 1, 4) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      out[to] = s.get(FLOAT, at);
    }
  },
  F16(1, 1, 2) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      out[to] = half(s, at);
    }
  },
  Q4_0(2, 32, 18) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      for (int j = 0; j < 16; j++) {
        int q = unsigned(s, at + 2 + j);
        out[to + j] = ((q & 0xF) - 8) * d;
        out[to + j + 16] = ((q >> 4) - 8) * d;
      }
    }
  },
  Q4_1(3, 32, 20) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      float m = half(s, at + 2);
      for (int j = 0; j < 16; j++) {
        int q = unsigned(s, at + 4 + j);
        out[to + j] = (q & 0xF) * d + m;
        out[to + j + 16] = (q >> 4) * d + m;
      }
    }
  },
  Q5_0(6, 32, 22) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      int high = s.get(INT, at + 2);
      for (int j = 0; j < 16; j++) {
        int q = unsigned(s, at + 6 + j);
        out[to + j] = (((q & 0xF) | bit(high, j) << 4) - 16) * d;
        out[to + j + 16] = ((q >> 4 | bit(high, j + 16) << 4) - 16) * d;
      }
    }
  },
  Q5_1(7, 32, 24) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      float m = half(s, at + 2);
      int high = s.get(INT, at + 4);
      for (int j = 0; j < 16; j++) {
        int q = unsigned(s, at + 8 + j);
        out[to + j] = ((q & 0xF) | bit(high, j) << 4) * d + m;
        out[to + j + 16] = (q >> 4 | bit(high, j + 16) << 4) * d + m;
      }
    }
  },
  Q8_0(8, 32, 34) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      for (int j = 0; j < 32; j++) {
        out[to + j] = s.get(JAVA_BYTE, at + 2 + j) * d;
      }
    }
  },
  Q4_K(12, 256, 144) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      float min = half(s, at + 2);
      for (int part = 0; part < 8; part++) {
        float scale = d * packedScale(s, at + 4, part);
        float floor = min * packedMin(s, at + 4, part);
        for (int l = 0; l < 32; l++) {
          int q = unsigned(s, at + 16 + 32L * (part / 2) + l) >> (4 * (part % 2)) & 0xF;
          out[to + 32 * part + l] = scale * q - floor;
        }
      }
    }
  },
  Q5_K(13, 256, 176) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at);
      float min = half(s, at + 2);
      for (int part = 0; part < 8; part++) {
        float scale = d * packedScale(s, at + 4, part);
        float floor = min * packedMin(s, at + 4, part);
        for (int l = 0; l < 32; l++) {
          int low = unsigned(s, at + 48 + 32L * (part / 2) + l) >> (4 * (part % 2)) & 0xF;
          int high = unsigned(s, at + 16 + l) >> part & 1;
          out[to + 32 * part + l] = scale * (low | high << 4) - floor;
        }
      }
    }
  },
  Q6_K(14, 256, 210) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      float d = half(s, at + 208);
      for (int part = 0; part < 8; part++) {
        int half = part / 4;
        int quarter = part % 4;
        for (int l = 0; l < 32; l++) {
          int low = unsigned(s, at + 64L * half + 32L * (quarter % 2) + l) >> (4 * (quarter / 2)) & 0xF;
          int high = unsigned(s, at + 128 + 32L * half + l) >> (2 * quarter) & 3;
          int scale = s.get(JAVA_BYTE, at + 192 + 8L * half + 2L * quarter + l / 16);
          out[to + 32 * part + l] = d * scale * ((low | high << 4) - 32);
        }
      }
    }
  },
  BF16(30, 1, 2) {
    @Override
    void block(MemorySegment s, long at, float[] out, int to) {
      out[to] = Float.intBitsToFloat(s.get(SHORT, at) << 16);
    }
  };

  /** {@code enum ggml_type} of ggml.h without the types above. */
  private static final Map<Integer, String> UNREAD =
      Map.ofEntries(
          entry(9, "Q8_1"),
          entry(10, "Q2_K"),
          entry(11, "Q3_K"),
          entry(15, "Q8_K"),
          entry(16, "IQ2_XXS"),
          entry(17, "IQ2_XS"),
          entry(18, "IQ3_XXS"),
          entry(19, "IQ1_S"),
          entry(20, "IQ4_NL"),
          entry(21, "IQ3_S"),
          entry(22, "IQ2_S"),
          entry(23, "IQ4_XS"),
          entry(24, "I8"),
          entry(25, "I16"),
          entry(26, "I32"),
          entry(27, "I64"),
          entry(28, "F64"),
          entry(29, "IQ1_M"),
          entry(34, "TQ1_0"),
          entry(35, "TQ2_0"),
          entry(39, "MXFP4"));

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  final int id;
  final int blockLength;
  final int blockBytes;

  GgmlType(int id, int blockLength, int blockBytes) {
    this.id = id;
    this.blockLength = blockLength;
    this.blockBytes = blockBytes;
  }

  static Optional<GgmlType> of(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }

  /** What ggml.h calls the type, whether it can be read here or not. */
  static String nameOf(int id) {
    return of(id).map(Enum::name).orElseGet(() -> "%s (ggml type %d)".formatted(UNREAD.getOrDefault(id, "unknown"), id));
  }

  /** Bytes of {@code numbers} numbers, which are a whole number of blocks. */
  long bytes(long numbers) {
    return numbers / blockLength * blockBytes;
  }

  /** Turns {@code out.length} numbers that begin at byte {@code at} into float32. */
  void decode(MemorySegment segment, long at, float[] out) {
    for (int to = 0; to < out.length; to += blockLength, at += blockBytes) {
      block(segment, at, out, to);
    }
  }

  abstract void block(MemorySegment segment, long at, float[] out, int to);

  private static float half(MemorySegment s, long at) {
    return Float.float16ToFloat(s.get(SHORT, at));
  }

  private static int bit(int bits, int index) {
    return bits >>> index & 1;
  }

  private static int unsigned(MemorySegment s, long at) {
    return Byte.toUnsignedInt(s.get(JAVA_BYTE, at));
  }

  /** The 6-bit scale of one of eight sub-blocks: {@code get_scale_min_k4} of ggml-quants.c. */
  private static int packedScale(MemorySegment s, long at, int part) {
    return part < 4 ? unsigned(s, at + part) & 63 : (unsigned(s, at + part + 4) & 0xF) | unsigned(s, at + part - 4) >> 6 << 4;
  }

  private static int packedMin(MemorySegment s, long at, int part) {
    return part < 4 ? unsigned(s, at + part + 4) & 63 : unsigned(s, at + part + 4) >> 4 | unsigned(s, at + part) >> 6 << 4;
  }
}
