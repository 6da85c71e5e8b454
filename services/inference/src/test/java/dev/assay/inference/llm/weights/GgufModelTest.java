package dev.assay.inference.llm.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A GGUF file written here byte by byte, whole, cut short, and altered. */
class GgufModelTest {
  @TempDir private Path folder;

  @Test
  void open_wholeFile_readsShapeAndUndoesTheInterleaving() throws IOException {
    try (WeightSource model = WeightSource.open(write(gguf("llama", 0)))) {
      assertThat(model.shape().hidden()).isEqualTo(4);
      assertThat(model.shape().headDim()).isEqualTo(4);
      assertThat(model.shape().tied()).isTrue();
      FloatBuffer rows = FloatBuffer.allocate(16);
      model.read(Part.QUERY, 0, 4, 4, 0, rows);
      // Stored rows 0, 1, 2, 3 of a head of four are the model's rows 0, 2, 1, 3.
      assertThat(rows.array()).containsExactly(0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1, 1, 3, 3, 3, 3);
    }
  }

  @Test
  void open_everyTruncation_isRefusedWithTheFile() throws IOException {
    byte[] whole = gguf("llama", 0);
    for (int length = 0; length < whole.length; length += 7) {
      Path file = write(Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> WeightSource.open(file))
          .as("cut to %d bytes", length)
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining(file.toString());
    }
    Path file = write(Arrays.copyOf(whole, whole.length - 1));
    assertThatThrownBy(() -> WeightSource.open(file)).hasMessageContaining("truncated").hasMessageContaining(whole.length - 1 + "");
  }

  @Test
  void open_otherArchitecture_isRefusedByName() {
    assertThatThrownBy(() -> WeightSource.open(write(gguf("mamba", 0)))).isInstanceOf(ModelFileException.class).hasMessageContaining("mamba");
  }

  @Test
  void open_unknownTensorType_isRefusedWithTensorAndType() {
    assertThatThrownBy(() -> WeightSource.open(write(gguf("llama", 16))))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("blk.0.attn_q.weight")
        .hasMessageContaining("16");
  }

  @Test
  void open_noGguf_isRefused() {
    byte[] text = "This is a text and no model at all.".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> WeightSource.open(write(text))).isInstanceOf(ModelFileException.class).hasMessageContaining("no GGUF");
  }

  @Test
  void read_missingOrMisshapenTensor_namesIt() throws IOException {
    try (WeightSource model = WeightSource.open(write(gguf("llama", 0)))) {
      FloatBuffer target = FloatBuffer.allocate(64);
      assertThatThrownBy(() -> model.read(Part.KEY, 0, 4, 4, 0, target)).hasMessageContaining("blk.0.attn_k.weight");
      assertThatThrownBy(() -> model.read(Part.QUERY, 0, 8, 4, 0, target)).hasMessageContaining("4 × 4").hasMessageContaining("8 × 4");
    }
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.gguf"), bytes);
  }

  private static byte[] gguf(String architecture, int queryType) {
    ByteBuffer out = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    out.put("GGUF".getBytes(StandardCharsets.US_ASCII)).putInt(3).putLong(2).putLong(8);
    string(string(out, "general.architecture").putInt(8), architecture);
    for (String key : new String[] {"block_count", "embedding_length", "feed_forward_length", "attention.head_count", "context_length"}) {
      string(out, architecture + "." + key)
          .putInt(4)
          .putInt(
              switch (key) {
                case "embedding_length" -> 4;
                case "context_length" -> 16;
                default -> 1;
              });
    }
    string(out, architecture + ".attention.layer_norm_rms_epsilon").putInt(6).putFloat(1e-5f);
    string(string(out, "general.name").putInt(9).putInt(8).putLong(1), "a list of one");
    string(out, "token_embd.weight").putInt(2).putLong(4).putLong(2).putInt(0).putLong(0);
    string(out, "blk.0.attn_q.weight").putInt(2).putLong(4).putLong(4).putInt(queryType).putLong(32);
    out.position((out.position() + 31) / 32 * 32);
    for (int i = 0; i < 8; i++) {
      out.putFloat(0.5f);
    }
    for (int row = 0; row < 4; row++) {
      for (int column = 0; column < 4; column++) {
        out.putFloat(row);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  private static ByteBuffer string(ByteBuffer out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return out.putLong(bytes.length).put(bytes);
  }
}
