package dev.assay.topology.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BeatTest {
  @Test
  void due_onceInEachIntervalOfTheClock() {
    Beat beat = new Beat(Duration.ofMillis(20));
    assertThat(LongStream.of(7, 8, 19, 20, 39, 45, 46, 100, 101, 99).filter(beat::isDue)).containsExactly(7L, 20L, 45L, 100L, 99L);
  }

  @Test
  void due_forAllAtTheSameTime() {
    Beat one = new Beat(Duration.ofMillis(20));
    Beat other = new Beat(Duration.ofMillis(20));
    one.isDue(3);
    other.isDue(17);
    List<Long> beats = LongStream.range(18, 100).filter(one::isDue).boxed().toList();
    assertThat(LongStream.range(18, 100).filter(other::isDue).boxed()).isEqualTo(beats).containsExactly(20L, 40L, 60L, 80L);
  }

  /** The commit of the beat at 20 was over at 90: 50 ms more than an interval, which the thread gets before the first beat after 140. */
  @Test
  void due_afterALongCommit_leavesTimeForWork() {
    AtomicLong clock = new AtomicLong();
    Beat beat = new Beat(Duration.ofMillis(20), () -> clock.get() * 1_000_000);
    clock.set(20);
    beat.isDue(20);
    assertThat(LongStream.range(90, 200).peek(clock::set).filter(beat::isDue)).containsExactly(160L, 180L);
  }

  @Test
  void interval_belowAMillisecond_isRefused() {
    assertThatThrownBy(() -> new Beat(Duration.ofNanos(999_999))).hasMessageContaining("at least 1 ms");
  }
}
