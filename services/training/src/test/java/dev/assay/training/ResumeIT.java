package dev.assay.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.inference.llm.LanguageModel;
import dev.assay.inference.llm.LoadOptions;
import dev.assay.inference.llm.TrainableModel;
import dev.assay.inference.llm.weights.AdapterFolder;
import dev.assay.inference.store.FileHash;
import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import dev.assay.records.TrainingStep;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Trainings that are killed, that find no room and that find what they wrote altered. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ResumeIT {
  /** 30 rows, 4 a step, 3 epochs. */
  private static final int STEPS = 24;

  @TempDir private Path folder;
  private Path base;
  private Path data;

  @BeforeEach
  void files() throws IOException {
    base = TinyBase.write(folder.resolve("base"));
    data = Files.write(folder.resolve("rows.jsonl"), TinyBase.rows(30));
  }

  @Test
  void killed_andStartedAgain_endsWithTheSameBytes() throws Exception {
    assertThat(run(List.of(), "whole", _ -> false)).contains("saved job@" + STEPS);
    // In the middle of a step, behind a checkpoint, and between two checkpoints in the middle of an epoch.
    assertThat(run(List.of(), "killed", "step 5"::equals)).doesNotContain("saved job@" + STEPS);
    assertThat(run(List.of(), "killed", "saved job@12"::equals)).contains("saved job@3").doesNotContain("saved job@" + STEPS);
    assertThat(run(List.of(), "killed", "step 17"::equals)).contains("saved job@12").doesNotContain("step 1", "saved job@" + STEPS);
    assertThat(run(List.of(), "killed", _ -> false)).contains("saved job@" + STEPS);
    for (String file : List.of(AdapterFolder.CONFIG, AdapterFolder.WEIGHTS, "trainer/state.safetensors")) {
      assertThat(FileHash.sha256(folder.resolve("killed/checkpoint-" + STEPS).resolve(file)))
          .as(file)
          .isEqualTo(FileHash.sha256(folder.resolve("whole/checkpoint-" + STEPS).resolve(file)));
    }
  }

  /** Checkpoints of all weights are models that workers read, and what goes on from them is what would have been. */
  @Test
  void full_killed_andStartedAgain_endsWithTheSameBytes() throws Exception {
    assertThat(run(List.of(), "whole", _ -> false, "full")).contains("saved job@" + STEPS);
    assertThat(run(List.of(), "killed", "step 5"::equals, "full")).doesNotContain("saved job@" + STEPS);
    assertThat(run(List.of(), "killed", "saved job@12"::equals, "full")).contains("saved job@3").doesNotContain("saved job@" + STEPS);
    // In the middle of a checkpoint, with no room for all of it.
    assertThat(run(List.of("ulimit -f 120"), "killed", _ -> false, "full")).last().asString().startsWith("refused cannot write the checkpoint");
    assertThat(run(List.of(), "killed", _ -> false, "full")).contains("saved job@" + STEPS).doesNotContain("step 12");
    Path last = folder.resolve("killed/checkpoint-" + STEPS);
    for (String file : List.of("config.json", "model.safetensors", "trainer/state.safetensors")) {
      assertThat(last.resolve(file)).as(file).hasSameBinaryContentAs(folder.resolve("whole/checkpoint-" + STEPS).resolve(file));
    }
    Checkpoint event = CheckpointEvents.read(last, folder, new CheckpointEvents.Said(Optional.empty(), Optional.empty(), OptionalLong.empty()));
    assertThat(event.getName()).isEqualTo("job@" + STEPS);
    assertThat(event.getBase()).isNull();
    assertThat(event.getFiles()).extracting(CheckpointFile::getPath).contains("config.json", "tokenizer.json", "model.safetensors");
    int[] asked = {3, 17, 40, 5, 21};
    try (LanguageModel before = LanguageModel.load(base, "before", LoadOptions.defaults());
        LanguageModel after = LanguageModel.load(last, "after", LoadOptions.defaults())) {
      assertThat(after.tokenLogProbs(asked)).hasSameSizeAs(before.tokenLogProbs(asked)).isNotEqualTo(before.tokenLogProbs(asked));
    }
  }

  /** A limit on the size of a file is to a process what a full disk is. */
  @Test
  void noRoom_leavesWhatWasThere_andGoesOnLater() throws Exception {
    runTo(6, "room");
    List<String> said = run(List.of("ulimit -f 4"), "room", _ -> false);
    assertThat(said).last().asString().startsWith("refused cannot write the checkpoint").contains("those before it are as they were");
    try (Stream<Path> left = Files.list(folder.resolve("room"))) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .contains("checkpoint-3", "checkpoint-6")
          .noneMatch(name -> name.startsWith(".writing"));
    }
    runTo(9, "room");
    assertThat(folder.resolve("room/checkpoint-9/adapter_model.safetensors")).isNotEmptyFile();
  }

  @Test
  void alteredCheckpoint_isPutAside_andTheOneBeforeGoesOn() throws Exception {
    runTo(6, "altered");
    Path weights = folder.resolve("altered/checkpoint-6/trainer/state.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    try (TrainableModel model = TrainableModel.load(base, LoadOptions.defaults());
        Training training = open(model, TrainingProgram.settings(), "altered")) {
      assertThat(training.done()).isEqualTo(3);
      assertThat(folder.resolve("altered/.damaged-checkpoint-6")).isDirectory();
      assertThatThrownBy(() -> open(model, TrainingProgram.settings(), "altered")).isInstanceOf(TrainingException.class).hasMessageContaining("in use by another training");
    }
  }

  @Test
  void otherSettings_onTheSameFolder_areRefused_andADivergingTrainingEnds() throws Exception {
    runTo(3, "other");
    TrainingSettings same = TrainingProgram.settings();
    TrainingSettings other = TrainingProgram.settings(same.lora().orElseThrow(), 0.03);
    TrainingSettings wild = new TrainingSettings(same.lora(), 1e38, 1, 0, 0, 0, 4, 64, 3, 11, 0);
    try (TrainableModel model = TrainableModel.load(base, LoadOptions.defaults())) {
      assertThatThrownBy(() -> open(model, other, "other"))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("another training, whose learningRate is 0.02 and not 0.03");
      assertThatThrownBy(() -> open(model, TrainingProgram.full(), "other"))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("learned is not set and not all weights");
      try (Training training = open(model, wild, "wild")) {
        assertThatThrownBy(() -> training.run(new Silent(), () -> false)).isInstanceOf(TrainingException.class).hasMessageContaining("has diverged");
      }
      TrainingSettings last = new TrainingSettings(same.lora(), 1e38, 1, 0, 0, 0, 30, 64, 1, 11, 0);
      try (Training training = open(model, last, "last")) {
        // The only step leads out of all numbers, and there is no next one that would find it.
        assertThatThrownBy(() -> training.run(new Silent(), () -> false)).isInstanceOf(TrainingException.class).hasMessageContaining("is not kept");
        assertThat(folder.resolve("last")).isDirectoryNotContaining(path -> path.getFileName().toString().contains("1"));
      }
      try (Training training = open(model, same, "learns")) {
        List<Double> losses = new ArrayList<>();
        training.run(
            new Silent() {
              @Override
              public void stepped(TrainingStep step) {
                losses.add(step.getLoss());
              }
            },
            () -> false);
        assertThat(losses.subList(STEPS - 8, STEPS).stream().mapToDouble(loss -> loss).average().orElseThrow()).isLessThan(losses.getFirst() - 0.3);
      }
    }
  }

  private Training open(TrainableModel model, TrainingSettings settings, String output) throws IOException {
    return Training.open(model, TrainingData.of(TrainingRow.read(data), model, settings.maxTokens()), settings, "job", "tiny", folder.resolve(output));
  }

  /** Trains in this process until a step's checkpoint is saved. */
  private void runTo(long step, String output) throws IOException {
    AtomicBoolean saved = new AtomicBoolean();
    try (TrainableModel model = TrainableModel.load(base, LoadOptions.defaults().withMaxPassTokens(20));
        Training training = open(model, TrainingProgram.settings(), output)) {
      training.run(
          new Silent() {
            @Override
            public void saved(Checkpoint checkpoint) {
              saved.set(checkpoint.getStep() == step);
            }
          },
          saved::get);
    }
  }

  /** Runs a training as a process of its own, and kills it as soon as it says what it is to say. What it said. */
  private List<String> run(List<String> before, String output, Predicate<String> kill, String... more) throws IOException, InterruptedException {
    List<String> java =
        Stream.concat(Stream.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Dorg.apache.avro.SERIALIZABLE_PACKAGES=dev.assay.records",
            "-cp",
            System.getProperty("java.class.path"),
            TrainingProgram.class.getName(),
            base.toString(),
            data.toString(),
            folder.resolve(output).toString()), Stream.of(more)).toList();
    List<String> command = new ArrayList<>();
    if (before.isEmpty()) {
      command.addAll(java);
    } else {
      command.addAll(List.of("sh", "-c", String.join("; ", before) + "; exec \"$@\"", "sh"));
      command.addAll(java);
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(folder.resolve(output + ".err").toFile());
    // Two threads that wait for each other by spinning are slow beside other tests.
    builder.environment().put("OMP_WAIT_POLICY", "passive");
    Process process = builder.start();
    List<String> said = new ArrayList<>();
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("step ") || line.startsWith("saved ") || line.startsWith("refused ")) {
          said.add(line);
          if (kill.test(line)) {
            // The handle leaves the pipe open, so that what was said before is read.
            process.toHandle().destroyForcibly();
          }
        }
      }
    }
    process.waitFor();
    assertThat(said).as("said, and in the end: %s", Files.readString(folder.resolve(output + ".err"))).isNotEmpty();
    return said;
  }

  private static class Silent implements Training.Listener {
    @Override
    public void stepped(TrainingStep step) {}

    @Override
    public void saved(Checkpoint checkpoint) {}
  }
}
