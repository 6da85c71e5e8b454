package dev.assay.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.platform.LiveTable;
import dev.assay.records.Run;
import dev.assay.records.RunState;
import dev.assay.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class UnsentTest {

  private static final Duration AT_ONCE = Duration.ZERO;

  private final List<Consumer<LiveTable.Change<Run>>> listeners = new ArrayList<>();

  private LiveTable.Subscription table(Consumer<LiveTable.Change<Run>> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private void change(String key, Run run) {
    listeners.forEach(listener -> listener.accept(new LiveTable.Change<>(key, run)));
  }

  private static Run run(String name, long expected) {
    return Run.newBuilder()
        .setName(name)
        .setCreatedAt(Instant.EPOCH)
        .setState(RunState.RUNNING)
        .setModels(List.of())
        .setTasks(List.of())
        .setExpected(expected)
        .build();
  }

  @Test
  void slowReader_isSentTheLatestOfEachRow_howeverMuchChangedMeanwhile() throws InterruptedException {
    try (Unsent unsent = new Unsent()) {
      unsent.listen(Topics.RUNS, this::table, (_, _) -> true);
      for (int i = 0; i < 10_000; i++) {
        change("run-" + i % 3, run("run-" + i % 3, i));
      }
      change("run-0", null);

      assertThat(unsent.take(AT_ONCE))
          .containsOnlyKeys(Topics.RUNS)
          .extractingByKey(Topics.RUNS)
          .satisfies(
              rows -> {
                assertThat(rows).hasSize(3).containsEntry("run-0", Optional.empty());
                assertThat(rows.get("run-1")).contains(run("run-1", 9_997));
                assertThat(rows.get("run-2")).contains(run("run-2", 9_998));
              });
      assertThat(unsent.take(AT_ONCE)).as("what was taken is sent once").isEmpty();
    }
  }

  @Test
  void readerThatLeft_isToldNothingMore_andNothingIsKeptOfWhatItDoesNotWant() throws InterruptedException {
    Unsent unsent = new Unsent();
    unsent.listen(Topics.RUNS, this::table, (key, _) -> key.equals("mine"));
    change("other", run("other", 1));
    assertThat(unsent.take(AT_ONCE)).isEmpty();

    unsent.close();
    assertThat(listeners).isEmpty();
  }
}
