package dev.assay.platform;

import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A topic as a table that a thread of its own keeps up to date, for any number of readers. While the broker is away it shows what was
 * there before.
 *
 * @param <T> the record
 */
public final class LiveTable<T extends SpecificRecord> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LiveTable.class);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final Duration BEFORE_THE_NEXT_TRY = Duration.ofSeconds(1);

  private final KafkaSettings settings;
  private final SchemaRegistryClient registry;
  private final String topic;
  private final Class<T> type;
  private final NavigableMap<String, T> rows = new ConcurrentSkipListMap<>();
  private final List<Consumer<Change<T>>> listeners = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile boolean ready;
  private volatile boolean closed;

  /**
   * A row that has changed.
   *
   * @param key its key
   * @param row what it is now; null when it is gone
   */
  public record Change<T>(String key, @Nullable T row) {}

  private LiveTable(KafkaSettings settings, SchemaRegistryClient registry, String topic, Class<T> type) {
    this.settings = settings;
    this.registry = registry;
    this.topic = topic;
    this.type = type;
    this.thread = Thread.ofPlatform().name("assay-table-" + topic).daemon().unstarted(this::follow);
  }

  /** Begins to read a topic. */
  public static <T extends SpecificRecord> LiveTable<T> open(
      KafkaSettings settings, SchemaRegistryClient registry, String topic, Class<T> type) {
    LiveTable<T> table = new LiveTable<>(settings, registry, topic, type);
    table.thread.start();
    return table;
  }

  /** Whether all that the topic held when it was opened has been read, and the broker answers. */
  public boolean ready() {
    return ready;
  }

  /** The rows, which go on changing; read only. */
  public NavigableMap<String, T> rows() {
    return Collections.unmodifiableNavigableMap(rows);
  }

  /**
   * Hands every change from now on to {@code listener}, on the table's thread, which must not be kept waiting.
   *
   * @return ends it when it is closed
   */
  public Subscription subscribe(Consumer<Change<T>> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** A listener's place in a table. */
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  private void follow() {
    while (!closed) {
      try (TopicView<T> view = TopicView.open(settings, registry, topic, type).onChange(this::changed)) {
        view.catchUp();
        rows.keySet().removeIf(key -> !view.rows().containsKey(key));
        ready = true;
        while (!closed) {
          view.poll(LOOK);
        }
      } catch (KafkaException e) {
        ready = false;
        if (!closed) {
          LOG.warn("Cannot read {}; its table stands still until the next try: {}", topic, e.toString());
          pause();
        }
      }
    }
  }

  private void changed(String key, @Nullable T row) {
    if (row == null) {
      rows.remove(key);
    } else {
      rows.put(key, row);
    }
    Change<T> change = new Change<>(key, row);
    listeners.forEach(listener -> listener.accept(change));
  }

  private void pause() {
    try {
      Thread.sleep(BEFORE_THE_NEXT_TRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(LOOK.multipliedBy(4));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
