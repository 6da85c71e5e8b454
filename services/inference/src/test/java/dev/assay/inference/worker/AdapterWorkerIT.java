package dev.assay.inference.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.platform.TestStack;
import dev.assay.records.Answer;
import dev.assay.records.Checkpoint;
import dev.assay.records.CheckpointFile;
import dev.assay.records.Failure;
import dev.assay.records.Model;
import dev.assay.records.Text;
import dev.assay.schemas.RecordCodec;
import dev.assay.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One worker, and the adapters that checkpoint events bring and take. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class AdapterWorkerIT {

  @RegisterExtension static final TestStack STACK = new TestStack();

  private static WorkerBench bench;

  @TempDir private Path root;

  @BeforeAll
  static void topics() {
    STACK.stack().ensureTopics(Topics.all());
    bench = new WorkerBench(STACK.settings());
  }

  private RunningWorker start(String base, int most) {
    return RunningWorker.start(bench, new Wardrobe(base), WorkerSettings.of("w-" + base, 8).withAdapters(List.of(root), most));
  }

  @Test
  void event_bringsAnAdapter_thatIsServedBesideItsBase_untilItsTombstone() throws IOException {
    announce(checkpoint("job@1", "wardrobe", "early"));
    try (RunningWorker worker = start("wardrobe", 4)) {
      awaitAnnounced("job@1");
      announce(checkpoint("job@2", "wardrobe", "late"));
      announce(checkpoint("other@1", "another base", "not ours"));
      awaitAnnounced("job@2");
      for (String model : List.of("wardrobe", "job@1", "job@2")) {
        bench.send(Topics.requests(model), WorkerBench.questions(model, 0, 5));
      }
      assertThat(texts(bench.awaitAnswers("wardrobe", 5))).containsOnly("wardrobe");
      assertThat(texts(bench.awaitAnswers("job@1", 5))).containsOnly("early");
      List<Answer> late = bench.awaitAnswers("job@2", 5);
      assertThat(texts(late)).containsOnly("late");
      assertThat(late).allSatisfy(answer -> assertThat(answer.getCheckpoint()).isEqualTo(last("job@2").getCheckpoint()));

      WorkerBench.await("a heartbeat after the work", () -> last("wardrobe").getRequestsPerSecond() > 0);
      Model beat = last("wardrobe");
      assertThat(beat.getAdapters()).containsExactly("job@1", "job@2");
      assertThat(beat.getBase()).isNull();
      assertThat(beat.getTokensPerSecond()).isPositive();
      assertThat(beat.getPrefixHits()).isEqualTo(0.75);
      assertThat(beat.getHeartbeatAt()).isAfter(beat.getAnnouncedAt());
      assertThat(last("job@2").getBase()).isEqualTo("wardrobe");
      assertThat(last("job@2").getTopic()).isEqualTo(Topics.requests("job@2"));
      assertThat(bench.announcements("other@1")).isEmpty();

      send("job@1", null);
      WorkerBench.await("the tombstone", () -> bench.withdrawn("job@1"));
      bench.send(Topics.requests("job@1"), WorkerBench.questions("job@1", 5, 6));
      List<Answer> answers = bench.awaitAnswers("job@1", 6);
      assertThat(answers)
          .filteredOn(answer -> answer.getEnvelope().getPrompt().equals("p5"))
          .allSatisfy(answer -> assertThat(reason(answer)).contains("not loaded"));
      bench.send(Topics.requests("job@2"), WorkerBench.questions("job@2", 5, 6));
      assertThat(texts(bench.awaitAnswers("job@2", 6))).containsOnly("late");
      assertThat(worker.meters().failures()).isEqualTo(1);
    }
  }

  @Test
  void event_whoseFilesAreOthers_isAnsweredWithTheReason_andServedOnceItIsRight() throws IOException {
    Checkpoint right = checkpoint("bad@1", "strict", "right");
    CheckpointFile altered = CheckpointFile.newBuilder(right.getFiles().getLast()).setSha256("0".repeat(64)).build();
    announce(Checkpoint.newBuilder(right).setFiles(List.of(right.getFiles().getFirst(), altered)).build());
    try (RunningWorker _ = start("strict", 4)) {
      awaitAnnounced("bad@1");
      assertThat(last("bad@1").getFailure()).contains("could not be loaded", "sha256", "0".repeat(64));
      bench.send(Topics.requests("bad@1"), WorkerBench.questions("bad@1", 0, 1));
      bench.send(Topics.requests("strict"), WorkerBench.questions("strict", 0, 1));
      assertThat(texts(bench.awaitAnswers("strict", 1))).containsOnly("strict");
      assertThat(reason(bench.awaitAnswers("bad@1", 1).getFirst())).contains("could not be loaded", "sha256");

      announce(right);
      WorkerBench.await("the right one", () -> last("bad@1").getFailure().isEmpty());
      bench.send(Topics.requests("bad@1"), WorkerBench.questions("bad@1", 1, 2));
      assertThat(bench.awaitAnswers("bad@1", 2)).anySatisfy(answer -> assertThat(answer.getOutcome()).isInstanceOf(Text.class));
    }
  }

  @Test
  void events_moreThanTheLimit_leaveTheNewest() throws IOException {
    try (RunningWorker _ = start("small", 2)) {
      for (int step = 1; step <= 3; step++) {
        announce(checkpoint("run@" + step, "small", "step " + step));
        awaitAnnounced("run@" + step);
      }
      WorkerBench.await("the oldest to go", () -> bench.withdrawn("run@1"));
      assertThat(bench.withdrawn("run@2")).isFalse();
      WorkerBench.await("the base's list", () -> last("small").getAdapters().equals(List.of("run@2", "run@3")));
    }
  }

  private Checkpoint checkpoint(String name, String base, String text) throws IOException {
    Path folder = Files.createDirectories(root.resolve(name));
    Files.writeString(folder.resolve("adapter_config.json"), "{}");
    Files.writeString(folder.resolve("adapter_model.safetensors"), text);
    List<CheckpointFile> files = new ArrayList<>();
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      byte[] bytes = Files.readAllBytes(folder.resolve(file));
      files.add(new CheckpointFile(file, sha256(bytes), (long) bytes.length));
    }
    int step = Integer.parseInt(name.substring(name.indexOf('@') + 1));
    return new Checkpoint(name, base, folder.toUri().toString(), files, (long) step, 1.0, "job", Instant.ofEpochMilli(step), Map.of());
  }

  private static void announce(Checkpoint checkpoint) {
    send(checkpoint.getName(), RecordCodec.of(bench.registry(), Checkpoint.class).encode(Topics.CHECKPOINTS, checkpoint));
  }

  private static void send(String name, byte[] value) {
    bench.sendBytes(List.of(new ProducerRecord<>(Topics.CHECKPOINTS, name.getBytes(StandardCharsets.UTF_8), value)));
  }

  private static void awaitAnnounced(String model) {
    WorkerBench.await("the announcement of " + model, () -> !bench.announcements(model).isEmpty());
  }

  private static Model last(String model) {
    return bench.announcements(model).getLast();
  }

  private static List<String> texts(List<Answer> answers) {
    return answers.stream().map(answer -> ((Text) answer.getOutcome()).getText()).toList();
  }

  private static String reason(Answer answer) {
    return ((Failure) answer.getOutcome()).getReason();
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
