package dev.assay.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.junit.jupiter.api.Test;

class AlarmTest {
  private final MockProcessorContext<String, String> context = new MockProcessorContext<>();
  private final List<Long> looks = new ArrayList<>();
  private boolean waits;
  private final Alarm alarm =
      new Alarm(
          context,
          Duration.ofMillis(7),
          now -> {
            looks.add(now);
            return waits;
          });

  private List<CapturedPunctuator> scheduled() {
    return context.scheduledPunctuators().stream().filter(each -> !each.cancelled()).toList();
  }

  private void pass(long now) {
    scheduled().forEach(each -> each.getPunctuator().punctuate(now));
  }

  @Test
  void looksOnlyWhileSomethingWaits() {
    assertThat(scheduled()).isEmpty();
    waits = true;
    alarm.set();
    alarm.set();
    assertThat(scheduled()).singleElement().extracting(CapturedPunctuator::getInterval).isEqualTo(Duration.ofMillis(7));
    pass(1);
    waits = false;
    pass(2);
    pass(3);
    assertThat(looks).containsExactly(1L, 2L);
    assertThat(scheduled()).isEmpty();
    alarm.set();
    pass(4);
    assertThat(looks).containsExactly(1L, 2L, 4L);
  }
}
