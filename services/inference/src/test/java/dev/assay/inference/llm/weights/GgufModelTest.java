package dev.assay.inference.llm.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A GGUF file written here byte by byte, whole, cut short, and altered. */
class GgufModelTest {
  @TempDir private Path folder;

  @Test
  void open_wholeFile_readsShapeAndUndoesTheInterleaving() throws IOException {
    try (WeightSource model = WeightSource.open(write(gguf("llama", 0)))) {
      assertThat(model.architecture().hidden()).isEqualTo(4);
      assertThat(model.architecture().headDim()).isEqualTo(4);
      assertThat(model.architecture().tied()).isTrue();
      FloatBuffer rows = FloatBuffer.allocate(16);
      model.read(Part.QUERY, 0, 0, rows);
      // Stored rows 0, 1, 2, 3 of a head of four are the model's rows 0, 2, 1, 3.
      assertThat(rows.array()).containsExactly(0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1, 1, 3, 3, 3, 3);
    }
  }

  @Test
  void open_everyTruncation_isRefusedWithTheFile() throws IOException {
    byte[] whole = gguf("llama", 0);
    for (int length = 0; length < whole.length - 16; length += 7) {
      Path file = write(Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> WeightSource.open(file))
          .as("cut to %d bytes", length)
          .isInstanceOf(ModelFileException.class)
          .hasMessageContaining(file.toString());
    }
    // The last tensor has 16 bytes, and as many of padding stand after it.
    Path file = write(Arrays.copyOf(whole, whole.length - 17));
    assertThatThrownBy(() -> WeightSource.open(file)).hasMessageContaining("truncated").hasMessageContaining(whole.length - 17 + "");
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
        .hasMessageContaining("IQ2_XXS");
  }

  @Test
  void open_noGguf_isRefused() {
    byte[] text = "This is a text and no model at all.".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> WeightSource.open(write(text))).isInstanceOf(ModelFileException.class).hasMessageContaining("no GGUF");
  }

  @Test
  void open_missingOrMisshapenTensor_namesIt() {
    assertThatThrownBy(() -> WeightSource.open(write(gguf("qwen3", 0)))).hasMessageContaining("blk.0.attn_q_norm.weight is missing");
    byte[] wide = writer("llama", 0).tensor("blk.0.attn_k.weight", new float[32], 8, 4).bytes();
    assertThatThrownBy(() -> WeightSource.open(write(wide)))
        .hasMessageContaining("blk.0.attn_k.weight")
        .hasMessageContaining("4 × 4")
        .hasMessageContaining("8 × 4");
  }

  @Test
  void open_whatIsNotDone_isRefusedByName() {
    assertThatThrownBy(() -> WeightSource.open(write(writer("llama", 0).meta("llama.expert_count", 8).bytes()))).hasMessageContaining("experts");
    assertThatThrownBy(() -> WeightSource.open(write(writer("llama", 0).meta("llama.rope.scaling.type", "spiral").bytes())))
        .hasMessageContaining("spiral");
    assertThatThrownBy(() -> WeightSource.open(write(writer("llama", 0).meta("llama.final_logit_softcapping", 30f).bytes())))
        .hasMessageContaining("final_logit_softcapping");
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.gguf"), bytes);
  }

  private static byte[] gguf(String architecture, int queryType) {
    return writer(architecture, queryType).bytes();
  }

  private static GgufWriter writer(String architecture, int queryType) {
    float[] risingRows = new float[16];
    for (int i = 0; i < 16; i++) {
      risingRows[i] = Math.floorDiv(i, 4);
    }
    return new GgufWriter()
        .meta("general.architecture", architecture)
        .meta("general.name", List.of("a list of one"))
        .meta(architecture + ".block_count", 1)
        .meta(architecture + ".embedding_length", 4)
        .meta(architecture + ".feed_forward_length", 1)
        .meta(architecture + ".attention.head_count", 1)
        .meta(architecture + ".context_length", 16)
        .meta(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f)
        .tensor("token_embd.weight", new float[8], 2, 4)
        .tensor("output_norm.weight", new float[4], 4)
        .tensor("blk.0.attn_norm.weight", new float[4], 4)
        .tensor("blk.0.attn_q.weight", queryType, risingRows, 4, 4)
        .tensor("blk.0.attn_k.weight", risingRows, 4, 4)
        .tensor("blk.0.attn_v.weight", risingRows, 4, 4)
        .tensor("blk.0.attn_output.weight", risingRows, 4, 4)
        .tensor("blk.0.ffn_norm.weight", new float[4], 4)
        .tensor("blk.0.ffn_gate.weight", new float[4], 1, 4)
        .tensor("blk.0.ffn_up.weight", new float[4], 1, 4)
        .tensor("blk.0.ffn_down.weight", new float[4], 4, 1);
  }
}
