package dev.assay.topology;

import java.time.Duration;
import java.util.function.LongPredicate;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.jspecify.annotations.Nullable;

/**
 * Has a processor look at the wall clock for as long as it waits for something, and no longer. Kafka Streams commits after every look, whatever
 * it brought, and under exactly-once each commit is a transaction: a stage that went on looking would keep the broker busy while nothing
 * happens, dozens of transactions a second. For one thread.
 */
public final class Alarm {
  private final ProcessorContext<?, ?> context;
  private final Duration interval;
  private final LongPredicate look;
  private @Nullable Cancellable scheduled;

  /**
   * An alarm that is not set.
   *
   * @param interval from one look to the next, and until the first
   * @param look takes the wall clock in milliseconds since 1970; says whether anything is still waited for
   */
  public Alarm(ProcessorContext<?, ?> context, Duration interval, LongPredicate look) {
    this.context = context;
    this.interval = interval;
    this.look = look;
  }

  /** Something is waited for; without effect while something else is. */
  public void set() {
    if (scheduled == null) {
      scheduled = context.schedule(interval, PunctuationType.WALL_CLOCK_TIME, this::look);
    }
  }

  private void look(long now) {
    if (!look.test(now) && scheduled != null) {
      scheduled.cancel();
      scheduled = null;
    }
  }
}
