package dev.assay.inference.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class PaceTest {

  private final FakeTiming timing = new FakeTiming();

  @Test
  void await_withoutLimits_neverWaits() throws InterruptedException {
    Pace pace = new Pace(timing, 0, 0);
    for (int i = 0; i < 1000; i++) {
      pace.await(1_000_000);
    }
    assertThat(timing.sleeps).isEmpty();
  }

  @Property(tries = 50)
  void await_manyCalls_takeTheTimeOfTheirLimit(@ForAll @IntRange(min = 1, max = 6000) int perMinute, @ForAll @IntRange(min = 1, max = 300) int calls)
      throws InterruptedException {
    FakeTiming clock = new FakeTiming();
    Pace pace = new Pace(clock, perMinute, 0);
    for (int i = 0; i < calls; i++) {
      pace.await(1);
    }
    double burst = Math.max(1, perMinute / 60.0);
    double minutes = Math.max(0, calls - burst) / perMinute;
    assertThat(clock.nanos() / 60e9).isBetween(minutes - 1e-6, minutes + 1e-6);
  }

  @Test
  void await_callLargerThanTheLimit_goesOnceItsDebtIsPaid() throws InterruptedException {
    Pace pace = new Pace(timing, 0, 600);
    pace.await(610);
    assertThat(timing.sleeps).containsExactly(Duration.ofSeconds(60));
  }

  @Test
  void settle_fewerTokensThanExpected_letsTheNextGoEarlier() throws InterruptedException {
    Pace pace = new Pace(timing, 0, 600);
    pace.await(10);
    pace.settle(10, 4);
    pace.await(6);
    assertThat(timing.sleeps).isEmpty();
    pace.await(10);
    assertThat(timing.sleeps).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void hold_delaysEveryCall() throws InterruptedException {
    Pace pace = new Pace(timing, 0, 0);
    pace.hold(Duration.ofSeconds(7));
    pace.hold(Duration.ofSeconds(3));
    pace.await(1);
    pace.await(1);
    assertThat(timing.sleeps).containsExactly(Duration.ofSeconds(7));
  }
}
