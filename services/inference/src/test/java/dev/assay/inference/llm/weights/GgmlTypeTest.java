package dev.assay.inference.llm.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Blocks written by hand; the expected numbers are worked out beside them from the formulas of ggml-quants.c. */
class GgmlTypeTest {

  @Test
  void plainNumbers() {
    assertThat(decode(GgmlType.F32, 1, buffer(4).putFloat(-1.5f))).containsExactly(-1.5f);
    assertThat(decode(GgmlType.F16, 1, buffer(2).putShort((short) 0x3E00))).containsExactly(1.5f);
    assertThat(decode(GgmlType.BF16, 1, buffer(2).putShort((short) 0xC040))).containsExactly(-3f);
  }

  @Test
  void q4_0_isNibbleMinusEightTimesScale() {
    ByteBuffer block = half(buffer(18), 0.5f);
    for (int j = 0; j < 16; j++) {
      block.put((byte) (j | (15 - j) << 4));
    }
    float[] out = decode(GgmlType.Q4_0, 32, block);
    for (int j = 0; j < 16; j++) {
      assertThat(out[j]).isEqualTo((j - 8) * 0.5f);
      assertThat(out[j + 16]).isEqualTo((15 - j - 8) * 0.5f);
    }
  }

  @Test
  void q4_1_isNibbleTimesScalePlusMinimum() {
    ByteBuffer block = half(half(buffer(20), 0.25f), -2f);
    for (int j = 0; j < 16; j++) {
      block.put((byte) (j | (15 - j) << 4));
    }
    float[] out = decode(GgmlType.Q4_1, 32, block);
    assertThat(out[3]).isEqualTo(3 * 0.25f - 2);
    assertThat(out[16]).isEqualTo(15 * 0.25f - 2);
    assertThat(out[31]).isEqualTo(-2f);
  }

  @Test
  void q5_0_takesTheFifthBitFromTheMask() {
    ByteBuffer block = half(buffer(22), 2f).putInt(1 << 0 | 1 << 20);
    for (int j = 0; j < 16; j++) {
      block.put((byte) (3 | 7 << 4));
    }
    float[] out = decode(GgmlType.Q5_0, 32, block);
    assertThat(out[0]).isEqualTo((3 + 16 - 16) * 2f);
    assertThat(out[1]).isEqualTo((3 - 16) * 2f);
    assertThat(out[20]).isEqualTo((7 + 16 - 16) * 2f);
    assertThat(out[21]).isEqualTo((7 - 16) * 2f);
  }

  @Test
  void q5_1_takesTheFifthBitFromTheMask() {
    ByteBuffer block = half(half(buffer(24), 2f), 1f).putInt(1 << 5 | 1 << 31);
    for (int j = 0; j < 16; j++) {
      block.put((byte) (3 | 7 << 4));
    }
    float[] out = decode(GgmlType.Q5_1, 32, block);
    assertThat(out[5]).isEqualTo((3 + 16) * 2f + 1);
    assertThat(out[6]).isEqualTo(3 * 2f + 1);
    assertThat(out[31]).isEqualTo((7 + 16) * 2f + 1);
    assertThat(out[30]).isEqualTo(7 * 2f + 1);
  }

  @Test
  void q8_0_isByteTimesScale() {
    ByteBuffer block = half(buffer(34), 0.125f);
    for (int j = 0; j < 32; j++) {
      block.put((byte) (j * 8 - 128));
    }
    float[] out = decode(GgmlType.Q8_0, 32, block);
    assertThat(out[0]).isEqualTo(-16f);
    assertThat(out[31]).isEqualTo((31 * 8 - 128) * 0.125f);
  }

  /** Scales 1 … 8 and minima 8 … 1 for the eight sub-blocks, packed six bits each; nibbles low 5, high 9. */
  @Test
  void q4_K_scalesEachSubBlock() {
    ByteBuffer block = half(half(buffer(144), 0.5f), 0.25f);
    packScales(block);
    for (int j = 0; j < 128; j++) {
      block.put((byte) (5 | 9 << 4));
    }
    float[] out = decode(GgmlType.Q4_K, 256, block);
    for (int part = 0; part < 8; part++) {
      float expected = 0.5f * SCALES[part] * (part % 2 == 0 ? 5 : 9) - 0.25f * MINIMA[part];
      assertThat(out[32 * part]).as("part %d", part).isEqualTo(expected);
      assertThat(out[32 * part + 31]).isEqualTo(expected);
    }
  }

  @Test
  void q5_K_addsTheFifthBitOfItsSubBlock() {
    ByteBuffer block = half(half(buffer(176), 0.5f), 0.25f);
    packScales(block);
    for (int j = 0; j < 32; j++) {
      block.put((byte) 0b10010110);
    }
    for (int j = 0; j < 128; j++) {
      block.put((byte) (5 | 9 << 4));
    }
    float[] out = decode(GgmlType.Q5_K, 256, block);
    for (int part = 0; part < 8; part++) {
      int q = (part % 2 == 0 ? 5 : 9) + (0b10010110 >> part & 1) * 16;
      assertThat(out[32 * part + 7]).as("part %d", part).isEqualTo(0.5f * SCALES[part] * q - 0.25f * MINIMA[part]);
    }
  }

  /** Low nibbles 5 and 9, high pairs 0, 1, 2, 3 for the four quarters of each half, scales -8 … 7. */
  @Test
  void q6_K_joinsFourAndTwoBits() {
    ByteBuffer block = buffer(210);
    for (int j = 0; j < 128; j++) {
      block.put((byte) (5 | 9 << 4));
    }
    for (int j = 0; j < 64; j++) {
      block.put((byte) 0b11100100);
    }
    for (int j = 0; j < 16; j++) {
      block.put((byte) (j - 8));
    }
    half(block, 0.5f);
    float[] out = decode(GgmlType.Q6_K, 256, block);
    for (int part = 0; part < 8; part++) {
      int quarter = part % 4;
      int q = (quarter < 2 ? 5 : 9) + 16 * quarter - 32;
      for (int l : new int[] {0, 15, 16, 31}) {
        int scale = 8 * (part / 4) + 2 * quarter + l / 16 - 8;
        assertThat(out[32 * part + l]).as("part %d, number %d", part, l).isCloseTo(0.5f * scale * q, within(0f));
      }
    }
  }

  private static final int[] SCALES = {1, 2, 3, 63, 5, 6, 7, 62};
  private static final int[] MINIMA = {8, 7, 6, 61, 4, 3, 2, 60};

  /** The inverse of get_scale_min_k4: sub-blocks 4 to 7 have their low four bits in bytes 8 to 11, their high two in the tops of 0 to 7. */
  private static void packScales(ByteBuffer block) {
    for (int j = 0; j < 4; j++) {
      block.put((byte) (SCALES[j] | SCALES[j + 4] >> 4 << 6));
    }
    for (int j = 0; j < 4; j++) {
      block.put((byte) (MINIMA[j] | MINIMA[j + 4] >> 4 << 6));
    }
    for (int j = 4; j < 8; j++) {
      block.put((byte) ((SCALES[j] & 15) | (MINIMA[j] & 15) << 4));
    }
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer half(ByteBuffer buffer, float value) {
    return buffer.putShort(Float.floatToFloat16(value));
  }

  private static float[] decode(GgmlType type, int numbers, ByteBuffer block) {
    assertThat(block.remaining()).as("bytes not written").isZero();
    float[] out = new float[numbers];
    type.decode(MemorySegment.ofBuffer(block.flip()), 0, out);
    return out;
  }
}
