package dev.assay.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.inference.llm.weights.FloatFile;
import dev.assay.inference.llm.weights.ModelFileException;
import dev.assay.inference.store.FileHash;
import dev.assay.records.Checkpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints of other trainers: whole, half-written, and those that must never be taken. */
class CheckpointEventsTest {
  private static final CheckpointEvents.Said NOTHING = new CheckpointEvents.Said(Optional.empty(), Optional.empty(), OptionalLong.empty());

  @TempDir private Path root;

  @Test
  void read_anAdapter_namesHashesAndCounts() throws IOException {
    Path folder = adapter("runs/checkpoint-500", 1f);
    Files.writeString(
        folder.resolve("trainer_state.json"),
        "{\"global_step\": 500, \"epoch\": 1.5, \"log_history\": [{\"loss\": 2.5, \"step\": 400}, {\"loss\": 2.25, \"step\": 500}, {\"eval_loss\": 2.0, \"step\": 500}]}");
    Checkpoint event = read("runs/checkpoint-500", NOTHING);
    assertThat(event.getName()).isEqualTo("runs@500");
    assertThat(event.getBase()).isEqualTo("some/base");
    assertThat(event.getEpoch()).isEqualTo(1.5);
    assertThat(event.getMetrics()).containsEntry("loss", 2.25).containsEntry("eval_loss", 2.0).hasSize(2);
    assertThat(event.getFiles()).extracting("path").containsExactly("adapter_config.json", "adapter_model.safetensors");
    assertThat(event.getFiles().getLast().getSha256()).isEqualTo(FileHash.sha256(folder.resolve("adapter_model.safetensors")));
    assertThat(Path.of(URI.create(event.getUri()))).isEqualTo(folder);
    Checkpoint said = read("runs/checkpoint-500", new CheckpointEvents.Said(Optional.of("job"), Optional.of("base"), OptionalLong.of(7)));
    assertThat(said.getName()).isEqualTo("job@7");
    assertThat(said.getBase()).isEqualTo("base");
  }

  @Test
  void read_aWholeModel_hasNoBase_andListsItsShards() throws IOException {
    Path folder = Files.createDirectories(root.resolve("full/step_30"));
    Files.writeString(folder.resolve("config.json"), "{}");
    weights(folder.resolve("model-00001-of-00002.safetensors"), 1f);
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\", \"b\": \"model-00002-of-00002.safetensors\"}}");
    assertThatThrownBy(() -> read("full/step_30", NOTHING)).hasMessageContaining("model-00002-of-00002.safetensors is missing");
    weights(folder.resolve("model-00002-of-00002.safetensors"), 1f);
    Checkpoint event = read("full/step_30", NOTHING);
    assertThat(event.getName()).isEqualTo("full@30");
    assertThat(event.getBase()).isNull();
    assertThat(event.getFiles()).hasSize(4);
    weights(folder.resolve("model-00002-of-00002.safetensors"), Float.POSITIVE_INFINITY);
    assertThatThrownBy(() -> read("full/step_30", NOTHING)).hasMessageContaining("a.weight holds Infinity");
  }

  @Test
  void read_damagedFiles_areRefused() throws IOException {
    Path weights = adapter("a/checkpoint-1", 1f).resolve("adapter_model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    for (int length = 0; length < whole.length; length += 7) {
      Files.write(weights, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> read("a/checkpoint-1", NOTHING)).as("of %d bytes", length).isInstanceOf(ModelFileException.class).hasMessageContaining(weights.toString());
    }
    Files.write(weights, Arrays.copyOf(whole, whole.length + 1));
    assertThatThrownBy(() -> read("a/checkpoint-1", NOTHING)).hasMessageContaining("still being written");
    Files.delete(weights);
    assertThatThrownBy(() -> read("a/checkpoint-1", NOTHING)).hasMessageContaining("has no weights");
    adapter("a/checkpoint-2", Float.NaN);
    assertThatThrownBy(() -> read("a/checkpoint-2", NOTHING)).hasMessageContaining("holds NaN");
    assertThatThrownBy(() -> read("a/none", NOTHING)).hasMessageContaining("no checkpoint at");
  }

  @Test
  void read_picklesAndLinks_areRefused() throws IOException {
    Path folder = adapter("b/checkpoint-1", 1f);
    Files.writeString(folder.resolve("adapter_model.bin"), "");
    assertThatThrownBy(() -> read("b/checkpoint-1", NOTHING)).hasMessageContaining("adapter_model.bin may hold code, and is never read");
    Files.delete(folder.resolve("adapter_model.bin"));
    Path elsewhere = Files.move(folder.resolve("adapter_model.safetensors"), root.resolve("elsewhere.safetensors"));
    Files.createSymbolicLink(folder.resolve("adapter_model.safetensors"), elsewhere);
    assertThatThrownBy(() -> read("b/checkpoint-1", NOTHING)).hasMessageContaining("is a link that leads out");
    Path outside = Files.createDirectories(root.resolve("outside"));
    Files.createSymbolicLink(outside.resolve("checkpoint-3"), adapter("c/checkpoint-3", 1f));
    assertThatThrownBy(() -> CheckpointEvents.read(outside.resolve("checkpoint-3"), outside, NOTHING)).hasMessageContaining("not below an allowed root");
  }

  @Test
  void watch_takesAFolderOnce_andOnlyWhenItIsWhole() throws IOException {
    CheckpointWatcher watcher = new CheckpointWatcher(root, NOTHING);
    Path folder = adapter("checkpoint-10", 1f);
    Path weights = folder.resolve("adapter_model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
    assertThat(watcher.look().whole()).isEmpty();
    // Stable, but half of it is missing: said once.
    assertThat(watcher.look().refused()).singleElement().asString().contains("truncated");
    assertThat(watcher.look()).isEqualTo(new CheckpointWatcher.Look(List.of(), List.of()));
    Files.write(weights, whole);
    assertThat(watcher.look().whole()).isEmpty();
    Files.writeString(folder.resolve("optimizer.pt"), "still being written");
    assertThat(watcher.look().whole()).isEmpty();
    assertThat(watcher.look().whole()).extracting(Checkpoint::getStep).containsExactly(10L);
    assertThat(watcher.look().whole()).isEmpty();
    Files.createDirectories(root.resolve("tmp-checkpoint-20"));
    adapter("checkpoint-20", 2f);
    watcher.look();
    assertThat(watcher.look()).isEqualTo(new CheckpointWatcher.Look(List.of(read("checkpoint-20", NOTHING)), List.of()));
  }

  private Checkpoint read(String folder, CheckpointEvents.Said said) throws IOException {
    return CheckpointEvents.read(root.resolve(folder), root, said);
  }

  private Path adapter(String name, float number) throws IOException {
    Path folder = Files.createDirectories(root.resolve(name));
    Files.writeString(folder.resolve("adapter_config.json"), "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": \"some/base\"}");
    weights(folder.resolve("adapter_model.safetensors"), number);
    return folder;
  }

  private static void weights(Path file, float number) throws IOException {
    Files.deleteIfExists(file);
    FloatFile.write(file, List.of(new FloatFile.Tensor("a.weight", List.of(2, 3), FloatBuffer.wrap(new float[] {1, 2, 3, 4, 5, number}))));
  }
}
