package dev.assay.gateway.dashboard;

import dev.assay.platform.LiveTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * What one reader has not been sent yet: the latest record of each key, so that behind a slow reader nothing piles up but the rows that there
 * are.
 */
final class Unsent implements AutoCloseable {

  private final List<LiveTable.Subscription> subscriptions = new ArrayList<>();
  private Map<String, Map<String, Optional<SpecificRecord>>> byTopic = new LinkedHashMap<>();

  /**
   * Listens to a topic from now on.
   *
   * @param table lets its changes be told to a listener
   * @param wanted told a key and its record, null when it is gone: whether this reader wants it
   */
  <T extends SpecificRecord> void listen(String topic, Function<Consumer<LiveTable.Change<T>>, LiveTable.Subscription> table, BiPredicate<String, @Nullable T> wanted) {
    subscriptions.add(
        table.apply(
            change -> {
              if (wanted.test(change.key(), change.row())) {
                add(topic, change.key(), change.row());
              }
            }));
  }

  /** Waits until there is something or the time is over, and takes it: by topic, by key; empty where the record is gone. */
  synchronized Map<String, Map<String, Optional<SpecificRecord>>> take(Duration limit) throws InterruptedException {
    long until = System.nanoTime() + limit.toNanos();
    while (byTopic.isEmpty()) {
      long millis = Duration.ofNanos(until - System.nanoTime()).toMillis();
      if (millis <= 0) {
        break;
      }
      wait(millis);
    }
    Map<String, Map<String, Optional<SpecificRecord>>> taken = byTopic;
    byTopic = new LinkedHashMap<>();
    return taken;
  }

  private synchronized void add(String topic, String key, @Nullable SpecificRecord row) {
    byTopic.computeIfAbsent(topic, _ -> new LinkedHashMap<>()).put(key, Optional.ofNullable(row));
    notifyAll();
  }

  @Override
  public void close() {
    subscriptions.forEach(LiveTable.Subscription::close);
  }
}
