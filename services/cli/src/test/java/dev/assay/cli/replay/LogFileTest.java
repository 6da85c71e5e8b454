package dev.assay.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.cli.replay.LogFile.Entry;
import dev.assay.cli.terminal.CommandFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogFileTest {

  private static final int RECORDS = 90;

  @TempDir private Path folder;

  /** Nine megabytes that do not pack, so that there are several blocks. */
  private Path write() {
    Path file = folder.resolve("run.assaylog");
    Random random = new Random(5);
    try (LogFile.Writer writer = new LogFile.Writer(file)) {
      writer.schema(0, "assay.prompts", "\"string\"");
      for (int i = 0; i < RECORDS; i++) {
        byte[] value = new byte[100_000];
        random.nextBytes(value);
        Headers headers = new RecordHeaders();
        headers.add("at", new byte[] {(byte) i});
        headers.add("none", null);
        writer.record(new Entry(i % 2 == 0 ? "assay.prompts" : "assay.answers", 0, i, i % 3 == 0 ? null : utf8("k" + i), i == 7 ? null : value, headers));
      }
      writer.finish();
    }
    return file;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<Entry> read(Path file) {
    List<Entry> entries = new ArrayList<>();
    LogFile.read(
        file,
        new LogFile.Reader() {
          @Override
          public void schema(int number, String topic, String schema) {
            assertThat(number + topic + schema).isEqualTo("0assay.prompts\"string\"");
          }

          @Override
          public void record(Entry entry) {
            entries.add(entry);
          }
        });
    return entries;
  }

  @Test
  void records_comeBackAsTheyWere() {
    Path file = write();
    List<Entry> entries = read(file);
    assertThat(entries).hasSize(RECORDS);
    assertThat(entries.get(7).value()).isNull();
    assertThat(entries.get(6).key()).isNull();
    assertThat(entries.get(8)).satisfies(
        entry -> {
          assertThat(entry.key()).isEqualTo(utf8("k8"));
          assertThat(entry.timestamp()).isEqualTo(8);
          assertThat(entry.headers().lastHeader("at").value()).containsExactly(8);
          assertThat(entry.headers().lastHeader("none").value()).isNull();
        });
    assertThat(LogFile.read(file, new Ignoring())).isEqualTo(Map.of("assay.prompts", 45L, "assay.answers", 45L));
    assertThat(folder.resolve("run.assaylog.partial")).doesNotExist();
  }

  @Test
  void fileThatIsCutOff_isRefusedWhereverItEnds() throws IOException {
    byte[] whole = Files.readAllBytes(write());
    for (int length : List.of(16, 17, 24, 1_000, whole.length / 2, whole.length - 45, whole.length - 44, whole.length - 40, whole.length - 1)) {
      Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> LogFile.read(file, new Ignoring())).as("%d bytes", length).isInstanceOf(CommandFailure.class).hasMessageContaining("is cut off: it ends in block");
    }
  }

  @Test
  void fileThatIsAltered_isRefusedWithTheBlock() throws IOException {
    byte[] whole = Files.readAllBytes(write());
    for (int at : List.of(17, 21, 30, whole.length / 2, whole.length - 60, whole.length - 44, whole.length - 36, whole.length - 1)) {
      byte[] altered = whole.clone();
      altered[at] ^= 4;
      Path file = Files.write(folder.resolve("altered"), altered);
      assertThatThrownBy(() -> LogFile.read(file, new Ignoring())).as("byte %d", at).isInstanceOf(CommandFailure.class).hasMessageMatching("(?s).*is (altered|cut off): (block|its end|it ends).*");
    }
    Path longer = Files.write(folder.resolve("longer"), Arrays.copyOf(whole, whole.length + 1));
    assertThatThrownBy(() -> LogFile.read(longer, new Ignoring())).hasMessageContaining("something follows");
    Path another = Files.writeString(folder.resolve("another"), "run,model\n");
    assertThatThrownBy(() -> LogFile.read(another, new Ignoring())).hasMessageContaining("is no run's log");
  }

  private static final class Ignoring implements LogFile.Reader {
    @Override
    public void schema(int number, String topic, String schema) {}

    @Override
    public void record(Entry entry) {}
  }
}
