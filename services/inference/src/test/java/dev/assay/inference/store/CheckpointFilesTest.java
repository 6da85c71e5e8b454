package dev.assay.inference.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFilesTest {
  private static final Set<String> NEEDED = Set.of("a.json", "a.safetensors");

  @TempDir private Path machine;

  private Path root;
  private Path folder;

  @BeforeEach
  void write() throws IOException {
    root = Files.createDirectories(machine.resolve("root"));
    folder = Files.createDirectories(root.resolve("job/120"));
    Files.writeString(folder.resolve("a.json"), "{}");
    Files.writeString(folder.resolve("a.safetensors"), "numbers");
    Files.writeString(folder.resolve("a.bin"), "code");
    Files.writeString(machine.resolve("secret.json"), "{}");
  }

  @Test
  void verify_filesAsTheEventSays_giveTheirFolder() throws IOException {
    Checkpoint checkpoint = checkpoint(folder.toString(), "a.json", "a.safetensors");
    assertThat(verify(checkpoint)).isEqualTo(folder.toRealPath());
    assertThat(verify(Checkpoint.newBuilder(checkpoint).setUri(folder.toUri().toString()).build())).isEqualTo(folder.toRealPath());
  }

  @Test
  void verify_folderOutsideTheRoots_isRefused() throws IOException {
    assertRefused(checkpoint(machine.toString(), "secret.json"), "not below an allowed root", root.toString());
    assertRefused(checkpoint(root.resolve("../root/../").toString(), "secret.json"), "not below an allowed root");
    Path link = Files.createSymbolicLink(root.resolve("link"), machine);
    assertRefused(checkpoint(link.toString(), "secret.json"), "not below an allowed root");
    assertRefused(checkpoint(root.resolve("nowhere").toString()), "expected a folder");
    assertRefused(checkpoint("s3://bucket/job"), "s3://bucket/job", "expected a folder");
    assertRefused(checkpoint("job/120"), "expected a folder");
  }

  @Test
  void verify_fileThatLeadsOut_isRefused() throws IOException {
    assertRefused(checkpoint(folder.toString(), "../../../secret.json"), "leads out of");
    Files.createSymbolicLink(folder.resolve("link.json"), machine.resolve("secret.json"));
    assertRefused(checkpoint(folder.toString(), "link.json"), "link that leads out of");
  }

  @Test
  void verify_fileThatMayHoldCode_isRefusedByName() throws IOException {
    assertRefused(checkpoint(folder.toString(), "a.json", "a.safetensors", "a.bin"), "a.bin", "neither safetensors nor JSON");
    assertRefused(checkpoint(folder.toString(), "a.pt"), "a.pt", "neither safetensors nor JSON");
  }

  @Test
  void verify_otherSizeHashOrNone_isRefused() throws IOException {
    Checkpoint checkpoint = checkpoint(folder.toString(), "a.json", "a.safetensors");
    Files.writeString(folder.resolve("a.safetensors"), "NUMBERS");
    assertRefused(checkpoint, "a.safetensors", "sha256");
    Files.writeString(folder.resolve("a.safetensors"), "numb");
    assertRefused(checkpoint, "a.safetensors", "has 4 bytes, but the event says 7");
    Files.delete(folder.resolve("a.safetensors"));
    assertRefused(checkpoint, "a.safetensors", "is missing");
    assertRefused(checkpoint(folder.toString(), "a.json"), "expected [a.safetensors] among them");
  }

  private Path verify(Checkpoint checkpoint) throws IOException {
    return new CheckpointFiles(List.of(machine.resolve("no such root"), root)).verify(checkpoint, NEEDED);
  }

  private void assertRefused(Checkpoint checkpoint, String... reasons) {
    assertThatThrownBy(() -> verify(checkpoint)).isInstanceOf(ModelStoreException.class).message().contains(reasons);
  }

  private static Checkpoint checkpoint(String uri, String... names) throws IOException {
    List<CheckpointFile> files = new ArrayList<>();
    for (String name : names) {
      Path file = Path.of(uri).resolve(name);
      boolean there = Files.isRegularFile(file);
      files.add(new CheckpointFile(name, there ? FileHash.sha256(file) : "0".repeat(64), there ? Files.size(file) : 0));
    }
    return new Checkpoint("job@120", "base", uri, files, 120L, 1.0, "job", Instant.EPOCH, Map.of());
  }
}
