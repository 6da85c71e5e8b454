package dev.assay.topology.tables;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** What waits to be sent, first marked first. It is in memory for its order and in a store so that no crash forgets it. */
final class Marks {
  private static final byte[] MARK = {1};

  private final KeyValueStore<String, byte[]> store;
  private final Set<String> waiting = new LinkedHashSet<>();

  /** Begins with what the store holds. */
  Marks(KeyValueStore<String, byte[]> store) {
    this.store = store;
    try (KeyValueIterator<String, byte[]> all = store.all()) {
      all.forEachRemaining(entry -> waiting.add(entry.key));
    }
  }

  /** Sends what a key stands for; false when there is no time for it now. */
  @FunctionalInterface
  interface Sender {
    boolean send(String key);
  }

  /** Marks a key; one that is marked keeps its place. */
  void add(String key) {
    if (waiting.add(key)) {
      store.put(key, MARK);
    }
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Sends what is marked, until all is sent or the sender has no more time. */
  void drain(Sender sender) {
    Iterator<String> next = waiting.iterator();
    while (next.hasNext()) {
      String key = next.next();
      if (!sender.send(key)) {
        return;
      }
      next.remove();
      store.delete(key);
    }
  }
}
